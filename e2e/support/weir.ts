/**
 * A Weir server as its users have it: the built package in a process of its own, reached by its API alone. It may be
 * killed and started again over the same data folder. When its test is over it is stopped, and the test fails if Flink
 * processes were left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest'
import { createWeirClient, type WeirClient, type WeirResult } from '../../src/api/client/client.ts'
import { type FlinkProcess, flinkProcesses, isAlive } from './processes.ts'
import { until } from './wait.ts'

export interface WeirOptions {
  /** `serve` leaves the clusters running when it stops, `up` stops them. */
  command?: 'serve' | 'up'
  flags?: readonly string[]
  env?: Record<string, string>
  dataDir?: string
  /** Another Weir than the built one of this tree: the file that Node runs. */
  program?: string
}

export interface Weir {
  dataDir: string
  client: WeirClient
  url: string
  pid: number
  workspace: string
  installation: string
  /** Everything that the server wrote to standard error in this life. */
  log(): string
  /** Resolves with the exit code or signal when the server's process ends. */
  ended: Promise<string>
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<string>
  /** A further server over the same data folder. */
  restart(options?: Pick<WeirOptions, 'env'>): Promise<Weir>
  processes(): FlinkProcess[]
}

/** Told what to do when whoever started a server or made a folder is done with it; the last comes first. */
type AtEnd = (step: () => void | Promise<void>) => void

/** One that ends with the test. */
export const startWeir = (options: WeirOptions = {}): Promise<Weir> => start(options, onTestFinished)

/** One for all tests of a file that leave nothing behind which another would trip over. */
export function sharedWeir(options: () => WeirOptions = () => ({})): () => Weir {
  const steps: (() => void | Promise<void>)[] = []
  let weir: Weir | undefined
  beforeAll(async () => {
    weir = await start(options(), (step) => steps.push(step))
  })
  afterAll(async () => {
    for (const step of steps.toReversed()) await step()
  })
  return () => weir!
}

async function start(options: WeirOptions, atEnd: AtEnd): Promise<Weir> {
  const dataDir = options.dataDir ?? newFolder(atEnd)
  const flags = [
    '--data-dir',
    dataDir,
    '--listen',
    '127.0.0.1:0',
    '--file-root',
    inject('jars').folder,
    '--log-level',
    'info',
    ...(options.flags ?? []),
  ]
  const server = spawn(process.execPath, [options.program ?? inject('weir'), options.command ?? 'serve', ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, WEIR_CDS: 'off', WEIR_LOG_LEVEL: 'info', ...options.env },
  })
  let written = ''
  server.stderr.on('data', (chunk) => {
    written += String(chunk)
  })
  const ended = once(server, 'exit').then(([code, signal]) => String(signal ?? code))
  atEnd(() => endAll(server, ended, () => installationIn(written)))
  const ready = await whenReady(dataDir, server, () => written)
  const token = readFileSync(ready.keyFile, 'utf8').split('\n')[0] ?? ''
  const client = createWeirClient({ url: ready.url, token })
  const workspace = data(await client.listWorkspaces({ query: {} })).items[0]?.id ?? ''
  const installation = await until('the log tells the installation', async () => installationIn(written), {
    last: () => written,
  })
  const kill = async (signal: NodeJS.Signals): Promise<string> => {
    server.kill(signal)
    return ended
  }
  return {
    dataDir,
    client,
    workspace,
    installation,
    ended,
    url: ready.url,
    pid: server.pid ?? 0,
    log: () => written,
    kill,
    restart: ({ env } = {}) => start({ ...options, dataDir, env: { ...options.env, WEIR_KILL_AT: '', ...env } }, atEnd),
    processes: () => flinkProcesses(installation),
  }
}

/** Letters that mean something in a URI, and one beyond ASCII, which Java finds in a UTF-8 locale only. */
export const AWKWARD = 'my a%20b dätä'

/** A folder of the test's own, gone when the test is. */
export const testFolder = (): string => newFolder(onTestFinished)

function newFolder(atEnd: AtEnd): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-e2e-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The server's own word for itself, from the line that says that it is ready. */
function installationIn(log: string): string | undefined {
  const line = log.split('\n').find((candidate) => candidate.includes('"installation"') && candidate.endsWith('}'))
  return line === undefined ? undefined : (JSON.parse(line) as { installation: string }).installation
}

async function whenReady(
  dataDir: string,
  server: ChildProcess,
  log: () => string,
): Promise<{ url: string; keyFile: string }> {
  return until(
    'the server is ready',
    async () => {
      if (server.exitCode !== null || server.signalCode !== null)
        throw new Error(`the server ended while it started: ${log()}`)
      try {
        const ready = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as {
          url: string
          keyFile: string
          pid: number
        }
        return ready.pid === server.pid && ready
      } catch {
        return undefined
      }
    },
    { last: log },
  )
}

/** Runs after the test, whatever became of it; before the data folder goes. */
async function endAll(
  server: ChildProcess,
  ended: Promise<string>,
  installation: () => string | undefined,
): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) server.kill('SIGTERM')
  await ended
  const left = flinkProcesses(installation() ?? 'none')
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  await until('what was left has ended', async () => left.every(({ pid }) => !isAlive(pid)), { timeoutMs: 10_000 })
  if (left.length > 0) throw new Error(`the test left Flink processes behind: ${JSON.stringify(left)}`)
}

/** The data of an answer that must be one. */
export function data<T>(result: WeirResult<T>): T {
  if (!result.ok)
    throw new Error(
      `${result.error.status} ${result.error.code}: ${result.error.message} ${JSON.stringify(result.error.details)}`,
    )
  return result.data
}
