import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../domain/failure.ts'
import type { Artifacts } from './artifacts.ts'
import { createFileCache } from './cache.ts'
import { createArtifacts } from './fetch.ts'
import { createMaven } from './maven.ts'

/** A repository as repository managers serve it: files by path; a number is a status, a function answers itself. */
type Content = string | number | ((request: IncomingMessage, response: ServerResponse) => void)

interface Repository {
  base: string
  files: Map<string, Content>
  asked: string[]
  authorizations: Set<string | undefined>
  server: Server
}

let folder: string
let first: Repository
let second: Repository

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-maven-'))
  ;[first, second] = await Promise.all([repository(), repository()])
})

afterEach(async () => {
  for (const { server } of [first, second]) {
    server.closeAllConnections()
    server.close()
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function repository(): Promise<Repository> {
  const [files, asked, authorizations] = [new Map<string, Content>(), [] as string[], new Set<string | undefined>()]
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/repo\//, '')
    asked.push(path)
    authorizations.add(request.headers.authorization)
    const content = files.get(path) ?? 404
    if (typeof content === 'function') return content(request, response)
    response.writeHead(typeof content === 'number' ? content : 200).end(typeof content === 'number' ? '' : content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/repo`,
    files,
    asked,
    authorizations,
    server,
  }
}

const sum = (algorithm: string, content: string): string => createHash(algorithm).update(content).digest('hex')

const JAR = 'org/acme/job/1.0/job-1.0.jar'

/** Puts a jar there, with the sums that are named. */
function publish(into: Repository, path = JAR, content = 'jar', sums = ['sha1']): void {
  into.files.set(path, content)
  for (const algorithm of sums) into.files.set(`${path}.${algorithm}`, sum(algorithm, content))
}

/** No address is allowed: what works, works since the owner named it. */
const artifacts = (repositories = [first.base, second.base]): Artifacts =>
  createArtifacts({
    fileRoots: [],
    allowAddresses: [],
    mavenRepositories: repositories,
    timeouts: { stallMs: 500 },
    cache: createFileCache({ folder: join(folder, 'cache'), maxBytes: 1_000_000 }),
  })

async function text(uri: string, from = artifacts()): Promise<string> {
  return readFile((await from.fetch(uri, join(folder, 'jars'))).path, 'utf8')
}

async function failureOf(uri: string, from = artifacts()): Promise<Failure> {
  const error = await from.fetch(uri, join(folder, 'jars')).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Failure)
  expect(await readdir(join(folder, 'jars')).catch(() => [])).toEqual([])
  return error as Failure
}

test.each([
  ['maven:org.acme:job:1.0', JAR, 'job-1.0.jar'],
  ['maven:org.acme:job:1.0:all', 'org/acme/job/1.0/job-1.0-all.jar', 'job-1.0-all.jar'],
])('%s is fetched from %s as %s, with size and SHA-256', async (uri, path, name) => {
  publish(first, path)
  expect(await artifacts().fetch(uri, join(folder, 'jars'))).toEqual({
    path: join(folder, 'jars', name),
    sizeBytes: 3,
    sha256: sum('sha256', 'jar'),
    cached: false,
  })
  expect(await readdir(join(folder, 'jars'))).toEqual([name])
})

test('a release is asked for once: it never changes', async () => {
  publish(first)
  const one = artifacts()
  await text('maven:org.acme:job:1.0', one)
  const { length } = first.asked
  publish(first, JAR, 'other')
  expect(await text('maven:org.acme:job:1.0', one)).toBe('jar')
  expect(first.asked).toHaveLength(length)
})

test('another list of repositories is another source of the same coordinates', async () => {
  publish(first)
  publish(second, JAR, 'other')
  await text('maven:org.acme:job:1.0', artifacts([first.base]))
  expect(await text('maven:org.acme:job:1.0', artifacts([second.base]))).toBe('other')
})

describe('repositories', () => {
  test('are asked in their order, and the first that has it gives it', async () => {
    publish(second)
    expect(await text('maven:org.acme:job:1.0')).toBe('jar')
    publish(first, 'org/acme/job/2.0/job-2.0.jar', 'two')
    second.asked.length = 0
    expect(await text('maven:org.acme:job:2.0')).toBe('two')
    expect(second.asked).toEqual([])
  })

  test.each([
    [401, false, /wants credentials \(401\).*--maven-repository/],
    [403, false, /forbids it \(403\).*--maven-repository/],
    [500, true, /failed \(500\)/],
    [302, false, /answered 302/],
  ])(
    'that answer %i end the search, since the next one may have another file of that name',
    async (status, retryable, words) => {
      first.files.set(`${JAR}.sha512`, status)
      publish(second)
      expect(await failureOf('maven:org.acme:job:1.0')).toMatchObject({
        code: 'FILE_UNAVAILABLE',
        retryable,
        message: expect.stringMatching(words),
      })
    },
  )

  test('that are down end it too', async () => {
    first.server.closeAllConnections()
    await new Promise((resolve) => first.server.close(resolve))
    publish(second)
    const message = expect.stringMatching(/^maven:org\.acme:job:1\.0 can't be fetched: http:.*connection refused/)
    expect(await failureOf('maven:org.acme:job:1.0')).toMatchObject({ retryable: true, message })
  })

  test('that do not answer are given up', async () => {
    first.files.set(`${JAR}.sha1`, () => {})
    expect(await failureOf('maven:org.acme:job:1.0')).toMatchObject({
      retryable: true,
      message: expect.stringContaining('in time'),
    })
  })

  test('get the credentials of their URL, which no message shows', async () => {
    first.files.set(`${JAR}.sha1`, 403)
    const failure = await failureOf('maven:org.acme:job:1.0', artifacts([first.base.replace('//', '//user:hunter2@')]))
    expect([...first.authorizations]).toEqual([`Basic ${Buffer.from('user:hunter2').toString('base64')}`])
    expect(failure.message).toContain(first.base.replace('//', '//***@'))
    expect(failure.message).not.toContain('hunter2')
  })

  test('may redirect within themselves; elsewhere the address rule holds, and credentials stay behind', async () => {
    publish(first)
    first.files.set(JAR, (_, response) => void response.writeHead(302, { location: '/repo/elsewhere' }).end())
    first.files.set('elsewhere', 'jar')
    expect(await text('maven:org.acme:job:1.0')).toBe('jar')
    first.files.set(
      'elsewhere',
      (_, response) => void response.writeHead(302, { location: `${second.base}/${JAR}` }).end(),
    )
    publish(second)
    await rm(join(folder, 'jars'), { recursive: true })
    await rm(join(folder, 'cache'), { recursive: true })
    expect((await failureOf('maven:org.acme:job:1.0')).message).toMatch(/127\.0\.0\.1 is a loopback.*--allow-address/)
    expect(second.asked).toEqual([])
  })

  test.each(['ftp://host/maven', 'file:///maven', 'host/maven', 'http://'])('"%s" is no repository', (url) => {
    expect(() => artifacts([url])).toThrow(url)
  })
})

describe('checksums', () => {
  test.each([[['sha512', 'sha256', 'sha1']], [['sha256', 'sha1']], [['sha1']]])(
    'of %j the first is what counts',
    async (sums) => {
      publish(first, JAR, 'jar', sums)
      for (const weaker of sums.slice(1)) first.files.set(`${JAR}.${weaker}`, '0'.repeat(sum(weaker, '').length))
      expect(await text('maven:org.acme:job:1.0')).toBe('jar')
      const [strongest = ''] = sums
      first.files.set(`${JAR}.${strongest}`, sum(strongest, 'other'))
      await rm(folder, { recursive: true })
      const failure = await failureOf('maven:org.acme:job:1.0')
      expect(failure).toMatchObject({ code: 'FILE_UNAVAILABLE', retryable: false })
      expect(failure.message).toContain(`${sum(strongest, 'jar')}, not ${sum(strongest, 'other')}`)
    },
  )

  test('may stand beside the name of their file, in capitals', async () => {
    publish(first)
    first.files.set(`${JAR}.sha1`, `${sum('sha1', 'jar').toUpperCase()}  job-1.0.jar\n`)
    expect(await text('maven:org.acme:job:1.0')).toBe('jar')
  })

  test.each([
    ['none is there', undefined],
    ['it is a web page', '<html>not found</html>'],
  ])('when %s, the jar is refused', async (_, page) => {
    publish(first, JAR, 'jar', [])
    if (page !== undefined)
      for (const algorithm of ['sha1', 'sha256', 'sha512']) first.files.set(`${JAR}.${algorithm}`, page)
    expect((await failureOf('maven:org.acme:job:1.0')).message).toMatch(/neither \.sha512, \.sha256 nor \.sha1/)
  })
})

describe('snapshots', () => {
  const FOLDER = 'org/acme/job/1.0-SNAPSHOT'
  const build = (stamp: string, classifier?: string): string =>
    `<snapshotVersion>${classifier ? `<classifier>${classifier}</classifier>` : ''}` +
    `<extension>jar</extension><value>1.0-${stamp}</value>
     <updated>${stamp.replace(/\D/g, '').slice(0, 14)}</updated></snapshotVersion>` +
    `<snapshotVersion><extension>pom</extension>
     <value>1.0-20990101.000000-9</value><updated>20990101000000</updated></snapshotVersion>`
  const metadata = (...builds: string[]): string =>
    `<metadata><versioning><snapshotVersions>${builds.join('')}</snapshotVersions></versioning></metadata>`

  test('are the newest build each time, which then is not asked for again', async () => {
    const one = artifacts()
    for (const [stamp, content] of [
      ['20260101.000000-1', 'one'],
      ['20260102.000000-2', 'two'],
    ] as const) {
      publish(first, `${FOLDER}/job-1.0-${stamp}.jar`, content)
    }
    first.files.set(`${FOLDER}/maven-metadata.xml`, metadata(build('20260101.000000-1')))
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT', one)).toBe('one')
    first.files.set(`${FOLDER}/maven-metadata.xml`, metadata(build('20260102.000000-2'), build('20260101.000000-1')))
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT', one)).toBe('two')
    first.asked.length = 0
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT', one)).toBe('two')
    expect(first.asked).not.toContain(`${FOLDER}/job-1.0-20260102.000000-2.jar`)
    expect(await readdir(join(folder, 'jars'))).toEqual(['job-1.0-SNAPSHOT.jar'])
  })

  test('have a build for each classifier', async () => {
    publish(first, `${FOLDER}/job-1.0-20260101.000000-1-all.jar`, 'all')
    first.files.set(
      `${FOLDER}/maven-metadata.xml`,
      metadata(build('20260102.000000-2'), build('20260101.000000-1', 'all')),
    )
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT:all')).toBe('all')
  })

  test('of old repositories have one number for all', async () => {
    publish(first, `${FOLDER}/job-1.0-20260101.000000-7.jar`)
    first.files.set(
      `${FOLDER}/maven-metadata.xml`,
      '<metadata><versioning><snapshot><timestamp>20260101.000000</timestamp><buildNumber>7</buildNumber>' +
        '</snapshot></versioning></metadata>',
    )
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT')).toBe('jar')
  })

  test('that lie under their own name may change and are fetched each time', async () => {
    const one = artifacts()
    first.files.set(`${FOLDER}/maven-metadata.xml`, '<metadata/>')
    publish(first, `${FOLDER}/job-1.0-SNAPSHOT.jar`, 'one')
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT', one)).toBe('one')
    publish(first, `${FOLDER}/job-1.0-SNAPSHOT.jar`, 'two')
    expect(await text('maven:org.acme:job:1.0-SNAPSHOT', one)).toBe('two')
  })

  test('whose metadata leads elsewhere are not there', async () => {
    first.files.set(`${FOLDER}/maven-metadata.xml`, metadata(build('x').replace('1.0-x', '../../../../secret')))
    expect((await failureOf('maven:org.acme:job:1.0-SNAPSHOT')).message).toContain('no repository has')
    expect(first.asked.filter((path) => path.includes('secret'))).toEqual([])
  })
})

describe('what is not there is told apart', () => {
  test('a group or an artifact', async () => {
    const { message, retryable } = await failureOf('maven:org.acme:jbo:1.0')
    const asked = `${first.base}/, ${second.base}/`
    expect(message).toBe(
      `maven:org.acme:jbo:1.0 can't be fetched: no repository has org.acme:jbo (${asked}): check the group and the ` +
        `artifact`,
    )
    expect(retryable).toBe(false)
  })

  test('a version, with the nearest ones', async () => {
    const versions = ['0.1', '1.7.3', '1.7.4', '2.0.0'].map((version) => `<version>${version}</version>`).join('\n')
    second.files.set(
      'org/acme/job/maven-metadata.xml',
      `<metadata><versioning><versions>${versions}</versions></versioning></metadata>`,
    )
    expect((await failureOf('maven:org.acme:job:1.7.9')).message).toMatch(
      /no repository has version 1\.7\.9 of org\.acme:job .*nearest there are: 1\.7\.[34], 1\.7\.[34],/,
    )
  })

  test('a classifier', async () => {
    first.files.set('org/acme/job/maven-metadata.xml', '<versions><version>1.0</version></versions>')
    expect((await failureOf('maven:org.acme:job:1.0:all')).message).toContain(
      'has a version 1.0, but no jar with the classifier "all"',
    )
  })
})

