/**
 * Clusters on this machine: Flink's JobManager and TaskManagers as plain JVMs below the data folder.
 *
 * Owns those processes, the launch folders and the default checkpoint folders. May import domain, flink and artifacts;
 * must never signal a process that isn't this installation's, nor delete a savepoint. What can't be done ends as a
 * Failure in an observation; only stageJar throws one.
 */
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import type { Artifacts } from '../../artifacts/artifacts.ts'
import { isFlinkUri } from '../../artifacts/uri.ts'
import type { Clock } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey, type EffectiveClusterSpec } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import { Failure } from '../../domain/failure.ts'
import { flinkFileUri } from '../../domain/paths.ts'
import type { ProcessLedger, SpareLedger } from '../../domain/process.ts'
import type { FlinkRuntime, SessionSpec } from '../../domain/spec.ts'
import { restClient } from '../../flink/client.ts'
import { defaultCacheDir } from '../../flink/distributions/cache.ts'
import type { Distributions } from '../../flink/distributions/distribution.ts'
import { createSerial } from '../../flink/serial.ts'
import type { FlinkFiles } from '../flink-files/flink-files.ts'
import type { Runtime, WarmPoolStats } from '../runtime.ts'
import { type ClassArchives, createClassArchives } from './cds.ts'
import { deleteCheckpoints, findsCheckpoints, listCheckpoints } from './checkpoints.ts'
import { diskTrouble } from './disk-check.ts'
import { createJarChecks } from './jar-checks.ts'
import { findJava, type JavaSearch } from './java.ts'
import { createLaunches } from './launches.ts'
import { warnOfLeftBehind } from './left-behind.ts'
import { createListening } from './listening.ts'
import type { Log } from './log.ts'
import { memberLogs } from './logs.ts'
import { memberStarter } from './members.ts'
import { createMemoryCheck, type MemoryCheck } from './memory-check.ts'
import { createMemoryWatch } from './memory-watch.ts'
import { observeCluster } from './observe.ts'
import { createOutputs } from './outputs.ts'
import { exists, launchFolder, resourceFolders, spareFolder } from './paths.ts'
import { createProcesses } from './processes.ts'
import { asFailure, distributionFile, flinkSetup, insideDistribution } from './provision.ts'
import { createReachWatch } from './reach.ts'
import { forgetResource, removeGeneration } from './removal.ts'
import { scaleCluster } from './scale.ts'
import { createWarmPool } from './warm/pool.ts'

export interface LocalRuntimeOptions {
  /** The store's identity: only processes that carry it are ours. */
  installation: string
  /** Launch folders, checkpoints and savepoints lie below it. */
  dataDir: string
  ledger: ProcessLedger
  /** Where JVMs are written down that wait for a session. */
  spares: SpareLedger
  distributions: Distributions
  artifacts: Artifacts
  flinkFiles: FlinkFiles
  clock: Clock
  log: Log
  flinkVersionOf: (runtime: FlinkRuntime) => string
  /** Where to look for Java instead of JAVA_HOME, PATH and the usual folders. */
  java?: JavaSearch
  /** Called at the moments between which this server may be killed in a test. */
  passed?: (where: string) => void
  /** See MEMORY_RESERVE of memory-check.ts. */
  memoryReserve?: number
  /** Whether archives of Flink's classes are made and used; default off. */
  cds?: 'auto' | 'off'
  /** How many pairs of JVMs wait for the next session, after there was one; default none. */
  warmPairs?: number
  /** Where those archives lie instead of the user's cache. */
  cacheDir?: string
}

/** By then the first job of a new session has most often started, and its classes are known too. */
const GATHER_AFTER_MS = 15_000

/** What this one has beside what every runtime has. */
export interface LocalRuntime extends Runtime {
  warmPool(): WarmPoolStats
}

