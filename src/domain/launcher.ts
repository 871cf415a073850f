/**
 * The one table of what Flink's launchers act on and its JVMs don't: the scripts (`bin/*.sh`), the images' entry point
 * (`docker-entrypoint.sh`) and the client that starts pods, of Flink 1.17 to 2.3. Weir starts Flink's JVMs without them
 * on this machine, and with them on Kubernetes; what a caller gives them means the same on both.
 *
 * CARRIED_OUT: it does what it does there. REFUSED: 422, with what to use instead. NO_EFFECT: a warning in
 * `status.warnings`. The guide's tables (docs/guides/configuration.md) are these, held by a test.
 */
import { FLINK_RUNTIMES, type FlinkRuntime } from './spec.ts'

export type Treatment = 'CARRIED_OUT' | 'REFUSED' | 'NO_EFFECT'

export interface LauncherEntry {
  /** Configuration keys, or names of environment variables. A key that ends in `*` stands for all that begin so. */
  names: readonly string[]
  treatment: Treatment
  /** CARRIED_OUT: what it does. REFUSED: why, and what to use instead. NO_EFFECT: why it has none. */
  reason: string
  /** Values that change nothing and are let through without a word (compared without regard to case). */
  harmless?: readonly string[]
  /** The scripts of older versions know nothing of it: it has no effect there. */
  since?: FlinkRuntime
}

/** In a configuration: environment variables of the JobManager and of TaskManagers. */
const VARIABLE_PREFIXES = { jobmanager: 'containerized.master.env.', taskmanager: 'containerized.taskmanager.env.' }

const EXPANDED = 'JVM options, after those of Weir; `$NAME`, `${NAME}` and `${NAME:-otherwise}` stand for variables'

/** Keys of `flinkConfiguration`. */
export const LAUNCHER_KEYS: readonly LauncherEntry[] = [
  {
    names: [`${VARIABLE_PREFIXES.jobmanager}*`, `${VARIABLE_PREFIXES.taskmanager}*`],
    treatment: 'CARRIED_OUT',
    reason:
      'an environment variable of the JobManager, or of every TaskManager; the next table has those that mean more',
  },
  {
    names: ['env.java.opts.all', 'env.java.opts.jobmanager', 'env.java.opts.taskmanager'],
    treatment: 'CARRIED_OUT',
    reason: EXPANDED,
  },
  {
    names: ['env.java.opts'],
    treatment: 'CARRIED_OUT',
    reason: 'the old name of `env.java.opts.all`; without effect where that is given as well',
  },
  {
    names: ['env.java.default-opts.all', 'env.java.default-opts.jobmanager', 'env.java.default-opts.taskmanager'],
    treatment: 'CARRIED_OUT',
    reason: 'JVM options before those of `env.java.opts.*`',
    since: 'FLINK_1_19',
  },
  {
    names: ['env.java.opts.client', 'env.java.opts.historyserver', 'env.java.opts.sql-gateway'],
    treatment: 'NO_EFFECT',
    reason: 'a session has no such process',
  },
  {
    names: ['env.hadoop.conf.dir', 'env.yarn.conf.dir', 'env.hbase.conf.dir'],
    treatment: 'CARRIED_OUT',
    reason:
      'a folder at the end of the class path, unless the variable of that name (`HADOOP_CONF_DIR`) says otherwise',
  },
  {
    names: ['env.log.level'],
    treatment: 'CARRIED_OUT',
    reason: 'the level of the root logger, unless `logConfiguration` has one',
    since: 'FLINK_1_19',
  },
  {
    names: ['env.log.dir', 'env.log.max', 'env.pid.dir', 'env.ssh.opts', 'env.java.home'],
    treatment: 'REFUSED',
    reason:
      'Weir starts the processes itself and decides their Java and where they log; `logConfiguration` says what ' +
      'they log',
  },
  {
    names: ['env.stdout-err.redirect-to-file'],
    treatment: 'REFUSED',
    reason: 'Weir itself keeps and bounds what processes print, and finds there why one ended; leave it out',
    harmless: ['false'],
  },
  {
    names: ['taskmanager.compute.numa'],
    treatment: 'NO_EFFECT',
    reason: 'no TaskManagers are started for NUMA nodes; `taskManagers` says how many there are',
    harmless: ['false'],
  },
  {
    names: ['zookeeper.heap.mb'],
    treatment: 'NO_EFFECT',
    reason: 'no ZooKeeper is started',
  },
]

