/**
 * What a session's cluster is really launched with: Weir's defaults, below the runtime's, below the caller's. Pure, and
 * the same on every runtime; ports and folders are the launch's own business and are not decided here.
 */

import type { EffectiveClusterSpec, MemberResource } from './cluster.ts'
import { defined } from './defined.ts'
import { parseSize } from './memory.ts'
import { processBytesFromParts } from './memory-keys.ts'
import type { ProcessRole } from './process.ts'
import type { ContainerResource, FlinkRuntime, SessionSpec } from './spec.ts'

const MIB = 2 ** 20
const DEFAULT_PROCESS_BYTES: Record<ProcessRole, number> = { jobmanager: 1600 * MIB, taskmanager: 1728 * MIB }
const DEFAULT_CPU = 1

/**
 * Bare numbers are milliseconds on every Flink version, 2.x included, except the job store's, which are seconds.
 * The waits that Flink has between two tries to register are made for data centres; ours are for members that start
 * at the same moment. Ended jobs stay known for a week: a job that Flink forgot can't be told from one that it lost.
 */
const CLUSTER_DEFAULTS: Record<string, string> = {
  'web.refresh-interval': '100',
  'cluster.registration.initial-timeout': '50',
  'cluster.registration.error-delay': '200',
  'cluster.registration.refused-registration-delay': '200',
  // A dead process is found by heartbeats that can't be delivered (`heartbeat.rpc-failure-threshold`, 2 of them), so
  // they are sent often. Their timeout is Flink's own 50 s: who is slow is not dead.
  'heartbeat.interval': '1000',
  'jobstore.expiration-time': '604800',
  // Seconds; copies of ended jobs' jars stay on TaskManagers for up to twice as long. Flink's own hour fills disks.
  'blob.service.cleanup.interval': '60',
  'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
  // A standalone JobManager refuses slots that it does not have once this is over, so that the first job of an idle
  // session would fail before its TaskManager is there. 200 days: the timer behind it takes at most 248.
  'resourcemanager.standalone.start-up-time': '17280000000',
}

/**
 * How long a call from process to process may take before what it is for counts as failed: Flink's 10 s are not enough
 * to deploy hundreds of subtasks on a machine that is busy. The key has another name since Flink 1.18.
 */
const askTimeout = (runtime: FlinkRuntime): Record<string, string> => ({
  [runtime === 'FLINK_1_17' ? 'akka.ask.timeout' : 'pekko.ask.timeout']: '60 s',
})

/**
 * Growing delays with an end exist since Flink 1.19; docs/decisions/restart-strategy.md has the reasons and the sums.
 */
const GROWING_DELAY: Record<string, string> = {
  'restart-strategy.type': 'exponential-delay',
  'restart-strategy.exponential-delay.initial-backoff': '1 s',
  'restart-strategy.exponential-delay.backoff-multiplier': '2.0',
  'restart-strategy.exponential-delay.max-backoff': '1 min',
  'restart-strategy.exponential-delay.jitter-factor': '0.1',
  'restart-strategy.exponential-delay.reset-backoff-threshold': '10 min',
  'restart-strategy.exponential-delay.attempts-before-reset-backoff': '12',
}
const STEADY_DELAY: Record<string, string> = {
  'restart-strategy.type': 'failure-rate',
  'restart-strategy.failure-rate.delay': '1 s',
  'restart-strategy.failure-rate.max-failures-per-interval': '120',
  'restart-strategy.failure-rate.failure-rate-interval': '30 min',
}

/**
 * Names of one setting, and settings that only make sense together: who sets one of `keys` gets none of the defaults
 * for `drops`. Flink prefers a new name to an old one, so a default under the new name would silence a caller's old
 * one.
 */
