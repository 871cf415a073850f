/** The whole server, in a process of its own on the fake runtime, while its database comes and goes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { SESSION_BODY } from '../../tests/support/api.ts'
import { type PostgresServer, query, startPostgres } from '../../tests/support/postgres.ts'
import { newKey } from '../auth/keys.ts'
import { readConfig } from './config.ts'
import { serve } from './serve.ts'

let postgres: PostgresServer
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url))

async function until<T>(what: string, condition: () => Promise<T | false | undefined>): Promise<T> {
  for (const end = Date.now() + 30_000; ; await delay(20)) {
    const answer = await condition()
    if (answer !== false && answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`not within half a minute: ${what}`)
  }
}

interface Server {
  process: ChildProcess
  dataDir: string
  log(): string
  ended: Promise<unknown[]>
  url(): Promise<string>
  ready(): Promise<{ url: string; key: string }>
}

function startServer(database: string, dataDir: string = newFolder()): Server {
  const flags = ['--runtime', 'fake', '--listen', '127.0.0.1:0', '--data-dir', dataDir, '--log-level', 'info']
  const child = spawn(process.execPath, [MAIN, 'serve', ...flags], {
    env: { ...process.env, WEIR_DATABASE: database },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk) => {
    log += chunk
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const readyFile = join(dataDir, 'server.json')
  const url = () => until(`the server listens: ${log}`, async () => /"url":"(http:[^"]+)"/.exec(log)?.[1])
  return {
    process: child,
    dataDir,
    log: () => log,
    ended,
    url,
    async ready() {
      await until('the server is ready', async () => {
        if (child.exitCode !== null) throw new Error(`the server ended: ${log}`)
        return existsSync(readyFile)
      })
      const file = JSON.parse(readFileSync(readyFile, 'utf8'))
      return { url: file.url, key: readFileSync(file.keyFile, 'utf8').trim() }
    },
  }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-databases-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Caller {
  url: string
  key: string
  sessions: string
}

async function callerOf(server: Server): Promise<Caller> {
  const { url, key } = await server.ready()
  const list = await fetch(`${url}/api/org/v1/workspaces`, { headers: { authorization: `Bearer ${key}` } })
  const { items } = (await list.json()) as { items: { id: string }[] }
  return { url, key, sessions: `${url}/api/flink/v1/workspaces/${items[0]?.id}/sessions` }
}

/** Sends a create until it is acknowledged, the same one each time; answers what the refusals said. */
async function create({ key, sessions }: Caller, name: string): Promise<string[]> {
  const refusals: string[] = []
  for (;;) {
    const answer = await fetch(sessions, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': name },
      body: JSON.stringify({ ...SESSION_BODY, name }),
    })
    const body = (await answer.json()) as { code?: string; message?: string }
    if (answer.ok) return refusals
    if (answer.status !== 503) throw new Error(`${answer.status} ${JSON.stringify(body)}`)
    refusals.push(`${body.code} after ${answer.headers.get('retry-after')}`)
    await delay(50)
  }
}

const readiness = async (url: string) => {
  const answer = await fetch(`${url}/readyz`)
  const { conditions } = (await answer.json()) as { conditions: { name: string; reason?: string }[] }
  return { status: answer.status, conditions }
}

test('PostgreSQL restarts under load: the server lives, nothing acknowledged is lost and nothing is doubled', async () => {
  const database = await postgres.createDatabase()
  const server = startServer(database)
  const caller = await callerOf(server)
  const acknowledged: string[] = []
  const refusals: string[] = []
  let over = false
  onTestFinished(() => postgres.resume())
  const writers = [1, 2, 3, 4].map(async (writer) => {
    for (let n = 1; !over; n += 1) {
      const name = `session ${writer} ${n}`
      refusals.push(...(await create(caller, name)))
      acknowledged.push(name)
    }
  })
  for (const how of ['fast', 'immediate'] as const) {
    const before = acknowledged.length
    await until('there is load', async () => acknowledged.length >= before + 15)
    await postgres.halt(how)
    expect((await fetch(`${caller.url}/healthz`)).status).toBe(200)
    const { status, conditions } = await readiness(caller.url)
    expect([status, conditions.find(({ name }) => name === 'store')?.reason]).toEqual([
      503,
      'the database does not answer',
    ])
    await postgres.resume()
  }
  const before = acknowledged.length
  await until('writing goes on', async () => acknowledged.length >= before + 15)
  over = true
  await Promise.all(writers)
  expect(refusals.length).toBeGreaterThan(0)
  expect(refusals.filter((text) => !/^STORE_(UNAVAILABLE|OUTCOME_UNKNOWN) after 1$/.test(text))).toEqual([])
  const names = (await query(database, `select name from resources where kind = 'session'`)).map(({ name }) => name)
  expect(names.toSorted()).toEqual(acknowledged.toSorted())
  const left = `select count(*)::int as n from resources where state <> 'RUNNING'`
  await until('the engine goes on', async () => (await query(database, left))[0]?.n === 0)
  const lives = await query(database, 'select resource from generations')
  expect([lives.length, new Set(lives.map(({ resource }) => resource)).size]).toEqual([names.length, names.length])
  expect(await until('it is ready', async () => (await readiness(caller.url)).status === 200 && 200)).toBe(200)
  expect(server.process.exitCode).toBeNull()
})

test('a server that starts before its database waits alive, says so, and goes on when that comes', async () => {
  const database = await postgres.createDatabase()
  onTestFinished(() => postgres.resume())
  await postgres.halt('fast')
  const server = startServer(database)
  const url = await server.url()
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const waiting = await until('it says why', async () => {
    const found = await readiness(url)
    return found.conditions.some(({ name }) => name === 'store') && found
  })
  expect(waiting).toMatchObject({
    status: 503,
    conditions: [
      { name: 'start', ok: false },
      { name: 'store', ok: false, reason: 'the database does not answer' },
    ],
  })
  const refused = await fetch(`${url}/api/org/v1/workspaces`, { headers: { authorization: `Bearer ${newKey()}` } })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await refused.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  expect(existsSync(join(server.dataDir, 'server.json'))).toBe(false)
  expect(server.log()).toContain('the server waits for its database')
  await postgres.resume()
  const caller = await callerOf(server)
  expect(caller.url).toBe(url)
  await create(caller, 'the first')
  expect((await readiness(url)).status).toBe(200)
})

test('what no waiting would mend ends the start, and says what it is without a password', async () => {
  const database = (await postgres.createDatabase()).replace('weir@', 'weir:SECRET@').replace(/weir_\d+_\d+/, 'absent')
  const dataDir = newFolder()
  const flags = { database, listen: '127.0.0.1:0', runtime: 'fake', 'log-level': 'silent', 'data-dir': dataDir }
  const error = await serve(readConfig(flags, {}), {}).catch((reason: unknown) => reason)
  expect(String(error)).toMatch(/refuses this server.*"absent" does not exist/)
  expect(String(error)).not.toContain('SECRET')
})
