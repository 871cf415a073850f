/** What is wrong with a session's spec that its schema can't tell, all of it at once. Pure. */
import { filesOf, isArtifactUri, parseArtifactUri } from './artifact.ts'
import { configurationViolations, isReadable, pointer, type Violation, type Where } from './configuration.ts'
import { parseDuration } from './duration.ts'
import { fileName, fileNameProblem, fileUriProblem, sameNames } from './file-name.ts'
import { isMavenUri, parseMaven } from './maven.ts'
import { jobManagerMemory, parseSize, taskManagerMemory } from './memory.ts'
import { needsFlinkCalculator } from './memory-keys.ts'
import type { ProcessRole } from './process.ts'
import type { ContainerResource, SessionJobSpec, SessionSpec } from './spec.ts'

/** Everything that keeps this session from being carried out, its configuration included. */
export function specViolations(spec: SessionSpec, target: Where): Violation[] {
  const files = filesOf(spec)
  return [
    ...configurationViolations({ ...spec, scope: 'SESSION', target }),
    ...resourceViolations('jobmanager', 'jobManagerResource', spec),
    ...resourceViolations('taskmanager', 'taskManagerResource', spec),
    ...duplicateNames(
      spec.plugins.map(({ name }, i) => [name, pointer('plugins', i, 'name')]),
      'plugin name',
    ),
    ...filesOfOneName(spec.jars, 'jars'),
    ...spec.plugins.flatMap(({ jars }, p) => filesOfOneName(jars, 'plugins', p, 'jars')),
    ...logFileViolations(spec, target),
    ...files.flatMap(([uri, path]) => (isMavenUri(uri) ? notMaven(uri, path) : notAJar(uri, path))),
    ...files.flatMap(([uri, path]) => badArtifact(uri, path)),
    ...spec.jars.flatMap((uri, i) => dividesClassPath(uri, pointer('jars', i))),
    ...boundViolations(spec),
    ...(target === 'KUBERNETES'
      ? [...files.flatMap(([uri, path]) => ofThisMachine(uri, path)), ...minimumViolations(spec)]
      : []),
  ]
}

/** The same for a session job. */
export function jobViolations(spec: SessionJobSpec): Violation[] {
  const files = filesOf(spec)
  return [
    ...configurationViolations({ flinkConfiguration: spec.flinkConfiguration, scope: 'JOB' }),
    ...timeoutViolations(spec.job.mainTimeout),
    ...files.flatMap(([uri, path]) => (isMavenUri(uri) ? notMaven(uri, path) : badArtifact(uri, path))),
    ...files.flatMap(([uri, path]) => notAFile(uri, path)),
  ]
}

/** The longest that a timer takes: some 24 days. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

function timeoutViolations(mainTimeout: string | undefined): Violation[] {
  const ms = mainTimeout === undefined ? 1 : parseDuration(mainTimeout)
  if (ms !== undefined && ms > 0 && ms <= LONGEST_TIMEOUT_MS) return []
  const message = `"${mainTimeout}" is no time for main(): write for example 90 s or 10 min, at most 24 days`
  return [{ path: '/job/mainTimeout', message }]
}

function resourceViolations(
  role: ProcessRole,
  field: 'jobManagerResource' | 'taskManagerResource',
  spec: SessionSpec,
): Violation[] {
  const resource: ContainerResource = spec[field]
  const violations: Violation[] = []
  if (resource.cpu !== undefined && !(resource.cpu > 0 && Number.isFinite(resource.cpu))) {
    const message = `${resource.cpu} is no number of CPUs: write a number above 0, for example 0.5`
    violations.push({ path: pointer(field, 'cpu'), message })
  }
  for (const part of ['memory', 'ephemeralStorage'] as const) {
    const size = resource[part]
    if (size !== undefined && !isReadable(size)) {
      const message = `"${size}" is not a size above 0: write for example 1024m, 1.5G or 1073741824 (bytes)`
      violations.push({ path: pointer(field, part), message })
    }
  }
  const key = `${role}.memory.process.size`
  const [path, size] =
    resource.memory === undefined
      ? [pointer('flinkConfiguration', key), spec.flinkConfiguration[key]]
      : [pointer(field, 'memory'), resource.memory]
  // Where the caller moved the parts, only Flink itself can tell whether they fit.
  if (size === undefined || !isReadable(size) || needsFlinkCalculator(spec.flinkConfiguration, role)) return violations
  const { problem } = role === 'jobmanager' ? jobManagerMemory(parseSize(size)) : taskManagerMemory(parseSize(size))
  return problem === undefined ? violations : [...violations, { path, message: problem }]
}

/** What has another name would be fetched and then not be on the class path. */
function notAJar(uri: string, path: string): Violation[] {
  const name = fileName(uri)
  const problem = fileUriProblem(uri)
  if (problem !== undefined) return [{ path, message: `${problem}: end it with the name of a jar` }]
  if (name.endsWith('.jar')) return []
  return [{ path, message: `"${name}" does not end in .jar: only jars are put on the class path` }]
}

