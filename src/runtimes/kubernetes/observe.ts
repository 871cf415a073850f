/**
 * What the objects of a cluster say, in the words of the runtime interface. Pure: objects in, observation out.
 *
 * A generation is one life of its JobManager, as on every runtime: the container that Kubernetes starts again after a
 * crash is another life, which knows nothing of the jobs, so its generation has ended. Only where Flink's own high
 * availability brings the jobs back does the generation go on.
 */

import { isoTime } from '../../domain/clock.ts'
import { defined } from '../../domain/defined.ts'
import type { KubeLaunch } from '../../domain/kubernetes.ts'
import type { ClusterObservation, MemberExit } from '../../domain/observation.ts'
import { howItEnded } from './exits.ts'
import {
  type ContainerStatus,
  FILES_CONTAINER,
  type FlinkDeployment,
  isJobManager,
  isTaskManager,
  lifeOf,
  mainContainer,
  type Pod,
  taskManagerOrdinal,
} from './objects.ts'
import { imageTrouble, operatorTrouble, schedulingTrouble } from './troubles.ts'

export interface ClusterObjects {
  launch: KubeLaunch
  /** Flink's own high availability is on. */
  recovers: boolean
  /** undefined: it is not there (any more). */
  deployment: FlinkDeployment | undefined
  /** Pods of the cluster's name. */
  pods: readonly Pod[]
  exits: readonly MemberExit[]
  /** Last lines of the JobManager's log, where it ended and they could be had. */
  lastWords?: string | undefined
  /** What someone else changed in the FlinkDeployment's specification. */
  drift?: string | undefined
  /** In milliseconds. */
  now: number
}

const NOTHING = { taskManagers: [], exits: [] }
const RECOVERING = 'the JobManager is being replaced; Flink brings its jobs back'
/**
 * Restarts in all after which a JobManager that Kubernetes holds back is given up, although Flink would bring its jobs
 * back.
 */
const RECOVERIES = 5
/** How long an image that can't be pulled is waited for: registries have hiccups. */
const IMAGE_PATIENCE_MS = 120_000
/** Kubernetes runs the init container again by itself, with a growing delay. */
const FILE_TRIES = 4

export function observeObjects(objects: ClusterObjects): ClusterObservation {
  const { launch, deployment, exits, drift } = objects
  if (!deployment || deployment.metadata.uid !== launch.uid) {
    return ended(objects, `was lost with its FlinkDeployment ${launch.name}, which someone else deleted`)
  }
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return ended(objects, `was stopped: someone else deleted its FlinkDeployment ${launch.name}`)
  }
  if (drift !== undefined) {
    return ended(
      objects,
      `was replaced: someone else changed ${drift} of its FlinkDeployment ${launch.name}, ` +
        'and the operator redeployed it',
    )
  }
  const pod = jobManagerPod(objects)
  const container = pod && mainContainer(pod)
  if (objects.recovers && launch.reached && container && keepsEnding(container))
    return ended(objects, `keeps ending: it last ${endOf(container)}`)
  if (objects.recovers && launch.reached && !container?.state?.running) return recovering(objects, pod)
  const over = lifeIsOver(objects, pod, container)
  if (over) return over
  if (!pod || !container?.state?.running) return preparing(objects, pod)
  const shortage = shortageOf(objects)
  return {
    phase: 'UP',
    detail: shortage ?? (launch.reached && container.ready === false ? RECOVERING : 'the JobManager runs'),
    incarnation: lifeOf(pod, container),
    taskManagers: taskManagersOf(objects.pods),
    exits: [...exits],
    ...defined({ shortage }),
    ...(objects.recovers && { recovers: true }),
  }
}

const keepsEnding = ({ state, restartCount }: ContainerStatus): boolean =>
  state?.waiting?.reason === 'CrashLoopBackOff' && restartCount >= RECOVERIES

/** The newest that is neither being deleted nor evicted; while a pod is replaced, there are two. */
function jobManagerPod({ pods }: ClusterObjects): Pod | undefined {
  return pods
    .filter(
      (pod) => isJobManager(pod) && pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Failed',
    )
    .toSorted((a, b) => (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? ''))
    .at(-1)
}

const taskManagersOf = (pods: readonly Pod[]): ClusterObservation['taskManagers'] =>
  pods
    .filter(
      (pod) =>
        isTaskManager(pod) &&
        pod.metadata.deletionTimestamp === undefined &&
        mainContainer(pod)?.state?.running !== undefined,
    )
    .map((pod) => ({ id: pod.metadata.name, ordinal: taskManagerOrdinal(pod) }))
    .toSorted((a, b) => a.ordinal - b.ordinal)

/** The observation of a life that has ended, or of a start that failed; undefined while neither is so. */
function lifeIsOver(
  objects: ClusterObjects,
  pod: Pod | undefined,
  container: ContainerStatus | undefined,
): ClusterObservation | undefined {
  const { launch, recovers } = objects
  if (launch.reached) {
    if (recovers) return undefined
    const reported = reportedEnd(objects)
    const how = reported && !reported.requested ? reported.exit.reason : undefined
    if (!pod) return ended(objects, how ?? 'was lost: its pod is gone')
    const { incarnation = '' } = launch
    if (incarnation !== '' && !incarnation.startsWith(`${pod.metadata.uid}/`))
      return ended(objects, how ?? 'was lost: its pod was replaced')
    if (!container) return undefined
    const isAnother = incarnation !== '' && lifeOf(pod, container) !== incarnation
    return isAnother || !container.state?.running ? ended(objects, endOf(container)) : undefined
  }
  // Not up yet, and it has ended once: the next try would go as this one did.
  if (container && (container.restartCount > 0 || container.state?.terminated)) {
    const words = objects.lastWords === undefined ? '' : `: ${objects.lastWords}`
    return failed(
      objects,
      'FLINK_START_FAILED',
      `the JobManager ${endOf(container)} while it started${words}. See its log: weir session logs`,
      false,
    )
  }
  return undefined
}

