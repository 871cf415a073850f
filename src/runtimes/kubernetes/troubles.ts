/** What keeps pods and FlinkDeployments from getting on, in words for people. Pure. */
import type { ContainerStatus, FlinkDeployment, Pod } from './objects.ts'

export interface Trouble {
  message: string
  /** It will not go away by itself. */
  final: boolean
}

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
])

export function imageTrouble(pod: Pod): Trouble | undefined {
  const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const container of containers) {
    const { reason = '', message } = container.state?.waiting ?? {}
    if (!IMAGE_REASONS.has(reason)) continue
    return {
      message:
        `the image ${imageOf(container)} can't be pulled (${reason})${message?.trim() ? `: ${oneLine(message)}` : ''}. ` +
        'Check its name (weir serve --image), and that the nodes may pull it',
      final: reason === 'InvalidImageName',
    }
  }
  return undefined
}

const imageOf = ({ image }: ContainerStatus): string => image || '(unknown)'

/** What the scheduler misses, `Insufficient cpu` for one, or what the kubelet waits for, such as a volume. */
export function schedulingTrouble(pod: Pod): string | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False')
    return `no node can take its pod: ${oneLine(scheduled.message || scheduled.reason || 'nobody says why')}`
  const waiting = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .map((container) => container.state?.waiting)
    .find((state) => state?.reason === 'CreateContainerConfigError' || state?.reason === 'CreateContainerError')
  return waiting && `its container can't be made: ${oneLine(waiting.message || waiting.reason || 'nobody says why')}`
}

/** So long the operator may take to notice a new FlinkDeployment. */
const OPERATOR_PATIENCE_MS = 30_000

export function operatorTrouble(deployment: FlinkDeployment, now: number): Trouble | undefined {
  const { status, metadata } = deployment
  const error = status?.error === undefined ? undefined : operatorError(status.error)
  if (error) return { message: `the Flink operator says: ${error.message}`, final: error.final }
  const age = now - Date.parse(metadata.creationTimestamp ?? '')
  if (status?.jobManagerDeploymentStatus === undefined && age > OPERATOR_PATIENCE_MS) {
    return {
      message:
        `the Flink operator has not looked at ` +
        `FlinkDeployment ${metadata.name} for ${Math.round(age / 1000)} s: check that it runs, ` +
        `and that it watches the namespace ${metadata.namespace ?? ''}`,
      final: false,
    }
  }
  return undefined
}

interface OperatorError {
  type?: string
  message?: string
  throwableList?: { type?: string; message?: string }[]
}

/** The operator's error is JSON in a string: {type, message, throwableList: [{type, message}]}, outermost first. */
export function operatorError(text: string): Trouble {
  const parsed = errorIn(text)
  if (!parsed) return { message: oneLine(text), final: false }
  const causes = [parsed, ...(parsed.throwableList ?? [])]
    .map(({ message }) => bare(message ?? ''))
    .filter((message) => message !== '')
  const [first = '', last = ''] = [causes[0], causes.at(-1)]
  const message = first.includes(last) ? first : `${first}: ${last}`
  // What the operator's validation refuses stays refused; everything else it tries again.
  return {
    message: oneLine(message || parsed.type || 'an error without words'),
    final: /ValidationException/.test(parsed.type ?? ''),
  }
}

function errorIn(text: string): OperatorError | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

/**
 * Without the classes of Java's exceptions, and of what its Kubernetes client says no more than the API server's own
 * words.
 */
function bare(message: string): string {
  if (message.startsWith('Failure executing: ')) {
    const from = message.indexOf(' Message: ')
    const to = message.indexOf('. Received status: ', from)
    if (from >= 0 && to >= 0) return message.slice(from + ' Message: '.length, to)
  }
  return message.replace(/^(?:[a-z][\w$]*\.)+[A-Z][\w$]*: /, '')
}

const LONGEST = 600

function oneLine(text: string): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .replace(/(?<![:\s])[:\s]+$/, '')
    .trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line
}