/** A job's own jar may have any name that a file can have: it goes to Flink under another one. */
function notAFile(uri: string, path: string): Violation[] {
  const problem = isMavenUri(uri) || isArtifactUri(uri) ? undefined : fileUriProblem(uri)
  return problem === undefined ? [] : [{ path, message: `${problem}: end it with the name of a jar` }]
}

/** The class path is a list with `:` between its jars, and Java knows no escape for it. */
function dividesClassPath(uri: string, path: string): Violation[] {
  const name = fileName(uri)
  if (!name.includes(':') || isMavenUri(uri)) return []
  return [
    {
      path,
      message: `"${name}" can't be on the class path, which Java divides at ":": give the file a name without it`,
    },
  ]
}

function notMaven(uri: string, path: string): Violation[] {
  const parsed = parseMaven(uri)
  const problem = 'problem' in parsed ? parsed.problem : fileNameProblem(fileName(uri))
  return problem === undefined ? [] : [{ path, message: problem }]
}

function badArtifact(uri: string, path: string): Violation[] {
  if (!isArtifactUri(uri) || parseArtifactUri(uri)) return []
  return [
    {
      path,
      message:
        `"${uri}" names no uploaded file: write artifact://NAME.jar for the newest version, or ` +
        `artifact://NAME.jar?version=1`,
    },
  ]
}

/** A pod does not see the files of the server's machine. */
function ofThisMachine(uri: string, path: string): Violation[] {
  if (!/^file:/i.test(uri)) return []
  return [
    {
      path,
      message:
        'a pod has no file:// of this machine: upload the jar (weir artifact upload), or name one of the image (local:///opt/flink/...), of S3 or by https://',
    },
  ]
}

/** Native mode learned to keep TaskManagers that no job asks for in Flink 1.19. */
function minimumViolations({ runtime, taskManagers: { min = 0 } = {} }: SessionSpec): Violation[] {
  if (min === 0 || (runtime !== 'FLINK_1_17' && runtime !== 'FLINK_1_18')) return []
  const message =
    `${runtime} can't keep a minimum of TaskManagers on Kubernetes, only Flink 1.19 and later can: ` +
    `leave it out, or choose FLINK_1_19`
  return [{ path: '/taskManagers/min', message }]
}

function filesOfOneName(uris: readonly string[], ...where: (string | number)[]): Violation[] {
  const files = uris.map((uri, i) => [uri, pointer(...where, i)] as const)
  return sameNames(files).map(({ path, name, before }) => ({
    path,
    message: `file name "${name}" is already that of ${before}: each must have its own, also in another patch version of Flink's`,
  }))
}

/** Flink reads its own configuration from there. */
const FLINKS_OWN = ['config.yaml', 'flink-conf.yaml']
/** What Kubernetes takes as the name of a part of a ConfigMap. */
const CONFIG_MAP_KEY = /^[-._a-zA-Z0-9]{1,253}$/

function logFileViolations({ logConfiguration }: SessionSpec, target: Where): Violation[] {
  return Object.keys(logConfiguration).flatMap((name) => {
    const path = pointer('logConfiguration', name)
    const problem = fileNameProblem(name)
    if (problem !== undefined) return [{ path, message: `must be a plain file name, without a folder: ${problem}` }]
    if (FLINKS_OWN.includes(name))
      return [{ path, message: 'is the file of `flinkConfiguration`, which belongs there: name files of loggers only' }]
    if (target === 'LOCAL' || CONFIG_MAP_KEY.test(name)) return []
    return [
      {
        path,
        message: 'must be of letters, digits, dots, underscores and dashes, at most 253: Kubernetes takes no others',
      },
    ]
  })
}

function duplicateNames(named: readonly (readonly [name: string, path: string])[], what: string): Violation[] {
  const first = new Map<string, string>()
  return named.flatMap(([name, path]) => {
    const before = first.get(name)
    if (before === undefined) first.set(name, path)
    return before === undefined
      ? []
      : [{ path, message: `${what} "${name}" is already that of ${before}: each must have its own` }]
  })
}

function boundViolations({ taskManagers: { min, max } = {} }: SessionSpec): Violation[] {
  if (max !== undefined && max < 1) {
    return [{ path: '/taskManagers/max', message: `${max} TaskManagers can run no job: give at least 1` }]
  }
  if (min === undefined || max === undefined || min <= max) return []
  return [
    {
      path: '/taskManagers/min',
      message: `at least ${min} and at most ${max} TaskManagers can't both hold: raise max or lower min`,
    },
  ]
}
