import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Distributions } from './distribution.ts'
import { FlinkUnavailable } from './distribution.ts'
import { createDistributions } from './distributions.ts'
import type { ReleaseServer } from './release.fixture.ts'
import { packedRelease, serveRelease, temporaryFolder, VERSION, writeHome } from './release.fixture.ts'

let cacheDir: string
let release: Buffer
let server: ReleaseServer

beforeEach(async () => {
  cacheDir = await temporaryFolder()
  release = await packedRelease()
  server = await serveRelease(release)
})

afterEach(async () => {
  await server.close()
  await rm(cacheDir, { recursive: true, force: true })
})

const from = (...tarballBases: string[]): Distributions =>
  createDistributions({ cacheDir, tarballBases, pip: [], env: {} })

/** What the cache holds of distributions, locks left out. */
const left = async (): Promise<string[]> =>
  (await readdir(join(cacheDir, 'flink'))).filter((name) => !name.endsWith('.lock'))

const failureOf = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => Promise.reject(new Error('it was installed')),
    (error: Error) => error,
  )

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

describe('the official release', () => {
  test('is installed whole when its SHA-512 is right, and downloaded once', async () => {
    const distributions = from(`${server.base}/`)
    expect(await distributions.find(VERSION)).toBeUndefined()
    const fractions: number[] = []
    const installed = await distributions.install(
      VERSION,
      ({ fraction }) => fraction !== undefined && fractions.push(fraction),
    )

    expect(installed).toEqual({ version: VERSION, home: join(cacheDir, 'flink', VERSION), source: 'TARBALL' })
    expect((await stat(join(installed.home, 'bin', 'flink'))).mode & 0o111).toBe(0o111)
    expect(fractions.at(-1)).toBe(1)
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
    expect(await distributions.install(VERSION)).toEqual(installed)
    expect(await distributions.find(VERSION)).toEqual(installed)
    expect(await distributions.list()).toEqual([installed])
    expect(server.requests).toHaveLength(2)
    expect(await left()).toEqual([VERSION])
  })

  test('with a wrong SHA-512 leaves nothing and is called broken', async () => {
    await server.close()
    server = await serveRelease(release, 'ab'.repeat(64))
    const failure = await failureOf(from(server.base).install(VERSION))
    expect(failure).toBeInstanceOf(FlinkUnavailable)
    expect(failure.message).toContain('is not what its SHA-512 says')
    expect(await left()).toEqual([])
  })

  test('that is no Flink of that version is not installed', async () => {
    await server.close()
    server = await serveRelease(await packedRelease('9.9.8'))
    expect((await failureOf(from(server.base).install(VERSION))).message).toContain('what it gave is Flink 9.9.8')
    expect(await left()).toEqual([])
  })

  test('that breaks off in the middle leaves nothing, and the next source is asked', async () => {
    server.sendTarball = (response) => response.write(release.subarray(0, release.length / 2), () => response.destroy())
    const second = await serveRelease(release)
    const reported: string[] = []
    const installed = await from(server.base, second.base).install(VERSION, ({ detail }) => reported.push(detail))
    await second.close()
    expect(installed.source).toBe('TARBALL')
    expect(reported.join('\n')).toContain('the connection broke after')
    expect(await left()).toEqual([VERSION])
  })

  test('is followed through a redirect', async () => {
    const second = await serveRelease(release)
    server.sendTarball = (response, request) => {
      response.removeHeader('content-length')
      response.writeHead(302, { location: `${second.base}${request.url}` }).end()
    }
    expect((await from(server.base).install(VERSION)).version).toBe(VERSION)
    await second.close()
  })
})

