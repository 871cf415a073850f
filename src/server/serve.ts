/**
 * The composition root: the only room that knows all others. Opens the store, makes the keys, starts the reconciler and
 * answers HTTP, in this order; a start that fails leaves nothing behind but what the store has written.
 */
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { createFileCache } from '../artifacts/cache.ts'
import { createArtifacts } from '../artifacts/fetch.ts'
import { ensureKeyFiles } from '../auth/key-files.ts'
import { type Clock, systemClock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { INSPECT_AGAIN_MS } from '../domain/target-status.ts'
import type { Engine } from '../reconcile/engine.ts'
import { createFlinkFiles } from '../runtimes/flink-files/flink-files.ts'
import type { Runtime, Runtimes } from '../runtimes/runtime.ts'
import { openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { type Disk, watchDisk } from './disk.ts'
import { openDistributions } from './distributions.ts'
import { endWithoutFolder } from './folder-lost.ts'
import { createHttp } from './http.ts'
import { killPoints } from './kill-points.ts'
import { createLog, type Logger } from './log.ts'
import { logSource } from './logs.ts'
import { createMetrics } from './metrics.ts'
import { openPodFiles } from './pod-files.ts'
import { type Condition, createReadiness } from './readiness.ts'
import { removeReadyFile, writeReadyFile } from './ready-file.ts'
import { createReconciler } from './reconciler.ts'
import { createRuntime, kubernetesTargets, MAX_FILE_BYTES } from './runtime.ts'
import { runtimesOnMachine } from './runtime-list.ts'
import { createRuntimes } from './runtimes.ts'
import { stopClusters } from './shutdown.ts'
import { giveBackSpareFile } from './spare-file.ts'
import { openUploads } from './uploads.ts'
import { VERSION } from './version.ts'

/** Healthy resources are looked at every 5 s; what was last seen three times this long ago is stale. */
const OBSERVATION_INTERVAL_MS = 10_000

export interface RunningServer {
  url: string
  keyFile: string
  config: ServerConfig
  /** Stops the server; clusters go on unless told otherwise. */
  close(options: CloseOptions): Promise<void>
}

export interface CloseOptions {
  stopClusters: boolean
  /** Asked again and again while clusters stop: from the first `true` on, processes are killed instead of awaited. */
  force?: () => boolean
  onProgress?: (line: string) => void
}

export async function serve(config: ServerConfig, env: NodeJS.ProcessEnv = process.env): Promise<RunningServer> {
  const log = createLog(config.logLevel)
  const undo: Undo = []
  try {
    return await start({ config, log, clock: systemClock, passed: killPoints(env) }, undo)
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => {})
    throw error
  }
}

/** What takes back a start that fails, in the order in which it was done. */
type Undo = (() => Promise<void>)[]

interface Setting {
  config: ServerConfig
  log: Logger
  clock: Clock
  passed: (where: string) => void
}

async function start(setting: Setting, undo: Undo): Promise<RunningServer> {
  const { config, log, clock, passed } = setting
  const { distributions } = openDistributions()
  const readiness = createReadiness({ clock, onChange: (condition) => noteCondition(log, condition) })
  await giveBackSpareFile(config.dataDir)
  const store = await openStoreOf(setting)
  readiness.ask('store', async () => ((await store.ready()) ? undefined : 'the database does not answer'))
  undo.push(() => store.close())
  const { adminKeyFile, warnings } = await ensureKeyFiles({ dataDir: config.dataDir, store })
  for (const warning of warnings) log.warn(warning)
  const disk = watchDisk({ dataDir: config.dataDir, reserve: store.reserve, readiness, clock, log })
  undo.push(async () => disk.close())
  const files = await openFiles(setting, store, undo)
  const { artifacts, flinkFiles } = files
  const parts = { config, store, distributions, artifacts, flinkFiles, clock, log, passed }
  const runtime = await createRuntime(parts)
  const runtimes = createRuntimes({ local: runtime, store, kubernetes: () => kubernetesTargets(parts) })
  undo.push(() => runtimes.close())
  const reconciler = createReconciler({
    store,
    runtimes,
    clock,
    passed,
    idleAfterMs: config.idleAfterMs,
    onError: (resource, error, failures) =>
      log.error({ err: error, resource, failures }, 'reconcile cycle failed; it is tried again'),
  })
  const http = createHttp(
    {
      store,
      clock,
      version: VERSION,
      uploads: files.uploads.files,
      logs: logSource(store, runtimes),
      staleAfterMs: 3 * OBSERVATION_INTERVAL_MS,
      targetStaleAfterMs: 3 * INSPECT_AGAIN_MS,
      runtimes: () => runtimesOnMachine(distributions, config.javaHome),
      // A database elsewhere has a disk of its own.
      room: async (what) => (what === 'files' || store.reserve ? disk.shortage() : undefined),
    },
    { log, readiness, metrics: createMetrics(store, reconciler.stats, runtimes.counts, files.cache.stats, disk) },
  )
  files.podFiles?.register(http)
  undo.push(() => http.close())
  await http.listen(config.listen)
  await reconciler.start()
  undo.push(() => reconciler.stop())
  const url = urlOf(http.server.address() as AddressInfo)
  writeReadyFile(config.readyFile, { url, pid: process.pid, keyFile: adminKeyFile })
  log.info({ url, dataDir: config.dataDir, installation: store.installation, version: VERSION }, 'ready')
  const close = closing({ config, store, files, disk, runtime, runtimes, reconciler, http })
  return { url, keyFile: adminKeyFile, config, close }
}

const noteCondition = (log: Logger, { name, ok, reason }: Condition): void =>
  ok ? log.info(`/readyz: ${name} is well again`) : log.warn(`/readyz: ${name}: ${reason}`)

const openStoreOf = ({ config, clock, log }: Setting): Promise<Store> =>
  openStore({
    dataDir: config.dataDir,
    clock,
    log: { warn: (message) => log.warn(message) },
    // Another server may be at work on the same store from now on: nothing may be written or decided here any more.
    onLost: (reason) => {
      log.fatal(reason.message)
      process.exit(1)
    },
    onFolderLost: (lost) => endWithoutFolder(lost, log),
    ...defined({ database: config.database, secretsKeyFile: config.secretsKeyFile }),
  })

type Files = Awaited<ReturnType<typeof openFiles>>

/** What is behind the files that specs name, and who fetches them. */
async function openFiles({ config, clock, log }: Setting, store: Store, undo: Undo) {
  const { dataDir, fileRoots, allowAddresses, mavenRepositories, podsUrl } = config
  const cache = createFileCache({
    folder: join(dataDir, 'files'),
    maxBytes: config.fileCacheBytes,
    warn: (message) => log.warn(message),
  })
  const uploads = await openUploads({ config, store, clock, log })
  undo.push(async () => uploads.close())
  const podFiles =
    podsUrl === undefined ? undefined : await openPodFiles({ dataDir, base: podsUrl, uploads: uploads.files })
  const artifacts = createArtifacts({
    fileRoots,
    allowAddresses,
    mavenRepositories,
    cache,
    uploads: uploads.source,
    ...defined({ uploadUrl: podFiles?.url }),
  })
  const flinkFiles = createFlinkFiles({ folder: join(dataDir, 'flink-files'), cache, maxBytes: MAX_FILE_BYTES, clock })
  undo.push(() => flinkFiles.close())
  return { cache, uploads, podFiles, artifacts, flinkFiles }
}

interface Running {
  config: ServerConfig
  store: Store
  files: Files
  disk: Disk
  runtime: Runtime
  runtimes: Runtimes
  reconciler: Engine
  http: FastifyInstance
}

const closing =
  ({ config, store, files, disk, runtime, runtimes, reconciler, http }: Running): RunningServer['close'] =>
  async ({ stopClusters: stopThem, ...options }) => {
    removeReadyFile(config.readyFile)
    // Before the server waits for its callers: an upload may go on for hours.
    files.uploads.close()
    await http.close()
    await reconciler.stop()
    if (stopThem) await stopClusters(store, runtime, options)
    await runtimes.close()
    await files.flinkFiles.close()
    disk.close()
    await store.close()
  }

function urlOf({ address, port, family }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}
