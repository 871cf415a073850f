/**
 * A real PostgreSQL server for tests: its own data in a temporary folder, a Unix socket there and no port, gone at the
 * end. `postgres-programs.ts` tells whose programs it runs.
 */

import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { postgresPrograms } from './postgres-programs.ts'

export interface PostgresServer {
  /** A new empty database; the answer is its address. */
  createDatabase(): Promise<string>
  /** Ends the server and leaves its data. `fast` ends its connections with a word to each, `immediate` without one. */
  halt(how: 'fast' | 'immediate'): Promise<void>
  /** Starts it again on the same data, unless it runs. */
  resume(): Promise<void>
  stop(): Promise<void>
}

const START_DEADLINE_MS = 60_000

/**
 * What survives a power cut is PostgreSQL's business, not what is tested here: no fsync. Without a vacuum that would
 * walk through the databases of all tests.
 */
const HASTY = ['fsync=off', 'full_page_writes=off', 'autovacuum=off']
const SETTINGS = ['listen_addresses=', 'shared_buffers=16MB', 'max_connections=200', 'logging_collector=off']

/** `durable`: as it would be set up by its users, for measurements. */
export async function startPostgres({ durable = false } = {}): Promise<PostgresServer> {
  const settings = durable ? SETTINGS : [...SETTINGS, ...HASTY]
  const found = await postgresPrograms()
  const owner = owningUser()
  // Short: the path of a socket may have 107 characters.
  const folder = mkdtempSync(join(tmpdir(), 'weir-pg-'))
  const as: SpawnOptions = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  try {
    if (owner) chownSync(folder, owner.uid, owner.gid)
    chmodSync(folder, 0o700)
    const bin = runnable(found, as) ? found : copyOf(found, folder)
    execFileSync(
      join(bin, 'initdb'),
      ['-D', join(folder, 'data'), '-U', 'weir', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
      { ...as, stdio: ['ignore', 'ignore', 'pipe'] },
    )
    const start = () =>
      spawn(join(bin, 'postgres'), ['-D', join(folder, 'data'), '-k', folder, ...settings.flatMap((s) => ['-c', s])], {
        ...as,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
    let server = start()
    const stop = async () => {
      await halted(server, 'SIGQUIT')
      rmSync(folder, { recursive: true, force: true })
    }
    try {
      await answering(server, folder)
    } catch (error) {
      await stop()
      throw error
    }
    return {
      createDatabase: () => createDatabase(folder),
      halt: (how) => halted(server, how === 'fast' ? 'SIGINT' : 'SIGQUIT'),
      async resume() {
        if (server.exitCode === null && server.signalCode === null) return
        server = start()
        await answering(server, folder)
      },
      stop,
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

const addressOf = (folder: string, database: string): string =>
  `postgres://weir@localhost/${database}?host=${encodeURIComponent(folder)}`

let databases = 0

async function createDatabase(folder: string): Promise<string> {
  const name = `weir_${process.pid}_${databases++}`
  const [version] = await asOwner(folder, 'show server_version_num')
  // Copying files is ten times as fast as the way through the log, which is the default since PostgreSQL 15.
  await asOwner(
    folder,
    `create database ${name} ${Number(version?.server_version_num) >= 150_000 ? 'strategy file_copy' : ''}`,
  )
  return addressOf(folder, name)
}

const asOwner = (folder: string, statement: string) => query(addressOf(folder, 'postgres'), statement)

async function answering(server: ChildProcess, folder: string): Promise<void> {
  let said = ''
  server.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-4000)
  })
  for (const until = Date.now() + START_DEADLINE_MS; ; ) {
    if (server.exitCode !== null || Date.now() > until) throw new Error(`PostgreSQL did not start:\n${said}`)
    try {
      await asOwner(folder, 'select 1')
      return
    } catch {
      await delay(20)
    }
  }
}

async function halted(server: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill(signal)
  await ended
}

/** Another user may not get at what lies in the home of root, as the embedded programs do. */
function runnable(bin: string, as: SpawnOptions): boolean {
  try {
    execFileSync(join(bin, 'postgres'), ['--version'], { ...as, stdio: 'ignore' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false
    throw error
  }
}

/** With the libraries and data beside it. They go with the folder. */
function copyOf(bin: string, folder: string): string {
  cpSync(dirname(bin), join(folder, 'programs'), { recursive: true, verbatimSymlinks: true })
  return join(folder, 'programs', 'bin')
}

/** PostgreSQL refuses to run as root; any other user will do. */
function owningUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!user) throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.')
  return { uid: Number(user[2]), gid: Number(user[3]) }
}

/** One statement on a connection of its own. */
export async function query(database: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
