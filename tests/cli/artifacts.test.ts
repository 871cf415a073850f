import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { zipOf } from '../../src/artifacts/inspect/zip.fixture.ts'
import { buildJar } from '../../tools/java.ts'
import type { TestServer } from '../support/cli.ts'
import { startTestServer } from '../support/cli.ts'

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

function file(name: string, content: Buffer | string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** A sound jar that differs by what is in it. */
const jarFile = (name: string, content: string): string => file(name, zipOf([{ name: 'content', data: content }]))
const sizeOf = (path: string): string => String(statSync(path).size)

async function good(...argv: string[]): Promise<string> {
  const ran = await server.weir(argv)
  expect(ran).toMatchObject({ code: 0, err: '' })
  return ran.out.trimEnd()
}

test('a jar is uploaded, listed, described and deleted, by ID, URI and name', async () => {
  const jar = jarFile('my-job.jar', 'first')
  const firstSize = sizeOf(jar)
  expect(await good('artifact', 'upload', jar)).toBe('artifact://my-job.jar?version=1')
  expect(await good('artifact', 'upload', jar)).toBe('artifact://my-job.jar?version=1')
  const secondSize = sizeOf(jarFile('my-job.jar', 'second!'))
  expect(JSON.parse(await good('artifact', 'upload', jar, '--json'))).toMatchObject({
    name: 'my-job.jar',
    version: 2,
    sizeBytes: Number(secondSize),
  })
  expect(await good('artifact', 'upload', jar, '--name', 'other.jar')).toBe('artifact://other.jar?version=1')
  const rows = (await good('artifact', 'list', '--name', 'my-job.jar')).split('\n').map((line) => line.split('\t'))
  expect(rows.map(([, ...rest]) => rest)).toEqual([
    ['my-job.jar', '1', firstSize, expect.any(String)],
    ['my-job.jar', '2', secondSize, expect.any(String)],
  ])
  expect(await good('artifact', 'describe', 'my-job.jar')).toContain(
    `version\t2\nuri\tartifact://my-job.jar?version=2\nsizeBytes\t${secondSize}\n`,
  )
  expect(JSON.parse(await good('artifact', 'describe', 'artifact://my-job.jar?version=1', '--json'))).toMatchObject({
    version: 1,
  })
  expect(await good('artifact', 'delete', rows[0]![0]!, '--yes')).toBe('')
  expect(await good('artifact', 'list', '--name', 'my-job.jar')).toMatch(
    new RegExp(`^\\S+\\tmy-job.jar\\t2\\t${secondSize}\\t\\S+$`),
  )
})

test('on a terminal the version, its size and its URI are told in a sentence', async () => {
  const jar = jarFile('terminal.jar', 'x'.repeat(3000))
  const first = await server.weir(['artifact', 'upload', jar], { tty: true })
  expect(first).toMatchObject({
    code: 0,
    out: 'terminal.jar (3.0 KiB) is version 1: artifact://terminal.jar?version=1\n',
  })
  expect((await server.weir(['artifact', 'upload', jar], { tty: true })).out).toContain(
    'is there already, as version 1',
  )
  expect((await server.weir(['artifact', 'list'], { tty: true })).out).toMatch(
    /AGE.*\n(.*\n)*.* terminal.jar +1 +3.0 KiB/,
  )
})

const main = 'public static void main(String[] args) { }'

/** Built for Java 11, with twelve classes to start, a class of Flink's own and a connector. */
async function jobJar(): Promise<string> {
  for (let i = 10; i < 22; i++)
    file(`sources/dev/acme/Job${i}.java`, `package dev.acme; public class Job${i} { ${main} }`)
  file('sources/org/apache/flink/runtime/X.java', 'package org.apache.flink.runtime; class X { }')
  const jar = await buildJar(
    { folder: join(folder, 'sources'), name: 'jobs', what: 'the test', release: '11' },
    { out: folder },
  )
  file('more/META-INF/maven/org.apache.flink/flink-connector-kafka/pom.properties', 'version=3.3.0-1.19\n')
  await promisify(execFile)('jar', [
    '--update',
    '--file',
    jar,
    '--main-class',
    'dev.acme.Job10',
    '-C',
    join(folder, 'more'),
    '.',
  ])
  return jar
}

test('what was found in a jar is told: to people in words and not too much of it, in a pipe with the names of the API', {
  timeout: 180_000,
}, async () => {
  await good('artifact', 'upload', await jobJar(), '--name', 'inside.jar')
  const piped = await good('artifact', 'describe', 'inside.jar')
  const jobs = Array.from({ length: 12 }, (_, i) => `dev.acme.Job${i + 10}`)
  const from = 'META-INF/maven/org.apache.flink/flink-connector-kafka/pom.properties'
  expect(
    piped
      .split('\n')
      .filter((line) => line.startsWith('inspection.'))
      .map((line) => line.slice('inspection.'.length).split('\t')),
  ).toEqual([
    ['entries', expect.stringMatching(/^\d+$/)],
    ['classes', '13'],
    ['mainClass', 'dev.acme.Job10'],
    ['entryClasses', jobs.join(' ')],
    ['javaRelease', '11'],
    ['flinkVersion', '1.19'],
    ['flinkVersionFrom', from],
    ['connectors', 'flink-connector-kafka:3.3.0-1.19'],
    ['bundlesFlink', 'org.apache.flink.runtime'],
    ['signed', 'false'],
  ])
  const { code, out } = await server.weir(['artifact', 'describe', 'inside.jar'], { tty: true, env: { NO_COLOR: '1' } })
  expect(code).toBe(0)
  expect(out.slice(out.indexOf('entries'))).toMatch(
    new RegExp(
      `^${[
        'entries           \\d+, of them 13 classes',
        'entry class       dev\\.acme\\.Job10',
        ...jobs.slice(1, 10).map((name) => ` {18}${name}`),
        ' {18}and 2 more: --json has them',
        'Main-Class        dev.acme.Job10',
        'built for Java    11',
        `built for Flink   1.19 \\(says ${from}\\)`,
        'connector         flink-connector-kafka 3.3.0-1.19',
        'bundled of Flink  org.apache.flink.runtime',
        'signed            no',
      ].join('\n')}\n$`,
    ),
  )
})

test('of a jar that tells nothing a terminal says so', async () => {
  await good('artifact', 'upload', jarFile('silent.jar', 'x'))
  const { out } = await server.weir(['artifact', 'describe', 'silent.jar'], { tty: true, env: { NO_COLOR: '1' } })
  expect(out).toMatch(/^size +\d+ bytes$/m)
  expect(out).toContain(`
entries           1, of them 0 classes
entry class       none: no public class with a main method was found
built for Java    unknown: no class tells
built for Flink   unknown: nothing in the jar tells
connector         none
bundled of Flink  nothing
signed            no
`)
})

test("what can't be uploaded, found or deleted says why and what to do", async () => {
  const bad = async (code: number, message: RegExp, ...argv: string[]): Promise<void> => {
    expect(await server.weir(argv)).toMatchObject({ code, out: '', err: expect.stringMatching(message) })
  }
  await bad(2, /cannot read .*none.jar: ENOENT.*\n {2}next: /s, 'artifact', 'upload', join(folder, 'none.jar'))
  await bad(2, /is not a file/, 'artifact', 'upload', folder)
  await bad(2, /is empty/, 'artifact', 'upload', file('empty.jar', ''))
  await bad(2, /query\/name: .*ends in .jar.*--name NAME.jar/s, 'artifact', 'upload', file('job.zip', 'x'))
  const unsound = file('unsound.jar', zipOf(['../x.class']))
  await bad(2, /the file is not a sound jar: .*\.\.\/x\.class.*Build it anew/s, 'artifact', 'upload', unsound)
  await bad(2, /not a sound jar/, 'session', 'create', '--name', 'unsound', '--runtime', 'FLINK_1_20', '--jar', unsound)
  await bad(3, /no session/, 'session', 'describe', 'unsound')
  await good('artifact', 'upload', jarFile('spelled.jar', 'x'))
  await bad(
    3,
    /no artifact has the ID or name "speled.jar"\n {2}did you mean spelled.jar\?/,
    'artifact',
    'describe',
    'speled.jar',
  )
  await bad(3, /no artifact/, 'artifact', 'delete', 'artifact://spelled.jar?version=2', '--yes')
  await bad(2, /needs --yes/, 'artifact', 'delete', 'spelled.jar')
})

test('jars of this machine are uploaded on the way to a session and a job, and kept while those use them', async () => {
  const jar = jarFile('inline.jar', 'inline')
  await good(
    'session',
    'create',
    '--name',
    'inline',
    '--runtime',
    'FLINK_1_20',
    '--jar',
    jar,
    '--jar',
    'https://example.com/x.jar',
    '--jar',
    '/opt/flink/opt/y.jar',
  )
  const session = JSON.parse(await good('session', 'describe', 'inline', '--json'))
  expect(session.jars).toEqual(['artifact://inline.jar?version=1', 'https://example.com/x.jar', '/opt/flink/opt/y.jar'])
  await good('job', 'create', '--session', 'inline', '--name', 'j', '--jar', jarFile('job-only.jar', 'job'))
  expect(JSON.parse(await good('job', 'describe', 'j', '--json')).job.jarUri).toBe('artifact://job-only.jar?version=1')
  for (const [name, user] of [
    ['inline.jar', 'session'],
    ['job-only.jar', 'job'],
  ] as const) {
    const refused = await server.weir(['artifact', 'delete', name, '--yes'])
    expect(refused).toMatchObject({
      code: 5,
      err: expect.stringMatching(new RegExp(`is used by the ${user} \\S+ \\(${user === 'job' ? 'j' : 'inline'}\\)`)),
    })
  }
  const missing = await server.weir([
    'session',
    'create',
    '--name',
    'no',
    '--runtime',
    'FLINK_1_20',
    '--jar',
    './nowhere.jar',
  ])
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('cannot read ./nowhere.jar') })
})

test.each([
  ['my job (1).jar', 'my-job-1-.jar'],
  ['-Größe.JAR', 'Große.jar'.replace('ß', '-')],
  ['日本.jar', 'uploaded.jar'],
])('a jar whose file is called %s is uploaded as %s, by upload and by --jar', async (name, uploaded) => {
  const jar = jarFile(name, name)
  expect(await good('artifact', 'upload', jar)).toBe(`artifact://${uploaded}?version=1`)
  const session = await good('session', 'create', '--name', name, '--runtime', 'FLINK_1_20', '--jar', jar)
  expect(JSON.parse(await good('session', 'describe', session, '--json'))).toMatchObject({
    jars: [`artifact://${uploaded}?version=1`],
  })
})
