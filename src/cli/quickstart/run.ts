/**
 * From nothing to a running job: Java, Flink, the example's jar, a server in this process, and over its API a session
 * and a job. Whatever way it ends, everything it started is stopped; the server's data is its own, never another's.
 */

import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defined } from '../../domain/defined.ts'
import { defaultDataDir } from '../connection.ts'
import type { Context } from '../context.ts'
import { openContext } from '../context.ts'
import { CliError, EXIT, selfCommand, shellWord } from '../errors.ts'
import type { Io } from '../io.ts'
import { progressBar } from '../progress-bar.ts'
import { findRuntime } from '../runtimes.ts'
import type { RunningServer, ServerConfig } from '../server.ts'
import { openDistributions, readServerConfig, startServer } from '../server.ts'
import { buildExampleJar, EXAMPLE_FOLDER } from './example.ts'
import { checkJdk } from './java.ts'
import type { Printer } from './printer.ts'
import { makePrinter } from './printer.ts'
import type { Outcome, Scenario } from './scenario.ts'
import { removeSession, runScenario } from './scenario.ts'

export interface QuickstartFlags {
  once?: boolean
  runtimeVersion: string
  runtime: string
  listen?: string
  dataDir?: string
}

interface Stopping {
  signal: AbortSignal
  /** A second signal came: kill instead of asking. */
  forced(): boolean
}

const FIRST_PORT = 8080
const PORTS = 20
const ANY_PORT = '127.0.0.1:0'
const REMOVAL_MS = 30_000

export async function quickstart(io: Io, flags: QuickstartFlags, stopping: Stopping): Promise<void> {
  const printer = makePrinter(io)
  const dataDir = await chooseDataDir(io, flags)
  let server: RunningServer | undefined
  let context: Context | undefined
  try {
    const scenario = await prepare(io, flags, printer, stopping.signal)
    server = await start(io, flags, dataDir, printer)
    stopping.signal.throwIfAborted()
    context = contextOf(io, server)
    const outcome = await runScenario(context, scenario, printer, stopping.signal)
    if (!flags.once) await stayUp(io, server, outcome, printer, stopping.signal)
    await stop(io, context, server, printer, stopping)
    server = undefined
    printer.step('all stopped')
    if (flags.once) printer.text(`quickstart: RUNNING in ${outcome.seconds.toFixed(1)} s`)
  } finally {
    if (server) await stop(io, context, server, printer, stopping)
    if (flags.once && !flags.dataDir) await rm(dataDir, { recursive: true, force: true })
  }
}

async function chooseDataDir(io: Io, flags: QuickstartFlags): Promise<string> {
  if (flags.dataDir) return resolve(flags.dataDir)
  if (flags.once) return mkdtemp(join(tmpdir(), 'weir-quickstart-'))
  return join(defaultDataDir(io.env), 'quickstart')
}

/** What must be there before the server: a JDK, the Flink distribution and the example's jar. */
async function prepare(io: Io, flags: QuickstartFlags, printer: Printer, signal: AbortSignal): Promise<Scenario> {
  const { catalogue, distributions } = await openDistributions()
  const { runtime, version } = findRuntime(catalogue, flags.runtimeVersion)
  if (flags.runtime === 'fake') return { runtime, jars: [], entryClass: 'com.example.Pretended' }
  const jdk = await checkJdk(version)
  printer.step(`Java ${jdk.major} is there (${jdk.home})`)
  const found = await distributions.find(version)
  const flink = found ?? (await install(io, distributions, version, signal))
  printer.step(`Flink ${version} is ${found ? 'there' : 'installed'} (${flink.home})`)
  const { jar, entryClass } = await buildExampleJar({
    flinkHome: flink.home,
    out: EXAMPLE_FOLDER,
    signal,
    ...defined({ javaHome: jdk.compilerHome }),
  })
  printer.step(`the example job is compiled (${jar})`)
  return { runtime, jars: [pathToFileURL(jar).href], entryClass }
}

type Distributions = Awaited<ReturnType<typeof openDistributions>>['distributions']

