/** What is wrong with a caller's Flink configuration before anything is started. Pure. */
import { launcherProblem } from './launcher.ts'
import { isFlinkSize, parseSize, sizeText } from './memory.ts'
import type { ProcessRole } from './process.ts'
import { reservedEntry } from './reserved.ts'
import type { ContainerResource, FlinkRuntime } from './spec.ts'

/** `path` is a JSON pointer into the request's body. */
export interface Violation {
  path: string
  message: string
}

/** Where a cluster runs: on the server's machine, or in a namespace of a Kubernetes cluster. */
export type Where = 'LOCAL' | 'KUBERNETES'

export interface ConfigurationInput {
  flinkConfiguration: Record<string, string>
  /** A job's configuration may hold keys of the cluster: they have no effect there, which is no error. */
  scope: 'SESSION' | 'JOB'
  /** Where a session's cluster runs; for a job, whose keys of the cluster have no effect anyway, it may be left out. */
  target?: Where
  /** Of a session, on Kubernetes: the configuration file of 1.x can't hold every value, and there is no other way. */
  runtime?: FlinkRuntime
  jobManagerResource?: ContainerResource
  taskManagerResource?: ContainerResource
}

/** A JSON pointer (RFC 6901) from its segments. */
export const pointer = (...segments: readonly (string | number)[]): string =>
  segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** All violations, in the order of the keys. */
export function configurationViolations(input: ConfigurationInput): Violation[] {
  return Object.entries(input.flinkConfiguration).flatMap(([key, value]) => {
    const message =
      lineProblem(key, value) ??
      fileProblem(key, value, input) ??
      reservedProblem(key, value, input.target) ??
      (input.scope === 'SESSION' ? clusterProblem(key, value, input) : undefined)
    return message === undefined ? [] : [{ path: pointer('flinkConfiguration', key), message }]
  })
}

/** Flink's configuration file holds one key a line: what looks like a line's end would smuggle in another key. */
function lineProblem(key: string, value: string): string | undefined {
  if (key === '') return 'a configuration key may not be empty'
  if (/[\s:#\p{Cc}]/u.test(key)) {
    return `${JSON.stringify(key)} is no configuration key: spaces, ":", "#" and control characters can't be in one`
  }
  return /[\n\r\0]/.test(value) ? `the value of ${key} may not hold line breaks` : undefined
}

/**
 * Whether `flink-conf.yaml` of Flink 1.x can hold it: its lines are no YAML. `#` ends a value, also in quotes; white
 * space around it goes; one that is empty is left out.
 */
export const fitsFlinkConf = (key: string, value: string): boolean =>
  value !== '' && value.trim() === value && !/[#\r\n]/.test(key + value) && !key.includes(': ')

/** The operator writes the file there, and nothing beside it. */
function fileProblem(key: string, value: string, { target, runtime }: ConfigurationInput): string | undefined {
  if (target !== 'KUBERNETES' || !runtime?.startsWith('FLINK_1_') || fitsFlinkConf(key, value)) return undefined
  const broken = value.includes('#')
    ? '"#" ends a value there'
    : 'it may be neither empty nor begin or end with a space'
  return `the value of ${key} does not fit the configuration file of Flink 1.x on Kubernetes: ${broken}. Use another value, or Flink 2`
}

function reservedProblem(key: string, value: string, target: Where = 'LOCAL'): string | undefined {
  const entry = reservedEntry(key)
  const meant = value.trim().toLowerCase()
  if (!entry || entry.harmless?.includes(meant)) return undefined
  if (entry.except === target) {
    const { allowed } = entry
    return !allowed || allowed.includes(meant)
      ? undefined
      : `${key} is reserved: on Kubernetes it may be ${allowed.join(' or ')}, nothing else`
  }
  return `${key} is reserved: ${entry.reason}`
}

const RESOURCE_FIELDS = { jobmanager: 'jobManagerResource', taskmanager: 'taskManagerResource' } as const

function clusterProblem(key: string, value: string, input: ConfigurationInput): string | undefined {
  if (key === 'taskmanager.numberOfTaskSlots') return slotsProblem(value)
  const problem = launcherProblem(key, value)
  if (problem !== undefined) return problem
  const [, role, kind] = /^(jobmanager|taskmanager)\.memory\.(?:.+\.)?(size|min|max|fraction)$/.exec(key) ?? []
  if (role === undefined) return undefined
  if (kind === 'fraction') {
    const fraction = Number(value)
    const fits = value.trim() !== '' && fraction >= 0 && fraction < 1
    return fits ? undefined : `"${value}" is not a fraction: write a number from 0 to below 1, for example 0.1`
  }
  if (!isFlinkSize(value))
    return `"${value}" is not a size that Flink reads: write a whole number and a unit, for example 1024m`
  return key === `${role}.memory.process.size` ? processSizeProblem(key, value, role as ProcessRole, input) : undefined
}

function slotsProblem(value: string): string | undefined {
  return /^\s*[0-9]{1,6}\s*$/.test(value) && Number(value) >= 1
    ? undefined
    : `"${value}" is not a number of slots: write a whole number from 1, for example 2`
}

function processSizeProblem(
  key: string,
  value: string,
  role: ProcessRole,
  input: ConfigurationInput,
): string | undefined {
  if (!isReadable(value))
    return `"${value.slice(0, 40)}" is not a size above 0 that any machine has: write for example 1024m`
  const field = RESOURCE_FIELDS[role]
  const memory = input[field]?.memory
  if (memory === undefined || !isReadable(memory) || parseSize(memory) === parseSize(value)) return undefined
  return (
    `${key} is "${value}" (${sizeText(parseSize(value))}), ` +
    `but ${field}.memory is "${memory}" (${sizeText(parseSize(memory))}): ` +
    'both set the size of the same process. Leave the key out, or make them equal'
  )
}

/** Whether a resource's size can be read at all; where it can't, the resource's own violation says so. */
export function isReadable(size: string): boolean {
  try {
    return parseSize(size) > 0
  } catch {
    return false
  }
}
