/**
 * Command lines of Flink's JVMs. Everybody on the machine can read them, so they hold no configuration of the caller:
 * that is in the owner-only conf folder, and the caller's JVM options are in an argument file beside it.
 */
import { join, relative } from 'node:path'

import { joinClassPath } from '../../domain/paths.ts'
import type { ProcessRole } from '../../domain/process.ts'
import { COMMON_POOL_OPTION, MODULE_OPTIONS } from '../jvm-options.ts'
import { LOG4J_FILE } from '../logging.ts'
import type { Java } from './java.ts'
import { configuredOptions, hadoopClassPath, memberEnvironment } from './launcher.ts'
import type { LaunchFolder } from './paths.ts'
import { logFiles, memberName } from './paths.ts'
import { marks } from './proc.ts'

/** What the memory split says, for the JVM and for Flink. */
export interface MemoryArguments {
  /** `-Xmx...` and its like. */
  jvm: string[]
  /** `jobmanager.memory.heap.size=...` and its like. */
  dynamic: string[]
}

export interface JvmCommand {
  executable: string
  args: string[]
  env: NodeJS.ProcessEnv
  cwd: string
  stdout: string
  stderr: string
  /** Written before the start, owner-only. */
  argumentFile?: { path: string; text: string }
}

export interface MemberCommand {
  installation: string
  uuid: string
  role: ProcessRole
  ordinal: number
  java: Java
  flinkVersion: string
  home: string
  folder: LaunchFolder
  classPath: readonly string[]
  memory: MemoryArguments
  /** What Flink's start scripts would read of it. */
  configuration: Record<string, string>
  /** What the configuration file could not hold. */
  inexpressible: readonly [string, string][]
  /** Options for an archive of shared classes, or none. */
  sharing: readonly string[]
  resourceId: string
}

const MAIN = {
  jobmanager: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
  taskmanager: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
} as const

/**
 * A collection of a heap of this size by one thread takes a fraction of a second; of larger ones it can outlast a
 * heartbeat.
 */
const SERIAL_UP_TO = 2 ** 30

/**
 * The JobManager compiles with C1 only: it is short of time at the start and never busy later. TaskManagers, which do
 * the work, keep both compilers, but compile what has run four times as often as by default: a start runs much code a
 * few hundred times and never again, and a job's own code gets there within its first second. Small heaps are collected
 * serially, which starts sooner and, measured with a job of ten million records, takes less CPU than the default;
 * larger ones are left to the JVM.
 */
function tuning(role: ProcessRole, memory: MemoryArguments, callers: readonly string[]): string[] {
  const chosen = callers.some((option) => /^-XX:\+Use\w*GC$/.test(option))
  const heap = Number(/^-Xmx(\d+)$/.exec(memory.jvm.find((option) => option.startsWith('-Xmx')) ?? '')?.[1] ?? Infinity)
  return [
    ...(chosen || heap > SERIAL_UP_TO ? [] : ['-XX:+UseSerialGC']),
    role === 'jobmanager' ? '-XX:TieredStopAtLevel=1' : '-XX:CompileThresholdScaling=4',
  ]
}

/** A command line in its parts, in their order. */
export interface CommandParts {
  env: NodeJS.ProcessEnv
  /** What Weir says of the JVM. */
  jvm: string[]
  /** What the caller says of it. */
  callers: string[]
  /** From the log's place on: what only the launch knows, the class path, the program and its arguments. */
  program: string[]
  /** What nobody may read. */
  hidden: string[]
}

export function commandParts(member: Omit<MemberCommand, 'installation' | 'uuid'>): CommandParts {
  const { java, folder, role, ordinal, configuration } = member
  const name = memberName(role, ordinal)
  const files = logFiles(folder, role, ordinal)
  // From the folder that the JVM starts in: Log4j and the JVM take more than a path here, and a `%`, `,` or `$` in the
  // name of a folder above would have a meaning (a pattern, a list, a process ID).
  const here = (path: string): string => relative(folder.root, path)
  const env = memberEnvironment(member)
  const callers = configuredOptions(member, env)
  const jvm = [
    ...member.memory.jvm,
    ...tuning(role, member.memory, callers),
    ...member.sharing,
    ...MODULE_OPTIONS,
    // Without it the JVM refuses the security manager by which Flink intercepts System.exit; gone in Java 24.
    ...(java.major >= 17 && java.major < 24 ? ['-Djava.security.manager=allow'] : []),
    ...(role === 'jobmanager' && java.major >= 25 ? [COMMON_POOL_OPTION] : []),
    `-XX:ErrorFile=${here(join(folder.log, `${name}-crash.log`))}`,
  ]
  // After the caller's options, as in Flink's scripts: where the log is, is not theirs to say.
  const program = [
    `-Dlog.file=${here(files.log)}`,
    `-Dlog4j.configuration=file:${here(join(folder.conf, LOG4J_FILE))}`,
    `-Dlog4j.configurationFile=${here(join(folder.conf, LOG4J_FILE))}`,
    `-Dlogback.configurationFile=${here(join(folder.conf, 'logback-console.xml'))}`,
    '-classpath',
    joinClassPath(member.classPath, hadoopClassPath(env, configuration)),
    MAIN[role],
    '--configDir',
    folder.conf,
    ...member.memory.dynamic.flatMap((entry) => ['-D', entry]),
    ...(role === 'taskmanager' ? ['-D', `taskmanager.resource-id=${member.resourceId}`] : []),
  ]
  const hidden = member.inexpressible.flatMap(([key, value]) => ['-D', `${key}=${value}`])
  return { env, jvm, callers, program, hidden }
}

export function memberCommand(member: MemberCommand): JvmCommand {
  const { java, folder, role, ordinal } = member
  const name = memberName(role, ordinal)
  const files = logFiles(folder, role, ordinal)
  const { env, jvm, callers, program, hidden } = commandParts(member)
  const inFile = hidden.length > 0 ? [...callers, ...program, ...hidden] : callers
  const path = join(folder.conf, `${name}.args`)
  return {
    executable: java.executable,
    args: [
      ...marks(member.installation, member.uuid),
      ...jvm,
      ...(inFile.length > 0 ? [`@${path}`] : []),
      ...(hidden.length > 0 ? [] : program),
    ],
    env,
    cwd: folder.root,
    stdout: files.out,
    stderr: files.err,
    ...(inFile.length > 0
      ? { argumentFile: { path, text: inFile.map((arg) => `${quoteArgument(arg)}\n`).join('') } }
      : {}),
  }
}

/** As the java launcher reads argument files: quoted, with backslash escapes. */
export function quoteArgument(arg: string): string {
  const escaped = arg
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
  return `"${escaped}"`
}
