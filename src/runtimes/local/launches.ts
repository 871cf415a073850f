/**
 * Launches under way in this server: each runs in the background from files to JVMs. They are in no store: a launch
 * that the server's end interrupted before its JobManager was recorded is simply made again.
 */
import type { Artifacts } from '../../artifacts/artifacts.ts'
import type { Clock } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey, type EffectiveClusterSpec } from '../../domain/cluster.ts'
import type { Failure } from '../../domain/failure.ts'
import { portRanges } from '../../domain/ports.ts'
import type { ProcessLedger } from '../../domain/process.ts'
import type { FlinkRuntime } from '../../domain/spec.ts'
import type { Distributions } from '../../flink/distributions/distribution.ts'
import { javaConcern } from '../../flink/distributions/java-releases.ts'
import type { FlinkFiles } from '../flink-files/flink-files.ts'
import { classPath } from './classpath.ts'
import { launchConfiguration, writeConf } from './conf.ts'
import { requireDisk } from './disk-check.ts'
import { findJava, type JavaSearch } from './java.ts'
import type { Log } from './log.ts'
import type { MemberStarter } from './members.ts'
import type { MemoryCheck } from './memory-check.ts'
import { memoryArguments } from './memory-split.ts'
import { type LaunchFolder, launchFolder } from './paths.ts'
import { type LaunchPlan, writePlan } from './plan-file.ts'
import { freePorts } from './ports.ts'
import { neverStarted } from './processes.ts'
import { asFailure, provideRunner, provision } from './provision.ts'
import type { WarmPool } from './warm/pool.ts'

export interface LaunchesOptions {
  dataDir: string
  ledger: ProcessLedger
  distributions: Distributions
  artifacts: Artifacts
  flinkFiles: FlinkFiles
  clock: Clock
  log: Log
  java?: JavaSearch
  flinkVersionOf: (runtime: FlinkRuntime) => string
  members: MemberStarter
  memory: MemoryCheck
  pool: Pick<WarmPool, 'launching' | 'busy' | 'drain'>
  onChange: (cluster: ClusterRef) => void
}

/** `failure`: it is over, and why. Without: it goes on, or it is done and the ledger tells the rest. */
export interface LaunchState {
  detail: string
  running: boolean
  failure?: Failure
}

export interface Launches {
  start(cluster: ClusterRef, spec: EffectiveClusterSpec): void
  state(cluster: ClusterRef): LaunchState | undefined
  /** Ends a launch under way; it has ended once its state is no longer `running`. Forgets one that is over. */
  cancel(cluster: ClusterRef): void
  /** Resolves when none runs any more. */
  close(): Promise<void>
}

/** Progress is told this often at most. */
const TELL_MS = 250

export function createLaunches(options: LaunchesOptions): Launches {
  const launches = new Map<string, LaunchState & { abort: AbortController; over: Promise<void> }>()

  function start(cluster: ClusterRef, spec: EffectiveClusterSpec): void {
    const key = clusterKey(cluster)
    if (launches.has(key)) return
    const abort = new AbortController()
    let reported = 0
    const onDetail = (detail: string) => {
      const changed = launch.detail !== detail
      launch.detail = detail
      if (!changed || options.clock.now() - reported < TELL_MS) return
      reported = options.clock.now()
      options.onChange(cluster)
    }
    const launch: LaunchState & { abort: AbortController; over: Promise<void> } = {
      detail: 'preparing the launch',
      running: true,
      abort,
      over: Promise.resolve(),
    }
    launches.set(key, launch)
    launch.over = carryOut(options, cluster, spec, abort.signal, onDetail)
      .then(
        () => launches.delete(key),
        (error) => {
          if (abort.signal.aborted) return launches.delete(key)
          launch.failure = asFailure(error)
          options.log.warn(
            { resource: cluster.resource, generation: cluster.generation, code: launch.failure.code },
            `launch failed: ${launch.failure.message}`,
          )
        },
      )
      .then(() => {
        launch.running = false
        options.onChange(cluster)
      })
  }

  return {
    start,
    state: (cluster) => launches.get(clusterKey(cluster)),
    cancel(cluster) {
      const launch = launches.get(clusterKey(cluster))
      launch?.abort.abort()
      if (launch && !launch.running) launches.delete(clusterKey(cluster))
    },
    async close() {
      for (const launch of launches.values()) launch.abort.abort()
      await Promise.all([...launches.values()].map((launch) => launch.over))
    },
  }
}

