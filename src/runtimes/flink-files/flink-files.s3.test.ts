/** Files through Flink's own file systems, on a real Flink with its real S3 plugin, from a real S3 server. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createBucket, deleteObject, putObject, s3Configuration, s3Server } from '../../../tests/support/s3.ts'
import { createFileCache } from '../../artifacts/cache.ts'
import { systemClock } from '../../domain/clock.ts'
import { newUuid } from '../../domain/ids.ts'
import { flinkVersionOf } from '../../flink/distributions/catalogue.ts'
import { createDistributions } from '../../flink/distributions/distributions.ts'
import { findJava } from '../local/java.ts'
import { createFlinkFiles, type FlinkFiles, type FlinkSetup } from './flink-files.ts'

const BUCKET = 'weir-files'
const server = s3Server()!
let work: string
let files: FlinkFiles
let setup: FlinkSetup
let path: string
let into: string

beforeAll(async () => {
  await createBucket(server, BUCKET)
  work = await mkdtemp(join(tmpdir(), 'weir-flink-files-'))
  const { home } = await createDistributions().install(flinkVersionOf('FLINK_1_20'))
  const [jar = ''] = (await readdir(join(home, 'opt'))).filter((name) => name.startsWith('flink-s3-fs-hadoop'))
  await mkdir(join(work, 'plugins', 's3'), { recursive: true })
  await symlink(join(home, 'opt', jar), join(work, 'plugins', 's3', jar))
  setup = {
    java: await findJava(flinkVersionOf('FLINK_1_20')),
    home,
    plugins: join(work, 'plugins'),
    flinkConfiguration: s3Configuration(server),
    env: { PATH: process.env['PATH'] },
  }
  files = createFlinkFiles({
    folder: join(work, 'programs'),
    cache: createFileCache({ folder: join(work, 'cache'), maxBytes: 2 ** 30 }),
    maxBytes: 100_000_000,
    clock: systemClock,
    // Wherever the S3 server is; the servers of these tests are on this machine.
    allowAddresses: [`${new URL(server.endpoint).hostname}/32`, '127.0.0.1/32'],
  })
})

beforeEach(async () => {
  path = `${BUCKET}/${newUuid()}/file.jar`
  into = await mkdtemp(join(work, 'into-'))
})

afterAll(async () => {
  await files.close()
  await rm(work, { recursive: true, force: true })
})

const fetch = (change: Partial<FlinkSetup> = {}, uri = `s3://${path}`) =>
  files.fetch(uri, into, { ...setup, ...change })
const again = async (): Promise<void> => {
  into = await mkdtemp(join(work, 'into-'))
}
const text = async (): Promise<string> => readFile(join(into, 'file.jar'), 'utf8')

/** The programs that this process has started. */
async function programs(): Promise<{ pid: number; command: string; environment: string }[]> {
  const pids = (await readFile(`/proc/self/task/${process.pid}/children`, 'utf8'))
    .trim()
    .split(' ')
    .filter((pid) => pid !== '')
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      command: await readFile(`/proc/${pid}/cmdline`, 'utf8'),
      environment: await readFile(`/proc/${pid}/environ`, 'utf8'),
    })),
  )
  return all.filter(({ command }) => command.includes('dev.weir.files.Fetch'))
}

describe('a file that was fetched before', () => {
  test('is not fetched again while it is the same', async () => {
    await putObject(server, path, Buffer.from('first'))
    expect(await fetch()).toMatchObject({ cached: false, sizeBytes: 5, path: join(into, 'file.jar') })
    await again()
    expect(await fetch()).toMatchObject({ cached: true, sizeBytes: 5 })
    expect(await text()).toBe('first')
  })

  test('is fetched again once it is another one, though it is as large and no second older', async () => {
    for (const words of ['one', 'two', 'six']) {
      await putObject(server, path, Buffer.from(words))
      await again()
      expect(await fetch()).toMatchObject({ cached: false })
      expect(await text()).toBe(words)
    }
  })

  test('is not served to somebody who may not read it, nor when it is gone', async () => {
    await putObject(server, path, Buffer.from('mine'))
    await fetch()
    await again()
    const others = { ...setup.flinkConfiguration, 's3.secret-key': 'not-the-secret' }
    await expect(fetch({ flinkConfiguration: others })).rejects.toMatchObject({
      code: 'FILE_UNAVAILABLE',
      retryable: false,
    })
    await deleteObject(server, path)
    await expect(fetch()).rejects.toMatchObject({ message: expect.stringContaining('there is no such file') })
    expect(await readdir(into)).toEqual([])
  })
})