export function createLocalRuntime(options: LocalRuntimeOptions): LocalRuntime {
  const { dataDir, ledger } = options
  warnOfLeftBehind(options)
  const callbacks = new Set<(cluster: ClusterRef) => void>()
  const parts = partsOf(options, (cluster) => {
    for (const callback of callbacks) callback(cluster)
  })
  const { processes, archives, launches, jars, pool, reach, gathers, outputs, memoryWatch } = parts
  return {
    name: 'local',
    ...clusterCalls(options, parts),

    flink(_cluster, observed) {
      if (observed.endpoint === undefined)
        throw new Failure('RUNTIME_UNREACHABLE', 'The cluster has no JobManager to ask.')
      return restClient(observed.endpoint)
    },

    defaults: (resource) => stateDefaults(dataDir, resource),
    capacity: async (spec) => ({ taskManagers: taskManagersThatFit(spec, parts.memory), least: 1 }),
    stageJar: (cluster, spec, uri) => stageJar(options, cluster, spec, uri),
    jarWarnings: (cluster, _spec, jar) => jars.ofJar(cluster, jar),
    checkEntryClass: jars.entryClass,
    checkpoints: listCheckpoints,
    findsCheckpoints,
    discardCheckpoints: deleteCheckpoints,
    diskTrouble,
    logs: (resource, query) => memberLogs(dataDir, ledger, resource, query),

    warmPool: () => pool.stats(),

    onSignal(callback) {
      callbacks.add(callback)
      return () => callbacks.delete(callback)
    },

    async close() {
      callbacks.clear()
      gathers.close()
      outputs.close()
      memoryWatch.close()
      reach.close()
      archives.close()
      await launches.close()
      await pool.close()
      processes.close()
    },
  }
}

type Parts = ReturnType<typeof partsOf>

/** What the runtime is put together from; `signal` says that something happened to a cluster. */
function partsOf(options: LocalRuntimeOptions, signal: (cluster: ClusterRef) => void) {
  const { installation, dataDir, ledger, spares, clock, log, passed } = options
  const onSpareGone = (uuid: string) => rm(spareFolder(dataDir, uuid).root, { recursive: true, force: true })
  const processes = createProcesses({
    installation,
    ledger,
    spares,
    clock,
    log,
    onExit: signal,
    onSpareGone,
    ...defined({ passed }),
  })
  const archives = createClassArchives({
    mode: options.cds ?? 'off',
    installation,
    dataDir,
    cacheDir: options.cacheDir ?? defaultCacheDir(process.env),
    log,
    onStart: (uuid) => processes.tolerate(uuid),
  })
  const memory = createMemoryCheck(clock, options.memoryReserve)
  const memoryWatch = createMemoryWatch({ clock, ledger, log, onChange: signal })
  const pool = createWarmPool({
    pairs: options.warmPairs ?? 0,
    installation,
    dataDir,
    ledger,
    spares,
    processes,
    archives,
    memory,
    clock,
    log,
  })
  const members = memberStarter({ installation, dataDir, ledger, processes, archives, pool })
  const launches = createLaunches({ ...options, members, memory, pool, onChange: signal })
  const jars = createJarChecks({ dataDir, log, onKnown: signal })
  const gathers = gatherLater(archives, clock)
  const listening = createListening({ dataDir, clock })
  const outputs = createOutputs({ dataDir, ledger, clock, log })
  const liveUuid = async (uuid: string) => (await ledger.list({ live: true })).some((record) => record.uuid === uuid)
  const reach = createReachWatch({
    dataDir,
    clock,
    isLive: liveUuid,
    onReached: (cluster) => {
      signal(cluster)
      pool.busy()
      gathers.schedule(cluster)
    },
  })
  const lookers = { jars, gathers, reach, listening, outputs }
  return { processes, archives, members, memory, memoryWatch, pool, launches, ...lookers }
}

/** Archives of classes are made some time after a cluster was reached. */
function gatherLater(archives: ClassArchives, clock: Clock) {
  /** What is still to come: a timer would keep the program from ending. */
  const cancels = new Set<() => void>()
  return {
    schedule(cluster: ClusterRef): void {
      const cancel = clock.after(GATHER_AFTER_MS, () => {
        cancels.delete(cancel)
        void archives.gather(cluster)
      })
      cancels.add(cancel)
    },
    close(): void {
      for (const cancel of cancels) cancel()
    },
  }
}