const endOf = (container: ContainerStatus): string => {
  const terminated = container.state?.terminated ?? container.lastState?.terminated
  return terminated ? howItEnded(terminated) : 'ended, and Kubernetes started it again'
}

/** What the watch on pods has told of the end of this generation's life. */
const reportedEnd = ({ exits, launch }: ClusterObjects): MemberExit | undefined =>
  exits.find((exit) => exit.role === 'jobmanager' && exit.id === launch.incarnation)

function ended(objects: ClusterObjects, how: string): ClusterObservation {
  const { launch, exits, now } = objects
  const reported = reportedEnd(objects)
  const lastWords = objects.lastWords ?? reported?.message
  const exit: MemberExit = {
    id: launch.incarnation ?? launch.name,
    role: 'jobmanager',
    ordinal: 0,
    at: reported?.at ?? isoTime(now),
    requested: false,
    rebooted: false,
    exit: { ...reported?.exit, reason: how },
    ...defined({ message: lastWords }),
  }
  return {
    phase: 'ENDED',
    detail: `the JobManager ${how}`,
    taskManagers: [],
    ...defined({ incarnation: launch.incarnation }),
    exits: [...exits.filter((other) => other !== reported), exit],
  }
}

const failed = (
  { exits }: ClusterObjects,
  code: NonNullable<ClusterObservation['failure']>['code'],
  message: string,
  retryable: boolean,
): ClusterObservation => ({
  phase: 'FAILED',
  detail: message,
  taskManagers: [],
  exits: [...exits],
  failure: { code, message, retryable },
})

/** The JobManager is between two lives; Flink brings its jobs back. */
function recovering(objects: ClusterObjects, pod: Pod | undefined): ClusterObservation {
  const { launch, pods, exits } = objects
  const why = pod && (crashes(objects, pod) ?? imageTrouble(pod)?.message ?? schedulingTrouble(pod))
  return {
    phase: 'UP',
    detail: `${RECOVERING}${why === undefined ? '' : `. It can't yet: ${why}`}`,
    incarnation: `${pod?.metadata.uid ?? launch.name}/starting`,
    taskManagers: taskManagersOf(pods),
    exits: [...exits],
    recovers: true,
  }
}

function crashes({ lastWords }: ClusterObjects, pod: Pod): string | undefined {
  const container = mainContainer(pod)
  if (container?.state?.waiting?.reason !== 'CrashLoopBackOff') return undefined
  return `it ${endOf(container)}, again and again (CrashLoopBackOff)${lastWords === undefined ? '' : `: ${lastWords}`}`
}

function preparing(objects: ClusterObjects, pod: Pod | undefined): ClusterObservation {
  const { deployment, now } = objects
  const operator = deployment && operatorTrouble(deployment, now)
  if (operator?.final) return failed(objects, 'INVALID_SPEC', operator.message, false)
  if (!pod) return { phase: 'PREPARING', detail: operator?.message ?? "waiting for the JobManager's pod", ...NOTHING }
  const files = pod.status?.initContainerStatuses?.find(({ name }) => name === FILES_CONTAINER)
  const fetched = files && fileFailure(objects, files)
  if (fetched) return fetched
  const image = imageTrouble(pod)
  if (image && (image.final || now - Date.parse(pod.metadata.creationTimestamp ?? '') > IMAGE_PATIENCE_MS)) {
    return failed(objects, 'FLINK_UNAVAILABLE', image.message, !image.final)
  }
  const fetching = files?.state?.running ? 'fetching jars and plugins' : undefined
  const detail =
    image?.message ?? schedulingTrouble(pod) ?? fetching ?? operator?.message ?? "starting the JobManager's pod"
  return { phase: 'PREPARING', detail, ...NOTHING }
}

/** Exit code 2: another try would go the same way; the program's last words are for people. */
function fileFailure(objects: ClusterObjects, files: ContainerStatus): ClusterObservation | undefined {
  const terminated = files.state?.terminated ?? files.lastState?.terminated
  if (!terminated || terminated.exitCode === 0) return undefined
  const message = terminated.message?.trim() || `the container that fetches jars and plugins ${howItEnded(terminated)}`
  const final = terminated.exitCode === 2
  if (!final && files.restartCount < FILE_TRIES)
    return { phase: 'PREPARING', detail: `${message}; it is tried again`, ...NOTHING }
  return failed(objects, 'FILE_UNAVAILABLE', message, !final)
}

/** Why TaskManagers that Flink has asked Kubernetes for are not there. */
function shortageOf({ pods }: ClusterObjects): string | undefined {
  const waiting = pods.filter(
    (pod) => isTaskManager(pod) && pod.metadata.deletionTimestamp === undefined && !mainContainer(pod)?.state?.running,
  )
  for (const pod of waiting) {
    const why = schedulingTrouble(pod) ?? imageTrouble(pod)?.message ?? waitingFiles(pod)
    if (why !== undefined) return `TaskManager ${taskManagerOrdinal(pod)} can't start: ${why}`
  }
  return undefined
}

const waitingFiles = (pod: Pod): string | undefined =>
  pod.status?.initContainerStatuses
    ?.find(({ name }) => name === FILES_CONTAINER)
    ?.lastState?.terminated?.message?.trim()