async function carryOut(
  options: LaunchesOptions,
  cluster: ClusterRef,
  spec: EffectiveClusterSpec,
  signal: AbortSignal,
  onDetail: (detail: string) => void,
): Promise<void> {
  const { dataDir, ledger, members, clock } = options
  if ((await ledger.list({ cluster })).some((record) => record.role === 'jobmanager' && !neverStarted(record))) return
  const needed = spec.jobManager.memoryBytes + spec.initialTaskManagers * spec.taskManager.memoryBytes
  options.pool.busy()
  try {
    options.memory.require(needed, await ledger.list({ live: true }))
  } catch (error) {
    options.pool.drain('a session needs the memory')
    throw error
  }
  await requireDisk(dataDir)
  const flinkVersion = options.flinkVersionOf(spec.runtime)
  const java = await findJava(flinkVersion, options.java)
  const concern = javaConcern(flinkVersion, java.major)
  if (concern)
    options.log[concern.tested ? 'info' : 'warn']({ resource: cluster.resource, java: java.home }, concern.message)
  const folder = launchFolder(dataDir, cluster)
  const warnings: string[] = []
  const onWarning = (warning: string) => void warnings.push(warning)
  const distribution = await provision(spec, flinkVersion, folder, { ...options, java, signal, onDetail, onWarning })
  if (spec.runner) await provideRunner(folder, options.log)
  const [restPort, rpcPort] = (await freePorts(2, clock.now())) as [number, number]
  const configuration = launchConfiguration(spec, folder, java, { restPort, rpcPort })
  const plan = await makePlan(spec, flinkVersion, folder, { home: distribution.home, java, configuration, warnings })
  signal.throwIfAborted()
  onDetail('starting the JobManager')
  options.pool.launching(plan)
  await members.jobManager(cluster, plan, { memoryBytes: spec.jobManager.memoryBytes, restPort, rpcPort })
  if (!signal.aborted) await members.taskManagers(cluster, plan, spec.initialTaskManagers)
  options.pool.busy()
}

async function makePlan(
  spec: EffectiveClusterSpec,
  flinkVersion: string,
  folder: LaunchFolder,
  found: Required<Pick<LaunchPlan, 'home' | 'java' | 'warnings'>> & { configuration: Record<string, string> },
): Promise<LaunchPlan> {
  const { home, java, configuration, warnings } = found
  const conf = await writeConf(folder, flinkVersion, configuration, spec.logConfiguration)
  const flink = { home, java, conf: folder.conf }
  const [jobmanager, taskmanager, path] = await Promise.all([
    memoryArguments('jobmanager', spec, flink),
    memoryArguments('taskmanager', spec, flink),
    classPath(home, folder),
  ])
  const plan: LaunchPlan = {
    flinkVersion,
    home,
    java,
    classPath: path.entries,
    memory: { jobmanager, taskmanager },
    jobManagerBytes: spec.jobManager.memoryBytes,
    taskManagerBytes: spec.taskManager.memoryBytes,
    launcher: Object.fromEntries(Object.entries(configuration).filter(([key]) => /^(env|containerized)\./.test(key))),
    ports: portRanges(spec.flinkConfiguration),
    inexpressible: conf.inexpressible,
    warnings,
    clashes: path.clashes,
  }
  await writePlan(folder, plan)
  return plan
}