function clusterCalls(
  { dataDir, ledger }: LocalRuntimeOptions,
  { processes, archives, members, memory, memoryWatch, launches, jars, reach, listening }: Parts,
): Pick<Runtime, 'observe' | 'launch' | 'scale' | 'remove' | 'forget'> {
  const serial = createSerial()
  /** What clusters could not be given at the last request, for people. */
  const shortages = new Map<string, string>()
  return {
    async observe(cluster) {
      await processes.settled()
      const observed = await observeCluster({ dataDir, ledger, ...reach }, cluster, launches.state(cluster))
      if (observed.notReached) reach.watch(observed.notReached)
      const { phase } = observed.observation
      const shortage = phase === 'UP' ? shortages.get(clusterKey(cluster)) : undefined
      const reached = observed.notReached === undefined
      const gone = phase === 'UP' && reached ? await goneFolder(dataDir, cluster) : undefined
      const ofJars = gone ? [gone] : await jars.warnings(cluster, { phase, reached })
      const short = memoryWatch.warning()
      const warnings = short === undefined ? ofJars : [short, ...(ofJars ?? [])]
      return {
        ...observed.observation,
        ...(shortage !== undefined && { detail: shortage, shortage }),
        ...defined({ warnings }),
        ...(phase === 'UP' && { ports: await listening.ports(cluster, observed.records) }),
      }
    },

    async launch(cluster, spec) {
      await processes.settled()
      launches.start(cluster, spec)
    },

    async scale(cluster, wanted, idle) {
      await processes.settled()
      const key = clusterKey(cluster)
      await serial(key, async () => {
        if (launches.state(cluster)?.running) return
        const scaling = scaleCluster({ dataDir, ledger, processes, members, memory }, cluster, wanted, idle)
        const shortage = await scaling.catch((error) => {
          shortages.set(key, `TaskManagers could not be started: ${asFailure(error).message}`)
          throw error
        })
        if (shortage === undefined) shortages.delete(key)
        else shortages.set(key, shortage)
      })
    },

    async remove(cluster, { force }) {
      await processes.settled()
      return serial(clusterKey(cluster), () =>
        archives.gather(cluster).then(() => removeGeneration({ dataDir, ledger, processes, launches }, cluster, force)),
      )
    },

    async forget(resource) {
      for (const key of shortages.keys()) if (key.startsWith(`${resource}/`)) shortages.delete(key)
      jars.forget(resource)
      listening.forget(resource)
      await forgetResource(dataDir, ledger, resource)
    },
  }
}

/** For people: a cluster whose launch folder was removed under it. */
async function goneFolder(dataDir: string, cluster: ClusterRef): Promise<string | undefined> {
  const { root, conf } = launchFolder(dataDir, cluster)
  if (await exists(conf)) return undefined
  return (
    `The folder of this cluster, ${root}, was removed while it runs: its logs are lost, no TaskManager can be added, ` +
    'and what Flink has not loaded yet is not there. End its JobManager to have it started anew, with its jobs from ' +
    'their latest checkpoints, or delete it.'
  )
}

async function stageJar(
  { dataDir, distributions, artifacts, flinkFiles, flinkVersionOf, java, log }: LocalRuntimeOptions,
  cluster: ClusterRef,
  spec: EffectiveClusterSpec,
  uri: string,
) {
  const inside = insideDistribution(uri)
  if (inside === undefined && !isFlinkUri(uri)) {
    return artifacts.fetch(uri, await stageFolder(dataDir, cluster, uri), { workspace: spec.workspace })
  }
  const distribution = await distributions.find(flinkVersionOf(spec.runtime))
  if (!distribution)
    throw new Failure('FLINK_UNAVAILABLE', `Flink ${flinkVersionOf(spec.runtime)} is not installed any more.`)
  if (inside !== undefined) return { path: await distributionFile(distribution.home, inside, log) }
  const found = await findJava(distribution.version, java)
  const setup = flinkSetup(spec, distribution.home, launchFolder(dataDir, cluster), found)
  return flinkFiles.fetch(uri, await stageFolder(dataDir, cluster, uri), setup)
}

function stateDefaults(dataDir: string, resource: string): Record<string, string> {
  const { checkpoints, savepoints } = resourceFolders(dataDir, resource)
  return { 'state.checkpoints.dir': flinkFileUri(checkpoints), 'state.savepoints.dir': flinkFileUri(savepoints) }
}

/** By the machine's whole memory, so that the number is a property of the machine and the specification alone. */
function taskManagersThatFit(spec: SessionSpec, memory: MemoryCheck): number {
  const { jobManager, taskManager } = effectiveClusterSpec({ spec, workspace: '', runtimeDefaults: {} })
  return Math.max(1, Math.floor((memory.totalBytes() - jobManager.memoryBytes) / taskManager.memoryBytes))
}

/** A folder of its own for every URI: two jars may have one name. */
async function stageFolder(dataDir: string, cluster: ClusterRef, uri: string): Promise<string> {
  const folder = join(launchFolder(dataDir, cluster).jars, createHash('sha256').update(uri).digest('hex').slice(0, 16))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}
