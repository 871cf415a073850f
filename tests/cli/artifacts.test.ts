import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer } from '../support/cli.ts'
import type { TestServer } from '../support/cli.ts'

let server: TestServer
let folder: string

beforeAll(async () => {
  server = await startTestServer()
  folder = mkdtempSync(join(tmpdir(), 'weir-artifacts-'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

async function good(...argv: string[]): Promise<string> {
  const ran = await server.weir(argv)
  expect(ran).toMatchObject({ code: 0, err: '' })
  return ran.out.trimEnd()
}

test('a jar is uploaded, listed, described and deleted, by ID, URI and name', async () => {
  const jar = file('my-job.jar', 'first')
  expect(await good('artifact', 'upload', jar)).toBe('artifact://my-job.jar?version=1')
  expect(await good('artifact', 'upload', jar)).toBe('artifact://my-job.jar?version=1')
  file('my-job.jar', 'second!')
  expect(JSON.parse(await good('artifact', 'upload', jar, '--json'))).toMatchObject({ name: 'my-job.jar', version: 2, sizeBytes: 7 })
  expect(await good('artifact', 'upload', jar, '--name', 'other.jar')).toBe('artifact://other.jar?version=1')
  const rows = (await good('artifact', 'list', '--name', 'my-job.jar')).split('\n').map((line) => line.split('\t'))
  expect(rows.map(([, ...rest]) => rest)).toEqual([['my-job.jar', '1', '5', expect.any(String)], ['my-job.jar', '2', '7', expect.any(String)]])
  expect(await good('artifact', 'describe', 'my-job.jar')).toContain('version\t2\nuri\tartifact://my-job.jar?version=2\nsizeBytes\t7\n')
  expect(JSON.parse(await good('artifact', 'describe', 'artifact://my-job.jar?version=1', '--json'))).toMatchObject({ version: 1 })
  expect(await good('artifact', 'delete', rows[0]![0]!, '--yes')).toBe('')
  expect(await good('artifact', 'list', '--name', 'my-job.jar')).toMatch(/^\S+\tmy-job.jar\t2\t7\t\S+$/)
})

test('on a terminal the version, its size and its URI are told in a sentence', async () => {
  const jar = file('terminal.jar', 'x'.repeat(3000))
  const first = await server.weir(['artifact', 'upload', jar], { tty: true })
  expect(first).toMatchObject({ code: 0, out: 'terminal.jar (2.9 KiB) is version 1: artifact://terminal.jar?version=1\n' })
  expect((await server.weir(['artifact', 'upload', jar], { tty: true })).out).toContain('is there already, as version 1')
  expect((await server.weir(['artifact', 'list'], { tty: true })).out).toMatch(/AGE.*\n(.*\n)*.* terminal.jar +1 +2.9 KiB/)
})

test('what can\'t be uploaded, found or deleted says why and what to do', async () => {
  const bad = async (code: number, message: RegExp, ...argv: string[]): Promise<void> => {
    expect(await server.weir(argv)).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
  }
  await bad(2, /cannot read .*none.jar: ENOENT.*\n {2}next: /s, 'artifact', 'upload', join(folder, 'none.jar'))
  await bad(2, /is not a file/, 'artifact', 'upload', folder)
  await bad(2, /is empty/, 'artifact', 'upload', file('empty.jar', ''))
  await bad(2, /query\/name: .*ends in .jar.*--name NAME.jar/s, 'artifact', 'upload', file('job.zip', 'x'))
  await good('artifact', 'upload', file('spelled.jar', 'x'))
  await bad(3, /no artifact has the ID or name "speled.jar"\n {2}did you mean spelled.jar\?/, 'artifact', 'describe', 'speled.jar')
  await bad(3, /no artifact/, 'artifact', 'delete', 'artifact://spelled.jar?version=2', '--yes')
  await bad(2, /needs --yes/, 'artifact', 'delete', 'spelled.jar')
})

test('jars of this machine are uploaded on the way to a session and a job, and kept while those use them', async () => {
  const jar = file('inline.jar', 'inline')
  await good('session', 'create', '--name', 'inline', '--runtime', 'FLINK_1_20', '--jar', jar, '--jar', 'https://example.com/x.jar', '--jar', '/opt/flink/opt/y.jar')
  const session = JSON.parse(await good('session', 'describe', 'inline', '--json'))
  expect(session.jars).toEqual(['artifact://inline.jar?version=1', 'https://example.com/x.jar', '/opt/flink/opt/y.jar'])
  await good('job', 'create', '--session', 'inline', '--name', 'j', '--jar', file('job-only.jar', 'job'))
  expect(JSON.parse(await good('job', 'describe', 'j', '--json')).job.jarUri).toBe('artifact://job-only.jar?version=1')
  for (const [name, user] of [['inline.jar', 'session'], ['job-only.jar', 'job']] as const) {
    const refused = await server.weir(['artifact', 'delete', name, '--yes'])
    expect(refused).toMatchObject({ code: 5, err: expect.stringMatching(new RegExp(`is used by the ${user} \\S+ \\(${user === 'job' ? 'j' : 'inline'}\\)`)) })
  }
  const missing = await server.weir(['session', 'create', '--name', 'no', '--runtime', 'FLINK_1_20', '--jar', './nowhere.jar'])
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('cannot read ./nowhere.jar') })
})
