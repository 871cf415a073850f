import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteFile from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestServer } from '../support/cli.ts'
import { runWeir, startTestServer } from '../support/cli.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  await server.weir(['session', 'create', '--name', 'demo', '--runtime', 'FLINK_1_20'])
})
afterAll(() => server.stop())

/** Every failure ends in a next step. */
const steps = (err: string): string[] => err.split('\n').filter((line) => /^ +(next|or): /.test(line))

test('what does not exist: 3, with the nearest name', async () => {
  const ran = await server.weir(['session', 'describe', 'dmeo'])
  expect(ran).toMatchObject({ code: 3, out: '' })
  expect(ran.err).toContain('did you mean demo?')
  expect(steps(ran.err)[0]).toContain('session list')
})

test('a taken name: 5, and how to look at its owner', async () => {
  const ran = await server.weir(['session', 'create', '--name', 'demo', '--runtime', 'FLINK_1_20'])
  expect(ran.code).toBe(5)
  expect(steps(ran.err)[0]).toContain('session describe demo')
})

test("an option among a job's own arguments: 2, and where it belongs", async () => {
  const ran = await runWeir(['job', 'create', '--name', 'x', '--entry-class', 'a.B', 'one', '--three'])
  expect(ran.code).toBe(2)
  expect(ran.err).toContain("weir: unknown option '--three'; the job's own arguments come after --, as in: -- --three")
  expect(steps(ran.err)[0]).toContain('job create --help')
})

test('a job that was created and FAILED: 1, and commands that are about it', async () => {
  await server.weir(['session', 'create', '--name', 'up', '--runtime', 'FLINK_1_20', '--wait'])
  const create = ['job', 'create', '-s', 'up', '--name', 'args', '--entry-class', 'fake.Throws']
  const ran = await server.weir([...create, '--wait'])
  expect(ran.code).toBe(1)
  const [, id] = /logs ([A-Z0-9]+) /.exec(ran.err) ?? []
  expect(steps(ran.err).map((line) => / job (\w+) (\w+) --session/.exec(line)?.slice(1))).toEqual(
    ['logs', 'describe', 'delete'].map((verb) => [verb, id]),
  )
  expect((await server.weir(['job', 'describe', id ?? '', '-s', 'up'])).code).toBe(0)
  const again = await server.weir(create)
  expect(again.code).toBe(5)
  expect(steps(again.err).map((line) => / job (\w+ \w+) --session/.exec(line)?.[1])).toEqual([
    'describe args',
    'delete args',
  ])
})

test('a wrong body: 2, with every violation', async () => {
  const ran = await server.weir([
    'session',
    'create',
    '--name',
    'x',
    '--runtime',
    'FLINK_1_2',
    '--job-manager-memory',
    'much',
  ])
  expect(ran.code).toBe(2)
  expect(ran.err).toContain('/runtime: ')
  expect(ran.err).toContain('/jobManagerResource/memory: ')
})

test('a body that is no JSON: 2, before anything is sent', async () => {
  const ran = await runWeir(['session', 'create', '-f', '-'], { stdin: '{"name": ' })
  expect(ran.code).toBe(2)
  expect(ran.err).toContain('stdin is not JSON')
})

test('a jar that is not there: 2, before anything is asked of a server', async () => {
  const ran = await runWeir(['session', 'create', '--name', 'x', '--runtime', 'FLINK_1_20', '--jar', './nowhere.jar'])
  expect(ran.code).toBe(2)
  expect(ran.err).toContain('cannot read ./nowhere.jar')
})

test('a wrong key: 4, and where keys come from; the key is not repeated', async () => {
  const ran = await server.weir(['session', 'list'], { env: { WEIR_TOKEN: 'wrong-key-of-mine' } })
  expect(ran.code).toBe(4)
  expect(steps(ran.err)[0]).toContain('help environment')
  expect(ran.err).not.toContain('wrong-key-of-mine')
})

test('no key at all for a named server: 4', async () => {
  const ran = await runWeir(['session', 'list', '--url', 'http://127.0.0.1:9'])
  expect(ran.code).toBe(4)
  expect(ran.err).toContain('WEIR_TOKEN')
})

