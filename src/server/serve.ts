/**
 * The composition root: the only room that knows all others. Takes the data folder, answers HTTP, opens the store,
 * makes the keys and starts the reconciler, in this order. While the database does not answer it waits: alive, not
 * ready, and with 503 for callers. A start that fails for good leaves nothing behind but what the store has written.
 */
import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { LogSource } from '../api/ports.ts'
import type { Uploads } from '../artifacts/uploads.ts'
import { growingDelay, jittered } from '../domain/backoff.ts'
import { systemClock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { INSPECT_AGAIN_MS } from '../domain/target-status.ts'
import { CODES, storeErrorIn } from '../store/errors.ts'
import { type OpenFolder, openFolder, problemIn } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import { openDistributions } from './distributions.ts'
import { endWithoutFolder } from './folder-lost.ts'
import { createHttp } from './http.ts'
import { killPoints } from './kill-points.ts'
import { late } from './late.ts'
import { createLog, type Logger } from './log.ts'
import { createMetrics } from './metrics.ts'
import { openPodFiles, type PodFiles } from './pod-files.ts'
import { type Condition, createReadiness, type Readiness } from './readiness.ts'
import { removeReadyFile, writeReadyFile } from './ready-file.ts'
import { createRequests } from './requests.ts'
import { runtimesOnMachine } from './runtime-list.ts'
import { stopClusters } from './shutdown.ts'
import { giveBackSpareFile } from './spare-file.ts'
import { type Setting, takeBack, type Undo, type Up, workOn } from './up.ts'
import { VERSION } from './version.ts'

/** What was last observed three intervals ago is stale, but nothing before this. */
const STALE_AFTER_MS = 30_000

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

export interface ServeOptions {
  /** It answers there from now on, with 503 until it is ready. */
  onListening?(url: string): void
  /** The database can't be used yet, and why: told when the reason changes. */
  onWaiting?(reason: string): void
}

/** Answers once the server is ready, however long its database takes. */
export async function serve(
  config: ServerConfig,
  env: NodeJS.ProcessEnv = process.env,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const log = createLog(config.logLevel)
  const undo: Undo = []
  try {
    const { distributions } = openDistributions()
    const requests = createRequests()
    const setting = { config, log, distributions, clock: systemClock, passed: killPoints(env), requests }
    return await start(setting, undo, options)
  } catch (error) {
    await takeBack(undo)
    throw error
  }
}

async function start(setting: Setting, undo: Undo, options: ServeOptions): Promise<RunningServer> {
  const { config, log, clock } = setting
  const readiness = createReadiness({ clock, onChange: (condition) => noteCondition(log, condition) })
  readiness.tell('start', 'the server is starting')
  await giveBackSpareFile(config.dataDir)
  const folder = openFolderOf(setting)
  undo.push(async () => folder.release())
  // What a server that was killed has left; until this one is ready there is none.
  rmSync(config.readyFile, { force: true })
  const front = await openFront(setting, readiness)
  undo.push(() => front.http.close())
  await front.http.listen(config.listen)
  const url = urlOf(front.http.server.address() as AddressInfo)
  log.info({ url }, 'listening')
  options.onListening?.(url)
  const up = await whenUp({ ...setting, readiness, folder, front }, options)
  undo.push(() => takeBack(up.undo))
  readiness.tell('start')
  writeReadyFile(config.readyFile, { url, pid: process.pid, keyFile: up.keys.adminKeyFile })
  log.info({ url, dataDir: config.dataDir, installation: up.store.installation, version: VERSION }, 'ready')
  return { url, keyFile: up.keys.adminKeyFile, config, close: closing({ config, folder, up, http: front.http }) }
}

/** Every server starts, which is no trouble. */
function noteCondition(log: Logger, { name, ok, reason }: Condition): void {
  if (name === 'start') return
  if (ok) log.info(`/readyz: ${name} is well again`)
  else log.warn(`/readyz: ${name}: ${reason}`)
}

const openFolderOf = ({ config, clock, log }: Setting): OpenFolder =>
  openFolder({
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

/** The HTTP side, with stand-ins for what is there only once the database is. */
interface Front {
  http: FastifyInstance
  podFiles: PodFiles | undefined
  connect(up: Up): void
  disconnect(): void
}

async function openFront(
  { config, clock, log, distributions, requests }: Setting,
  readiness: Readiness,
): Promise<Front> {
  const [store, uploads, logs] = [late<Store>(), late<Uploads>(), late<LogSource>()]
  // Whoever may see metrics has a key, which nobody has before the store is there.
  let connected: Up | undefined
  const metrics = metricsOf(store.value, () => connected)
  const http = createHttp(
    {
      store: store.value,
      clock,
      version: VERSION,
      uploads: uploads.value,
      logs: logs.value,
      get staleAfterMs() {
        return Math.max(STALE_AFTER_MS, 3 * (connected?.reconciler.intervalMs() ?? 0))
      },
      lastCheckpoint: (id) => connected?.reconciler.lastCheckpoint(id),
      targetStaleAfterMs: 3 * INSPECT_AGAIN_MS,
      runtimes: () => runtimesOnMachine(distributions, config.javaHome),
      // A database elsewhere has a disk of its own.
      room: async (what) => (what === 'files' || connected?.store.reserve ? connected?.disk.shortage() : undefined),
      keysRevoked: async () => connected?.keys.renew(),
    },
    { log, readiness, metrics, requests, hosts: config.allowedHosts },
  )
  const { dataDir, podsUrl } = config
  const podFiles =
    podsUrl === undefined ? undefined : await openPodFiles({ dataDir, base: podsUrl, uploads: uploads.value })
  podFiles?.register(http)
  return {
    http,
    podFiles,
    connect(up) {
      connected = up
      store.bind(up.store)
      uploads.bind(up.files.uploads.files)
      logs.bind(up.logs)
    },
    disconnect() {
      connected = undefined
      for (const stand of [store, uploads, logs]) stand.unbind()
    },
  }
}

const metricsOf = (store: Store, connected: () => Up | undefined) =>
  createMetrics(
    store,
    () => connected()?.reconciler.stats() ?? NO_CYCLES,
    async () => connected()?.runtimes.counts() ?? { requests: 0, corrections: 0 },
    () => connected()?.files.cache.stats() ?? { hits: 0, misses: 0, hitBytes: 0, bytes: 0 },
    { freeBytes: async () => connected()?.disk.freeBytes() ?? Number.NaN },
    () => connected()?.runtime.warmPool?.() ?? NO_WARM_JVMS,
  )

const NO_WARM_JVMS = { waiting: 0, started: 0, taken: 0, missed: 0, discarded: 0 }
const NO_CYCLES = { cycles: 0, observations: 0, errors: 0, resyncs: 0, queued: 0, store_errors: 0, paused: 0 }

const AGAIN_MS = 200
const AGAIN_MAX_MS = 5000

interface Waiting extends Setting {
  readiness: Readiness
  folder: OpenFolder
  front: Front
}

/** Tries until the database is there. @throws what no waiting would mend: see CODES in store/errors.ts */
async function whenUp(waiting: Waiting, { onWaiting }: ServeOptions): Promise<Up> {
  const { log, readiness, front } = waiting
  for (let failures = 1, reported = ''; ; failures++) {
    const undo: Undo = []
    try {
      return await workOn(waiting, front, undo)
    } catch (error) {
      front.disconnect()
      await takeBack(undo)
      const failure = storeErrorIn(error)
      if (!failure || CODES[failure.code].starting === 'END') throw error
      readiness.tell('store', problemIn(failure))
      const reason = failure.message
      if (reason !== reported) {
        log.warn(`the server waits for its database: ${reason}`)
        onWaiting?.(reason)
      }
      reported = reason
      await delay(jittered(growingDelay(failures + 1, AGAIN_MS, AGAIN_MAX_MS)))
    }
  }
}

interface Running {
  config: ServerConfig
  folder: OpenFolder
  up: Up
  http: FastifyInstance
}

const closing =
  ({ config, folder, up, http }: Running): RunningServer['close'] =>
  async ({ stopClusters: stopThem, ...options }) => {
    removeReadyFile(config.readyFile)
    // Before the server waits for its callers: an upload may go on for hours.
    up.files.uploads.close()
    await http.close()
    await up.reconciler.stop()
    if (stopThem) await stopClusters(up.store, up.runtime, options)
    await up.runtimes.close()
    await up.files.flinkFiles.close()
    up.disk.close()
    await up.store.close()
    folder.release()
  }

function urlOf({ address, port, family }: AddressInfo): string {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}
