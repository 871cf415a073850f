/**
 * A server in a process of its own whose disk is really full, or whose data folder is taken: what is there can be read
 * and deleted, nothing half-done stays, and the server ends with the reason where it can't go on.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { SESSION_BODY } from '../../tests/support/api.ts'
import { fill, smallDisk } from '../../tests/support/small-disk.ts'

const MAIN = join(import.meta.dirname, '../cli/main.ts')

/** Each start of a server compiles its modules; on a busy machine that takes a while. */
const LONG = { timeout: 180_000 }

interface Running {
  process: ChildProcess
  url: string
  base: string
  call(method: string, path: string, body?: object): Promise<{ status: number; body: string }>
  /** Resolves with the exit code or signal. */
  ended: Promise<string>
  headers: Record<string, string>
}

/** `log`: the file that is its standard error. */
async function start(dataDir: string, log: string): Promise<Running> {
  const flags = ['--data-dir', dataDir, '--listen', '127.0.0.1:0', '--runtime', 'fake', '--log-level', 'info']
  const server = spawn(process.execPath, [MAIN, 'serve', ...flags], { stdio: ['ignore', 'ignore', openSync(log, 'a')] })
  const ended = once(server, 'exit').then(([code, signal]) => String(signal ?? code))
  onTestFinished(async () => {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL')
    await ended
  })
  const ready = await until(async () => {
    if (server.exitCode !== null) throw new Error(`the server ended: ${readFileSync(log, 'utf8')}`)
    const file = join(dataDir, 'server.json')
    if (!existsSync(file)) return undefined
    const found = JSON.parse(readFileSync(file, 'utf8')) as { url: string; pid: number; keyFile: string }
    return found.pid === server.pid ? found : undefined
  })
  const headers = { authorization: `Bearer ${readFileSync(ready.keyFile, 'utf8').trim()}` }
  const call: Running['call'] = async (method, path, body) => {
    const sent = body && { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
    const answer = await fetch(`${ready.url}${path}`, { method, headers, ...sent })
    return { status: answer.status, body: await answer.text() }
  }
  const { body } = await call('GET', '/api/org/v1/workspaces')
  const ws = (JSON.parse(body) as { items: { id: string }[] }).items[0]?.id
  return { process: server, url: ready.url, base: `/api/flink/v1/workspaces/${ws}`, call, ended, headers }
}

/** vitest's own limit ends a wait in vain. */
async function until<T>(ask: () => Promise<T | false | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await delay(50)
  }
}

async function session({ call, base }: Running, name: string): Promise<string> {
  const { status, body } = await call('POST', `${base}/sessions`, { ...SESSION_BODY, name })
  expect([status, status === 201 ? '' : body]).toEqual([201, ''])
  const path = `${base}/sessions/${(JSON.parse(body) as { id: string }).id}`
  await until(async () => (await call('GET', path)).body.includes('"state":"RUNNING"'))
  return path
}

async function deleted({ call }: Running, path: string): Promise<void> {
  expect((await call('DELETE', path)).status).toBe(204)
  await until(async () => (await call('GET', path)).status === 404)
}

const conditionOf = async ({ url }: Running): Promise<string> => {
  const answer = await fetch(`${url}/readyz`)
  const { conditions } = (await answer.json()) as { conditions: { name: string; ok: boolean; reason?: string }[] }
  const disk = conditions.find(({ name }) => name === 'disk')
  return `${answer.status} ${disk?.ok} ${disk?.reason ?? ''}`
}

/** An upload whose length is not announced, as `curl -T -` sends it. */
async function upload({ url, base, headers }: Running, mib: number): Promise<string> {
  const sent = request(`${url}${base}/artifacts?name=big.jar`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/java-archive' },
  })
  sent.on('error', () => {})
  const answered = once(sent, 'response')
  Readable.from(Array.from({ length: mib }, (_, n) => Buffer.alloc(2 ** 20, n))).pipe(sent)
  const [answer] = await answered
  return `${answer.statusCode} ${await text(answer)}`
}

test('on a full disk sessions are deleted, after a restart too, and nothing new is taken', LONG, async () => {
  const dataDir = smallDisk(256)
  // Its log is on that disk, too.
  const log = join(dataDir, 'log')
  const first = await start(dataDir, log)
  const paths = []
  for (const name of ['a', 'b', 'c']) paths.push(await session(first, name))
  await until(async () => (await conditionOf(first)) === '200 true ')

  fill(dataDir, 100)
  expect(await upload(first, 90)).toMatch(/^507 .*are free, 64 MiB are needed.*STORE_FULL/)
  expect(readdirSync(join(dataDir, 'artifacts'))).toEqual([])

  fill(dataDir, 0)
  expect(await conditionOf(first)).toMatch(/^503 false the disk of the data folder is full/)
  const refused = await first.call('POST', `${first.base}/sessions`, { ...SESSION_BODY, name: 'd' })
  expect([refused.status, refused.body]).toEqual([507, expect.stringMatching(/0 MiB are free, 64 MiB are needed/)])
  expect((await first.call('GET', '/metrics')).body).toMatch(/^weir_data_folder_free_bytes \d{1,6}$/m)
  expect((await first.call('GET', paths[0] ?? '')).status).toBe(200)
  await deleted(first, paths[0] ?? '')

  // A server that is stopped takes the log of the database away: others may have that room then.
  first.process.kill('SIGTERM')
  expect(await first.ended).toBe('0')
  const giveBack = fill(dataDir, 0)
  const second = await start(dataDir, log)
  await deleted(second, paths[1] ?? '')
  expect((await second.call('GET', paths[2] ?? '')).status).toBe(200)

  giveBack()
  await until(async () => (await conditionOf(second)) === '200 true ')
  await session(second, 'd')
})

test('a data folder that is taken ends the server within seconds, with the reason', LONG, async () => {
  const parent = mkdtempSync(join(tmpdir(), 'weir-taken-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  const [dataDir, log] = [join(parent, 'data'), join(parent, 'log')]
  const server = await start(dataDir, log)
  await session(server, 'a')
  rmSync(dataDir, { recursive: true })
  expect(await server.ended).toBe('1')
  const written = readFileSync(log, 'utf8')
  expect(written).toMatch(/"level":"fatal".*no longer the one that this server has locked: it was removed or moved/)
  expect(written).toMatch(/pkill -f weir\.installation=/)
  // It did not go on failing in the meantime.
  expect(written.split('\n').length).toBeLessThan(40)
  expect(existsSync(dataDir)).toBe(false)
})
