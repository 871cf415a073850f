/** What works on an open store: keys, files, runtimes, the reconciler. */
import { join } from 'node:path'
import type { LogSource } from '../api/ports.ts'
import { createFileCache } from '../artifacts/cache.ts'
import { createArtifacts } from '../artifacts/fetch.ts'
import type { Clock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import type { Distributions } from '../flink/distributions/distribution.ts'
import { createFlinkFiles } from '../runtimes/flink-files/flink-files.ts'
import type { Runtime, Runtimes } from '../runtimes/runtime.ts'
import { type OpenFolder, problemIn } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { type Disk, watchDisk } from './disk.ts'
import { openKeys } from './keys.ts'
import type { Logger } from './log.ts'
import { logSource } from './logs.ts'
import type { PodFiles } from './pod-files.ts'
import type { Readiness } from './readiness.ts'
import { createReconciler, type Reconciler } from './reconciler.ts'
import type { Requests } from './requests.ts'
import { createRuntime, kubernetesTargets, MAX_FILE_BYTES } from './runtime.ts'
import { createRuntimes } from './runtimes.ts'
import { openUploads } from './uploads.ts'

export interface Setting {
  config: ServerConfig
  log: Logger
  clock: Clock
  distributions: Distributions
  passed: (where: string) => void
  requests: Requests
}

/** What takes back a start that fails, in the order in which it was done. */
export type Undo = (() => Promise<void>)[]

export async function takeBack(undo: Undo): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step().catch(() => {})
}

export interface Up {
  store: Store
  disk: Disk
  files: Files
  runtime: Runtime
  runtimes: Runtimes
  reconciler: Reconciler
  logs: LogSource
  keys: Awaited<ReturnType<typeof openKeys>>
  undo: Undo
}

interface Parts extends Setting {
  readiness: Readiness
  folder: OpenFolder
}

/**
 * Opens the store and starts everything on it; `front` is connected before the first cycle.
 * @throws StoreError, and what the disk says
 */
export async function workOn(
  setting: Parts,
  front: { podFiles: PodFiles | undefined; connect(up: Up): void },
  undo: Undo,
): Promise<Up> {
  const { config, log, clock, distributions, passed, readiness } = setting
  const store = await setting.folder.open()
  undo.push(() => store.close())
  store.unreadable.onFound((record) => log.error({ record }, 'a record in the store is damaged'))
  const disk = watchDisk({ dataDir: config.dataDir, reserve: store.reserve, readiness, clock, log })
  undo.push(async () => disk.close())
  const keys = await openKeys({ config, log, store })
  const files = await openFiles(setting, store, front.podFiles, undo)
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
    callers: setting.requests.waiting,
    onError: (resource, error, failures) =>
      log.error({ err: error, resource, failures }, 'reconcile cycle failed; it is tried again'),
    onTrouble: (error) => readiness.tell('reconciler', error === undefined ? undefined : troubleIn(error)),
  })
  const up = { store, disk, files, runtime, runtimes, reconciler, logs: logSource(store, runtimes), keys, undo }
  readiness.ask('store', () => store.problem())
  front.connect(up)
  undo.push(() => reconciler.stop())
  await reconciler.start()
  return up
}

const troubleIn = (error: unknown): string => `nothing is looked after: ${problemIn(error)}`

type Files = Awaited<ReturnType<typeof openFiles>>

/** What is behind the files that specs name, and who fetches them. */
async function openFiles({ config, clock, log }: Setting, store: Store, podFiles: PodFiles | undefined, undo: Undo) {
  const { dataDir, fileRoots, allowAddresses, mavenRepositories } = config
  const cache = createFileCache({
    folder: join(dataDir, 'files'),
    maxBytes: config.fileCacheBytes,
    warn: (message) => log.warn(message),
  })
  const uploads = await openUploads({ config, store, clock, log })
  undo.push(async () => uploads.close())
  const artifacts = createArtifacts({
    fileRoots,
    allowAddresses,
    mavenRepositories,
    cache,
    uploads: uploads.source,
    ...defined({ uploadUrl: podFiles?.url }),
  })
  const flinkFiles = createFlinkFiles({
    folder: join(dataDir, 'flink-files'),
    cache,
    maxBytes: MAX_FILE_BYTES,
    clock,
    allowAddresses,
  })
  undo.push(() => flinkFiles.close())
  return { cache, uploads, artifacts, flinkFiles }
}