test.each([
  ['maven:org.acme:job', 'write maven:GROUP:ARTIFACT:VERSION'],
  ['maven:org.acme:job:1:a:b', 'write maven:GROUP:ARTIFACT:VERSION'],
  ['maven:org.acme:job:[1.0,2.0)', 'is a range'],
  ['maven:org.acme:job:LATEST', 'another version every day'],
  ['maven:org.acme:job:release', 'another version every day'],
  ['maven:org.acme:../x:1', "can't be part"],
  ['maven:..:job:1', "can't be part"],
  ['maven:org.acme:job:1/../2', "can't be part"],
  ['maven:org.acme:job:1?x', "can't be part"],
  ['maven:org.acme:job:1%2f', "can't be part"],
])('%s is refused before anybody is asked', async (uri, words) => {
  expect((await failureOf(uri)).message).toContain(words)
  expect(first.asked).toEqual([])
})

test('a jar can be looked up without being fetched, for those who fetch it themselves', async () => {
  publish(second, JAR, 'jar', ['sha256', 'sha1'])
  const dispatcher = new Agent()
  const maven = createMaven({
    repositories: [first.base, second.base.replace('//', '//user:pass@')],
    trusting: dispatcher,
    maxBytes: 10,
    web: { dispatcher, stallMs: 500 },
    cache: createFileCache({ folder: '', maxBytes: 0 }),
  })
  expect(await maven.resolve('maven:org.acme:job:1.0')).toEqual({
    url: `${second.base.replace('//', '//user:pass@')}/${JAR}`,
    sha: { algorithm: 'sha256', hex: sum('sha256', 'jar') },
  })
  expect(second.asked).not.toContain(JAR)
  await dispatcher.close()
})