test('a program that was killed is replaced', async () => {
  await putObject(server, path, Buffer.from('here'))
  await fetch()
  const before = await programs()
  expect(before.length).toBeGreaterThan(0)
  for (const { pid } of before) process.kill(pid, 'SIGKILL')
  await again()
  // Whether the end is known by then, or only found out by asking, is a matter of luck.
  await vi.waitFor(async () => expect(await fetch()).toMatchObject({ cached: true }), 60_000)
  expect((await programs()).map(({ pid }) => pid)).not.toEqual(expect.arrayContaining(before.map(({ pid }) => pid)))
})

test('credentials are on no command line and in no environment', async () => {
  await putObject(server, path, Buffer.from('x'))
  await fetch()
  const running = await programs()
  expect(running).not.toEqual([])
  for (const { command, environment } of running) expect(command + environment).not.toContain(server.secretKey)
})

test('what differs in settings that no file system reads shares a program and what it has fetched', async () => {
  await putObject(server, path, Buffer.from('shared'))
  await fetch()
  const before = await programs()
  await again()
  const flinkConfiguration = {
    ...setup.flinkConfiguration,
    'taskmanager.numberOfTaskSlots': '7',
    'state.checkpoints.dir': 'file:///elsewhere',
  }
  expect(await fetch({ flinkConfiguration })).toMatchObject({ cached: true })
  expect(await programs()).toEqual(before)
})

test('an aborted fetch leaves nothing, and the next one goes well', async () => {
  const bytes = randomBytes(60_000_000)
  await putObject(server, path, bytes)
  const abort = new AbortController()
  const fetching = files.fetch(`s3://${path}`, into, setup, {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('enough')),
  })
  await expect(fetching).rejects.toThrow('enough')
  expect(await readdir(into)).toEqual([])
  expect(await fetch()).toMatchObject({ cached: false, sizeBytes: bytes.length })
  expect((await readFile(join(into, 'file.jar'))).equals(bytes)).toBe(true)
})

test('a file that is larger than is taken is refused, with both sizes', async () => {
  const small = createFlinkFiles({
    folder: join(work, 'small'),
    cache: createFileCache({ folder: join(work, 'small-cache'), maxBytes: 2 ** 20 }),
    maxBytes: 4,
    clock: systemClock,
    allowAddresses: [`${new URL(server.endpoint).hostname}/32`],
  })
  await putObject(server, path, Buffer.from('12345'))
  await expect(small.fetch(`s3://${path}`, into, setup)).rejects.toMatchObject({
    message: expect.stringMatching(/5 bytes.*4 bytes/),
  })
  await small.close()
})

// Last, since each has a program of its own, by which others of before are ended.
describe('addresses', () => {
  const endpoint = { ...s3Configuration(server) }
  const at = (url: string) => fetch({ flinkConfiguration: { ...endpoint, 's3.endpoint': url } })
  const { port } = new URL(server.endpoint)

  test.each([
    ['the metadata service', 'http://169.254.169.254', '169.254.169.254', '32'],
    ['a number', `http://2130706434:${port}`, '127.0.0.2', '32'],
  ])('an endpoint that is %s is not connected to, and the way out is named', async (_what, url, address, bits) => {
    await expect(at(url)).rejects.toMatchObject({
      code: 'FILE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining(
        `${address} is a loopback, private or otherwise special address; the server's owner can allow it with --allow-address ${address}/${bits}`,
      ),
    })
  })

  test('an allowed endpoint that redirects to one leads nowhere', async () => {
    const asked: string[] = []
    const redirecting = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.writeHead(307, { location: `http://127.0.0.2:${port}${request.url}` }).end()
    })
    await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve))
    try {
      await expect(at(`http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`)).rejects.toMatchObject({
        code: 'FILE_UNAVAILABLE',
        message: expect.stringContaining('127.0.0.2 is a loopback, private or otherwise special address'),
      })
      expect(asked).not.toEqual([])
    } finally {
      redirecting.closeAllConnections()
      redirecting.close()
    }
  })

  test('a proxy that the configuration names is an address like any other', async () => {
    const flinkConfiguration = {
      ...endpoint,
      's3.endpoint': 'http://s3.example',
      'fs.s3a.proxy.host': '127.0.0.2',
      'fs.s3a.proxy.port': port,
    }
    await expect(fetch({ flinkConfiguration })).rejects.toMatchObject({
      message: expect.stringContaining('127.0.0.2 is a loopback'),
    })
  })

  test('a Java that can not be held to them is not used: another of the machine is', async () => {
    await putObject(server, path, Buffer.from('by an older one'))
    await fetch({ java: { executable: '/nowhere/java-25', major: 25 } })
    expect(await text()).toBe('by an older one')
  })
})