const TOGETHER: readonly { keys: readonly string[]; drops: RegExp }[] = [
  { keys: ['restart-strategy', 'restart-strategy.type'], drops: /^restart-strategy(\.|$)/ },
  { keys: ['jobmanager.web.refresh-interval'], drops: /^web\.refresh-interval$/ },
  { keys: ['high-availability'], drops: /^high-availability\.type$/ },
  ...[
    ['state.checkpoints.dir', 'execution.checkpointing.dir', 'state.backend.fs.checkpointdir'],
    ['state.savepoints.dir', 'execution.checkpointing.savepoint-dir', 'savepoints.state.backend.fs.dir'],
    ['state.backend', 'state.backend.type'],
    ['akka.ask.timeout', 'pekko.ask.timeout'],
    ['state.checkpoints.num-retained', 'execution.checkpointing.num-retained'],
    ['state.backend.incremental', 'execution.checkpointing.incremental'],
  ].map((keys) => ({ keys, drops: new RegExp(`^(${keys.map((key) => key.replaceAll('.', '\\.')).join('|')})$`) })),
]

/** Weir's own defaults for clusters of one Flink version, restart strategy included. */
export function clusterDefaults(runtime: FlinkRuntime): Record<string, string> {
  const steady = runtime === 'FLINK_1_17' || runtime === 'FLINK_1_18'
  return { ...CLUSTER_DEFAULTS, ...askTimeout(runtime), ...(steady ? STEADY_DELAY : GROWING_DELAY) }
}

/** Later layers win, also over other names of the same setting. */
export function layered(...layers: readonly Record<string, string>[]): Record<string, string> {
  let merged: Record<string, string> = {}
  for (const layer of layers) {
    const dropped = TOGETHER.filter(({ keys }) => keys.some((key) => key in layer))
    merged = Object.fromEntries(Object.entries(merged).filter(([key]) => !dropped.some(({ drops }) => drops.test(key))))
    Object.assign(merged, layer)
  }
  return merged
}

export interface EffectiveInput {
  spec: SessionSpec
  workspace: string
  /** What the runtime wants by default: where checkpoints go. */
  runtimeDefaults: Record<string, string>
  /** TaskManagers that the runtime keeps when the caller sets no `min`; 1 when absent. */
  least?: number
}

/** Throws Failure (INVALID_SPEC) for sizes that can't be read; a spec without violations has none. */
export function effectiveClusterSpec({
  spec,
  workspace,
  runtimeDefaults,
  least = 1,
}: EffectiveInput): EffectiveClusterSpec {
  const jobManager = member('jobmanager', spec.jobManagerResource, spec.flinkConfiguration)
  const taskManager = member('taskmanager', spec.taskManagerResource, spec.flinkConfiguration)
  const slots = Number(spec.flinkConfiguration['taskmanager.numberOfTaskSlots'] ?? 1)
  return {
    name: spec.name,
    workspace,
    runtime: spec.runtime,
    flinkConfiguration: {
      ...layered(clusterDefaults(spec.runtime), runtimeDefaults, spec.flinkConfiguration),
      ...jobManager.configuration,
      ...taskManager.configuration,
      'taskmanager.numberOfTaskSlots': String(slots),
    },
    logConfiguration: { ...spec.logConfiguration },
    jars: [...spec.jars],
    plugins: spec.plugins.map(({ name, jars }) => ({ name, jars: [...jars] })),
    jobManager: jobManager.resource,
    taskManager: { ...taskManager.resource, slots },
    initialTaskManagers: spec.taskManagers?.min ?? least,
    runner: true,
    ...defined({ maxTaskManagers: spec.taskManagers?.max }),
  }
}

interface Member {
  resource: MemberResource
  configuration: Record<string, string>
}

function member(role: ProcessRole, wanted: ContainerResource, configuration: Record<string, string>): Member {
  const key = `${role}.memory.process.size`
  const total = wanted.memory ?? configuration[key]
  const fromParts = total === undefined ? processBytesFromParts(configuration, role) : undefined
  const memoryBytes = total !== undefined ? parseSize(total) : (fromParts ?? DEFAULT_PROCESS_BYTES[role])
  return {
    resource: {
      memoryBytes,
      cpu: wanted.cpu ?? DEFAULT_CPU,
      ...(wanted.ephemeralStorage !== undefined && { ephemeralStorageBytes: parseSize(wanted.ephemeralStorage) }),
    },
    // Beside parts that say it all, a total of ours could only contradict them.
    configuration: fromParts === undefined ? { [key]: `${memoryBytes}b` } : {},
  }
}