test('nothing listens there: 6', async () => {
  const ran = await runWeir(['session', 'list', '--url', 'http://127.0.0.1:9'], { env: { WEIR_TOKEN: 'k' } })
  expect(ran.code).toBe(6)
  expect(steps(ran.err)[0]).toContain(' up ')
})

test('no server was ever started: 6', async () => {
  const ran = await runWeir(['session', 'list'])
  expect(ran.code).toBe(6)
  expect(ran.err).toContain('/nonexistent/server.json does not exist')
})

test('the server of a data folder is dead: 6, and how to start it again', async () => {
  const stale = join(server.dataDir, '..', `weir-stale-${process.pid}`)
  mkdirSync(stale)
  // Above what Linux gives to any process.
  writeFileSync(
    join(stale, 'server.json'),
    JSON.stringify({ url: 'http://127.0.0.1:9', pid: 2 ** 22 + 1, keyFile: 'none' }),
  )
  const ran = await runWeir(['session', 'list', '--data-dir', stale])
  rmSync(stale, { recursive: true })
  expect(ran.code).toBe(6)
  expect(steps(ran.err)[0]).toContain(`up --data-dir ${stale}`)
})

test('the wait is over before it runs: 7, and the wait to go on with', async () => {
  const ran = await server.weir(['session', 'wait', 'demo', '--for=deleted', '--timeout', '0s'])
  expect(ran.code).toBe(7)
  expect(steps(ran.err)[0]).toContain('--for=DELETED')
})

test('a job whose main() throws: 1, with its own reason, and where to read more', async () => {
  const ran = await server.weir([
    'job',
    'create',
    '--session',
    'demo',
    '--name',
    'bad',
    '--entry-class',
    'fake.Throws',
    '--wait',
  ])
  expect(ran).toMatchObject({ code: 1, out: '' })
  expect(ran.err).toContain('main says no')
  expect(steps(ran.err)[0]).toMatch(/job logs [A-Z0-9]+ --session [A-Z0-9]+$/)
})

test('a duration that is none: 2', async () => {
  const ran = await server.weir(['session', 'wait', 'demo', '--timeout', 'soon'])
  expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('"soon" is not a duration') })
})

test('unknown commands, options and missing arguments: 2, with what was meant', async () => {
  expect(await runWeir(['sesion'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean session?') })
  expect(await runWeir(['session', 'list', '--jsn'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('session list --help'),
  })
  expect(await runWeir(['session', 'wait'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('missing required argument'),
  })
})

test("an API request that is refused prints the API's error and exits as its status has it", async () => {
  const ran = await server.weir(['api', 'GET', '/api/flink/v1/workspaces/{ws}/sessions/NONE'])
  expect(ran.code).toBe(3)
  expect(JSON.parse(ran.out)).toMatchObject({ code: expect.any(String), requestId: expect.any(String) })
})

test('an API request that goes well prints its answer', async () => {
  const ran = await server.weir(['api', 'get', '/api/flink/v1/workspaces/{ws}/sessions?limit=1'])
  expect(ran).toMatchObject({ code: 0, err: '' })
  expect(JSON.parse(ran.out).items).toHaveLength(1)
})

test('a named workspace that is not there: 3', async () => {
  const ran = await server.weir(['session', 'list', '--workspace', 'nowhere'])
  expect(ran.code).toBe(3)
  expect(ran.err).toContain('you may see: default')
})

test('a record that is damaged in the store is named beside the list, and goes by force', async () => {
  const { out: id } = await server.weir(['session', 'create', '--name', 'damaged', '--runtime', 'FLINK_1_20'])
  const database = new SqliteFile(join(server.dataDir, 'weir.db'))
  database.prepare("update resources set spec = '{' where id = ?").run(id.trim())
  database.close()
  const listed = await server.weir(['session', 'list'])
  expect(listed.code).toBe(0)
  expect(listed.out).not.toContain('damaged')
  expect(listed.err).toMatch(
    new RegExp(`^not listed: damaged\\. The record of the session ${id.trim()} .* spec is damaged`),
  )
  const described = await server.weir(['session', 'describe', 'damaged'])
  expect([described.code, described.err]).toEqual([1, expect.stringContaining('is damaged')])
  expect(await server.weir(['session', 'delete', 'damaged', '--force', '--yes', '--wait'])).toMatchObject({ code: 0 })
  expect((await server.weir(['session', 'list'])).err).toBe('')
})