/** Environment variables, given as `containerized.master.env.NAME` or `containerized.taskmanager.env.NAME`. */
export const LAUNCHER_VARIABLES: readonly LauncherEntry[] = [
  {
    names: ['HADOOP_CLASSPATH', 'HADOOP_CONF_DIR', 'HADOOP_HOME', 'YARN_CONF_DIR', 'HBASE_CONF_DIR', 'HBASE_HOME'],
    treatment: 'CARRIED_OUT',
    reason: 'what they name comes to the end of the class path',
  },
  {
    names: ['ROOT_LOG_LEVEL'],
    treatment: 'CARRIED_OUT',
    reason: 'the level of the root logger, unless `logConfiguration` has one',
  },
  {
    names: ['MAX_LOG_FILE_NUMBER'],
    treatment: 'CARRIED_OUT',
    reason: 'for a `logConfiguration` that refers to it; what Weir adds to one has bounds of its own',
  },
  {
    names: [
      'FLINK_ENV_JAVA_OPTS',
      'FLINK_ENV_JAVA_OPTS_JM',
      'FLINK_ENV_JAVA_OPTS_TM',
      'JVM_ARGS',
      'FLINK_TM_JVM_MEM_OPTS',
    ],
    treatment: 'REFUSED',
    reason: 'the scripts would take it for JVM options; use `env.java.opts.all`, `.jobmanager` or `.taskmanager`',
  },
  {
    names: [
      'FLINK_HOME',
      'FLINK_CONF_DIR',
      'FLINK_BIN_DIR',
      'FLINK_LIB_DIR',
      'FLINK_OPT_DIR',
      'FLINK_PLUGINS_DIR',
      'FLINK_LOG_DIR',
      'FLINK_PID_DIR',
      'JAVA_HOME',
      'JAVA_RUN',
    ],
    treatment: 'REFUSED',
    reason: 'where Flink, its files and its Java lie is decided at each launch; leave it out',
  },
  {
    names: ['FLINK_PROPERTIES', 'TASK_MANAGER_NUMBER_OF_TASK_SLOTS', 'JOB_MANAGER_RPC_ADDRESS'],
    treatment: 'REFUSED',
    reason: "the images' entry point would write it into Flink's configuration; use `flinkConfiguration`",
  },
  {
    names: ['ENABLE_BUILT_IN_PLUGINS'],
    treatment: 'REFUSED',
    reason: 'use `plugins`: {"name": "s3", "jars": ["/opt/flink/opt/flink-s3-fs-hadoop-1.20.1.jar"]}',
  },
  {
    names: ['STD_REDIRECT_TO_FILE'],
    treatment: 'REFUSED',
    reason: 'Weir itself keeps and bounds what processes print, and finds there why one ended; leave it out',
    harmless: ['false'],
  },
  {
    names: ['HIGH_AVAILABILITY', 'ZK_HEAP', 'FLINK_SSH_OPTS', 'FLINK_TM_COMPUTE_NUMA', 'FLINK_IDENT_STRING'],
    treatment: 'NO_EFFECT',
    reason: 'only scripts that Weir does not use read it',
  },
  {
    names: ['DISABLE_JEMALLOC'],
    treatment: 'CARRIED_OUT',
    reason: 'chooses the allocator in images; on this machine it is that of the system anyway',
  },
]

const matches = (name: string, { names }: LauncherEntry): boolean =>
  names.some((each) => (each.endsWith('*') ? name.startsWith(each.slice(0, -1)) : name === each))

/** The variable's name in `containerized.master.env.NAME` and its like. */
export function variableIn(key: string): string | undefined {
  const prefix = Object.values(VARIABLE_PREFIXES).find((each) => key.startsWith(each))
  return prefix === undefined ? undefined : key.slice(prefix.length)
}

/** What the launchers make of a configuration key, if they make anything of it. */
export function launcherEntry(key: string): LauncherEntry | undefined {
  const variable = variableIn(key)
  return (
    (variable === undefined ? undefined : LAUNCHER_VARIABLES.find((entry) => matches(variable, entry))) ??
    LAUNCHER_KEYS.find((entry) => matches(key, entry))
  )
}

/** All configuration keys that are refused, with the words. */
export const REFUSED_BY_LAUNCHER = [
  ...LAUNCHER_KEYS,
  ...LAUNCHER_VARIABLES.map((entry) => ({
    ...entry,
    names: entry.names.flatMap((name) => Object.values(VARIABLE_PREFIXES).map((prefix) => prefix + name)),
  })),
]
  .filter(({ treatment }) => treatment === 'REFUSED')
  .map(({ names, reason, harmless }) => ({ keys: names, reason, ...(harmless && { harmless }) }))

/** The environment that a configuration gives to processes of that role. */
export function configuredEnvironment(
  role: keyof typeof VARIABLE_PREFIXES,
  configuration: Record<string, string>,
): Record<string, string> {
  const prefix = VARIABLE_PREFIXES[role]
  return Object.fromEntries(
    Object.entries(configuration).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  )
}

/** Whether a runtime is as new as another, or newer. */
export const since = (runtime: FlinkRuntime, first: FlinkRuntime): boolean =>
  FLINK_RUNTIMES.indexOf(runtime) >= FLINK_RUNTIMES.indexOf(first)

/** What is wrong with a value that only the launchers read; undefined where nothing is. */
export function launcherProblem(key: string, value: string): string | undefined {
  const variable = variableIn(key)
  if (variable !== undefined && !/^[A-Za-z_][\w.-]*$/.test(variable)) {
    return `"${variable}" is no name of an environment variable: use letters, digits and _`
  }
  if (!/^env\.java\.(default-)?opts(\.|$)/.test(key)) return undefined
  const [command] = /\$\(|`|\$\{(?!\w+(:-[^}]*)?\})/.exec(value.replaceAll(/\\[\s\S]|'[^']*'/g, '')) ?? []
  if (command === undefined) return undefined
  return (
    `${key} holds "${command}", which Flink's start scripts would have a shell carry out; Weir runs none. ` +
    'Write the value itself, or a variable: $NAME, ${NAME} or ${NAME:-otherwise}'
  )
}