describe('a source out of reach', () => {
  test('is passed over, and says why', async () => {
    const reported: string[] = []
    const dead = `http://127.0.0.1:${await freePort()}`
    await from(dead, server.base).install(VERSION, ({ detail }) => reported.push(detail))
    expect(reported.join('\n')).toContain(
      "can't be reached (connection refused); passing over the official release at 127.0.0.1",
    )
  })

  test('that is the last one ends in an error that lists every source, what it said and what to do', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`
    const flinkHome = join(cacheDir, 'mine')
    await writeHome(flinkHome, '9.9.1')
    const distributions = createDistributions({
      cacheDir,
      flinkHome,
      tarballBases: [dead, `${server.base}/nothing`],
      pip: [],
      env: {},
    })
    const { message } = await failureOf(distributions.install(VERSION))
    expect(message).toContain(`FLINK_HOME (${flinkHome}) is Flink 9.9.1, not ${VERSION}`)
    expect(message).toContain('connection refused')
    expect(message).toContain(`has no Flink ${VERSION}`)
    expect(message).toContain(`Weir has no checksums for the packages of Flink ${VERSION}`)
    expect(message).toMatch(/install pip .* set FLINK_HOME/)
  })
})

describe('a cache folder', () => {
  test('that is not writable is named', async () => {
    await writeFile(join(cacheDir, 'file'), '')
    const distributions = createDistributions({
      cacheDir: join(cacheDir, 'file'),
      tarballBases: [server.base],
      pip: [],
      env: {},
    })
    const { message } = await failureOf(distributions.install(VERSION))
    expect(message).toContain(`the cache folder ${join(cacheDir, 'file')} can't be written to`)
  })

  test('is named by WEIR_CACHE_DIR, and downloads by WEIR_FLINK_DOWNLOADS', async () => {
    const env = { WEIR_CACHE_DIR: join(cacheDir, 'other'), WEIR_FLINK_DOWNLOADS: ` ${server.base} ,` }
    expect((await createDistributions({ env, pip: [] }).install(VERSION)).home).toBe(
      join(cacheDir, 'other', 'flink', VERSION),
    )
  })

  test('with a half-made folder of the version is put right', async () => {
    await mkdir(join(cacheDir, 'flink', VERSION, 'lib'), { recursive: true })
    expect(await from(server.base).find(VERSION)).toBeUndefined()
    expect(await from(server.base).install(VERSION)).toEqual(await from().find(VERSION))
  })
})

test('an aborted installation stops at once and leaves nothing', async () => {
  const abort = new AbortController()
  server.sendTarball = (response) => {
    response.write(release.subarray(0, 100))
    abort.abort(new Error('the server is stopped'))
  }
  const failure = await failureOf(from(server.base).install(VERSION, undefined, abort.signal))
  expect(failure.message).toBe('the server is stopped')
  expect(await left()).toEqual([])
})

test("the user's FLINK_HOME is used for its version and never removed", async () => {
  const flinkHome = join(cacheDir, 'mine')
  await writeHome(flinkHome)
  const distributions = createDistributions({ cacheDir, tarballBases: [], pip: [], env: { FLINK_HOME: flinkHome } })
  const own = { version: VERSION, home: flinkHome, source: 'FLINK_HOME' }
  expect(await distributions.install(VERSION)).toEqual(own)
  expect(await distributions.list()).toEqual([own])
  expect(await distributions.remove(VERSION)).toBe(false)
  expect(await distributions.find(VERSION)).toEqual(own)
})

test('folders that Java would divide its class path at are not used, and that is said before anything is fetched', async () => {
  const divided = join(cacheDir, 'a:b')
  await writeHome(divided)
  const distributions = createDistributions({
    cacheDir: divided,
    flinkHome: divided,
    tarballBases: [server.base],
    pip: [],
    env: {},
  })
  expect(await distributions.find(VERSION)).toBeUndefined()
  const { message } = await failureOf(distributions.install(VERSION))
  expect(message).toContain(`the path of the cache folder ${divided} has a ":"`)
  expect(message).toContain('Name another folder in WEIR_CACHE_DIR')
  const elsewhere = createDistributions({ cacheDir, flinkHome: divided, tarballBases: [], pip: [], env: {} })
  expect((await failureOf(elsewhere.install(VERSION))).message).toContain(`FLINK_HOME (${divided}) has a ":" in it`)
})

test('a removed version is gone, and removing it again says that it was not there', async () => {
  const distributions = from(server.base)
  await distributions.install(VERSION)
  expect(await distributions.remove(VERSION)).toBe(true)
  expect(await distributions.find(VERSION)).toBeUndefined()
  expect(await left()).toEqual([])
  expect(await distributions.remove(VERSION)).toBe(false)
  expect(await distributions.remove('../..')).toBe(false)
})
