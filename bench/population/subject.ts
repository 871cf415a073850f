/** A server that is measured: started from a tree, asked by its API, watched through /proc and the probe. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { Pool } from 'undici'
import { residentMegabytes } from '../server.ts'
import { type FsyncCounter, fsyncsIn } from './fsyncs.ts'
import type { Delays, ProbeAnswer, ProbeAsk } from './probe.ts'
import type { Tree } from './trees.ts'

const CALLERS = 64
const DEADLINE_MS = 900_000

export interface Usage {
  at: number
  cpuMs: number
  writeCalls: number
  /** Handed to write(), files, pipes and sockets together. */
  writeBytes: number
  /** Sent to the disk. */
  diskBytes: number
  /** NaN where they can't be counted. */
  fsyncs: number
  cycles: number
  /** Looks at clusters; NaN where the tree doesn't count them. */
  observations: number
}

export interface Subject {
  readonly tree: Tree
  readonly pid: number
  readonly dataDir: string
  /** `/api/flink/v1/workspaces/WS` */
  readonly base: string
  /** Until the ready file was there: seconds by the clock, CPU milliseconds. */
  readonly ready: { seconds: number; cpuMs: number }
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown; ms: number }>
  usage(): Promise<Usage>
  cpuMs(): Promise<number>
  megabytes(): Promise<number>
  metrics(): Promise<string>
  /** Begins to record how long the event loop is held; the answer ends it. */
  delays(): Promise<() => Promise<Delays>>
  stop(signal?: NodeJS.Signals): Promise<void>
}

export interface SubjectOptions {
  tree: Tree
  dataDir: string
  /** A PostgreSQL address; SQLite without one. */
  database?: string | undefined
  /** Flink is asked over HTTP, in a process of its own. */
  http?: boolean
  counter: FsyncCounter | undefined
  /** From the first instruction on. */
  delays?: boolean
}

export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const { tree, dataDir, counter, database } = options
  const [readyFile, counts] = [`${dataDir}.ready.json`, `${dataDir}.fsyncs`]
  await Promise.all([readyFile, counts].map((file) => rm(file, { force: true })))
  const log = await open(`${dataDir}.log`, 'a')
  const flink = options.http ? await startFlink(dataDir) : undefined
  const started = performance.now()
  const server = spawn(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'probe.ts'),
      join(tree.root, 'src/cli/main.ts'),
      ...['serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir, '--ready-file', readyFile],
      ...['--runtime', 'fake', '--log-level', 'warn', ...(database === undefined ? [] : ['--database', database])],
    ],
    {
      cwd: tree.root,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      env: {
        ...process.env,
        ...(flink && { WEIR_FAKE_FLINK_PORT: String(flink.port) }),
        ...counter?.env(counts),
        ...(options.delays && { WEIR_BENCH_DELAYS: 'start' }),
      },
    },
  )
  await log.close()
  await untilThere(server, readyFile, `${dataDir}.log`)
  const seconds = (performance.now() - started) / 1000
  const probe = (ask: ProbeAsk) => askProbe(server, ask)
  const ready = { seconds, cpuMs: (await probe('cpu')).cpuMs }
  const { url, keyFile } = JSON.parse(readFileSync(readyFile, 'utf8')) as { url: string; keyFile: string }
  const pool = new Pool(url, { connections: CALLERS, headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS })
  const ask = asker(pool, readFileSync(keyFile, 'utf8').split('\n')[0] as string)
  const { body } = await ask('GET', '/api/org/v1/workspaces')
  const metrics = async () => String((await ask('GET', '/metrics')).body)
  const pid = server.pid as number
  const cpuMs = async () => (await probe('cpu')).cpuMs
  return {
    ...{ tree, pid, dataDir, ready, ask, metrics, cpuMs },
    base: `/api/flink/v1/workspaces/${(body as { items: { id: string }[] }).items[0]?.id}`,
    usage: async () => {
      const usage = await usageOf(pid, counts, cpuMs, metrics)
      return database === undefined ? usage : { ...usage, fsyncs: await fsyncsOfPostgres(database) }
    },
    megabytes: () => residentMegabytes(pid),
    delays: async () => {
      await probe('delays')
      return async () => (await probe('stop')).delays as Delays
    },
    stop: async (signal = 'SIGTERM') => {
      await pool.destroy()
      if (flink?.process.connected) flink.process.disconnect()
      if (server.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill(signal)
      await ended
    },
  }
}

async function startFlink(dataDir: string): Promise<{ process: ChildProcess; port: number }> {
  const folder = join(dataDir, 'fake')
  const flink = fork(join(import.meta.dirname, 'flink-http.ts'), [folder], { execArgv: [] })
  const [{ port }] = (await once(flink, 'message')) as [{ port: number }]
  return { process: flink, port }
}

async function untilThere(server: ChildProcess, readyFile: string, log: string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS
  while (!existsSync(readyFile)) {
    if (server.exitCode !== null) throw new Error(`weir serve ended with code ${server.exitCode}: see ${log}`)
    if (Date.now() > deadline) {
      server.kill('SIGKILL')
      throw new Error(`weir serve was not ready within ${DEADLINE_MS / 1000} s: see ${log}`)
    }
    await sleep(10)
  }
}

/** One question at a time: answers carry no number. */
let asking: Promise<unknown> = Promise.resolve()

function askProbe(server: ChildProcess, ask: ProbeAsk): Promise<ProbeAnswer> {
  const answered = asking.then(async () => {
    const answer = once(server, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) })
    server.send(ask)
    return (await answer)[0] as ProbeAnswer
  })
  asking = answered.catch(() => {})
  return answered
}

function asker(pool: Pool, key: string): Subject['ask'] {
  return async (method, path, body) => {
    const started = performance.now()
    const answer = await pool.request({
      method: method as 'GET',
      path,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.body.text()
    const ms = performance.now() - started
    const json = String(answer.headers['content-type']).includes('json') && text !== ''
    return { status: answer.statusCode, body: json ? (JSON.parse(text) as unknown) : text, ms }
  }
}

/** Of its log, by all of its processes. Version 18 tells it elsewhere. */
async function fsyncsOfPostgres(address: string): Promise<number> {
  const client = new pg.Client(address)
  await client.connect()
  try {
    const asked = 'select wal_sync::float8 as fsyncs from pg_stat_wal'
    const since18 = `select coalesce(sum(fsyncs), 0)::float8 as fsyncs from pg_stat_io where object = 'wal'`
    const { rows } = await client.query<{ fsyncs: number }>(asked).catch(() => client.query(since18))
    return rows[0]?.fsyncs ?? Number.NaN
  } finally {
    await client.end()
  }
}

async function usageOf(
  pid: number,
  counts: string,
  cpuMs: () => Promise<number>,
  metrics: () => Promise<string>,
): Promise<Usage> {
  const text = await metrics()
  const io = readFileSync(`/proc/${pid}/io`, 'latin1')
  const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1])
  return {
    at: performance.now(),
    cpuMs: await cpuMs(),
    writeCalls: field('syscw'),
    writeBytes: field('wchar'),
    diskBytes: field('write_bytes'),
    fsyncs: fsyncsIn(counts),
    cycles: gauge(text, 'weir_reconcile_cycles'),
    observations: gauge(text, 'weir_reconcile_observations'),
  }
}

/** The value of a metric without labels; NaN when it isn't there. */
const gauge = (metrics: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)

export const difference = (before: Usage, after: Usage): Usage =>
  Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Usage]]),
  ) as unknown as Usage