async function install(io: Io, distributions: Distributions, version: string, signal: AbortSignal) {
  const bar = progressBar(io, `Flink ${version}`)
  try {
    return await distributions.install(version, bar.update, signal)
  } catch (error) {
    signal.throwIfAborted()
    throw new CliError(EXIT.failed, (error as Error).message, {
      next: [
        `weir runtime install ${version}   (tries again)`,
        `export FLINK_HOME=/path/to/flink-${version}   (uses one that you have)`,
      ],
      cause: error,
    })
  } finally {
    bar.stop()
  }
}

async function start(io: Io, flags: QuickstartFlags, dataDir: string, printer: Printer): Promise<RunningServer> {
  const listen = flags.listen ?? (await freeAddress())
  const startAt = async (address: string): Promise<RunningServer> =>
    startServer(await configFor(io, flags, dataDir, address), 'weir quickstart')
  const server = await startAt(listen).catch((error: unknown) => {
    // The port was free a moment ago: another program was faster.
    if (flags.listen === undefined && isTaken(error)) return startAt(ANY_PORT)
    throw error
  })
  printer.step(`the server is ready (${server.url})`)
  return server
}

const isTaken = (error: unknown): boolean =>
  ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'

function configFor(io: Io, flags: QuickstartFlags, dataDir: string, listen: string): Promise<ServerConfig> {
  // None of the environment's settings: they are meant for the user's own server, and this one must not touch its data.
  return readServerConfig(
    {
      listen,
      'data-dir': dataDir,
      'file-root': [EXAMPLE_FOLDER],
      runtime: flags.runtime,
      'log-level': io.env.WEIR_LOG_LEVEL ?? 'error',
    },
    {},
    'weir quickstart --help',
  )
}

async function freeAddress(): Promise<string> {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
    if (await isFree(port)) return `127.0.0.1:${port}`
  }
  return ANY_PORT
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const probe = createServer().once('error', () => answer(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => answer(true)))
  })

function contextOf(io: Io, server: RunningServer): Context {
  const token = readFileSync(server.keyFile, 'utf8').split('\n')[0] ?? ''
  return openContext({ ...io, env: { ...io.env, WEIR_TOKEN: token, WEIR_WORKSPACE: undefined } }, { url: server.url })
}

async function stayUp(
  io: Io,
  server: RunningServer,
  outcome: Outcome,
  printer: Printer,
  signal: AbortSignal,
): Promise<void> {
  const self = selfCommand()
  const at = `--data-dir ${shellWord(server.config.dataDir)}`
  printer.text(
    `\n${printer.bold(`A Flink job runs, ${outcome.seconds.toFixed(1)} s after its session was asked for.`)}\n`,
  )
  printer.facts([
    ...(outcome.flinkUrl ? [['Flink UI', outcome.flinkUrl] as [string, string]] : []),
    ['API', `${server.url}/api`],
    ['Reference', `${server.url}/docs`],
    ['Key', server.keyFile],
    ['Data', server.config.dataDir],
  ])
  printer.text(`
In another terminal:
  ${self} job list ${at}
  ${self} job describe ${outcome.job.name} ${at}
  ${self} session logs ${outcome.session.name} ${at}

Ctrl-C stops the server and the Flink processes.`)
  await new Promise<void>((done) =>
    signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true }),
  )
  io.err('\n')
}

/** Removes the session over the API; whatever does not go that way is stopped with the server. */
async function stop(
  io: Io,
  context: Context | undefined,
  server: RunningServer,
  printer: Printer,
  stopping: Stopping,
): Promise<void> {
  printer.step('stopping the job, Flink and the server')
  const impatience = new AbortController()
  const poll = setInterval(() => stopping.forced() && impatience.abort(), 100)
  try {
    if (context) await removeSession(context, REMOVAL_MS, impatience.signal)
  } catch (error) {
    const reason = (error as Error).message
    if (!impatience.signal.aborted)
      io.err(`the session could not be removed over the API (${reason}); its processes are stopped now\n`)
  } finally {
    clearInterval(poll)
  }
  await server.close({ stopClusters: true, force: stopping.forced })
}
