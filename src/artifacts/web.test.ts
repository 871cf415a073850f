import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../domain/failure.ts'
import type { Artifacts } from './artifacts.ts'
import { createFileCache } from './cache.ts'
import { createArtifacts } from './fetch.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const JAR = Buffer.from('PK'.repeat(50_000))
const artifacts = createArtifacts({
  fileRoots: [],
  allowAddresses: ['127.0.0.1/32'],
  maxBytes: 200_000,
  timeouts: { stallMs: 500 },
})

let folder: string
let server: Server
let base: string
let answer: Answer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-artifacts-'))
  answer = (_, response) => response.end(JAR)
  ;({ server, base } = await serve((request, response) => answer(request, response)))
})

afterEach(async () => {
  await close(server)
  // A cache may just be opening its folder in it.
  await rm(folder, { recursive: true, maxRetries: 3 })
})

async function serve(handler: Answer): Promise<{ server: Server; base: string }> {
  const started = createServer(handler)
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  return { server: started, base: `http://127.0.0.1:${(started.address() as AddressInfo).port}` }
}

function close(which: Server): Promise<void> {
  which.closeAllConnections()
  return new Promise((resolve) => which.close(() => resolve()))
}

/** The Failure of a fetch; nothing of the file may be left. */
async function failureOf(uri: string, signal?: AbortSignal): Promise<Failure> {
  const error = await artifacts.fetch(uri, folder, signal ? { signal } : {}).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(Failure)
  expect(await readdir(folder)).toEqual([])
  return error as Failure
}

test('a file is fetched whole under its own name, with its size and SHA-256', async () => {
  answer = (_, response) => response.setHeader('content-length', JAR.length).end(JAR)
  const progress: [number, number | undefined][] = []
  const onProgress = (bytes: number, total: number | undefined): void => void progress.push([bytes, total])
  const fetched = await artifacts.fetch(`${base}/a/my%20job.jar?x=1`, folder, { onProgress })
  const sha256 = createHash('sha256').update(JAR).digest('hex')
  expect(fetched).toEqual({ path: join(folder, 'my job.jar'), sizeBytes: JAR.length, sha256, cached: false })
  expect(await readFile(fetched.path)).toEqual(JAR)
  expect(progress.at(-1)).toEqual([JAR.length, JAR.length])
  expect(await readdir(folder)).toEqual(['my job.jar'])
})

describe('an answer that is not the file', () => {
  test.each([
    [401, false, 'wants credentials'],
    [403, false, 'forbids it'],
    [404, false, 'no such file'],
    [418, false, 'answered 418'],
    [429, true, 'fewer requests'],
    [500, true, 'failed (500)'],
    [503, true, 'failed (503)'],
  ])('%i is retryable: %s, and says "%s"', async (status, retryable, words) => {
    answer = (_, response) => response.writeHead(status).end('words of the server')
    const failure = await failureOf(`${base}/job.jar`)
    expect(failure).toMatchObject({ code: 'FILE_UNAVAILABLE', retryable })
    expect(failure.message).toContain(words)
  })

  test('a web page in place of a jar is refused', async () => {
    answer = (_, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end('<html>')
    expect((await failureOf(`${base}/job.jar`)).message).toContain('a web page, not with a jar')
  })

  test('an encoding that nobody asked for is refused', async () => {
    answer = (_, response) => response.setHeader('content-encoding', 'gzip').end(JAR)
    expect((await failureOf(`${base}/job.jar`)).message).toContain('encoded (gzip)')
  })
})

describe('a download that breaks leaves nothing and may be tried again', () => {
  test('when the connection breaks', async () => {
    answer = (_, response) => {
      response.setHeader('content-length', JAR.length)
      response.write(JAR.subarray(0, 1000), () => response.destroy())
    }
    expect(await failureOf(`${base}/job.jar`)).toMatchObject({
      retryable: true,
      message: expect.stringContaining('the connection broke'),
    })
  })

  test('when nothing more comes', async () => {
    answer = (_, response) => response.setHeader('content-length', JAR.length).write(JAR.subarray(0, 1000))
    expect(await failureOf(`${base}/job.jar`)).toMatchObject({
      retryable: true,
      message: expect.stringContaining('stalled'),
    })
  })

  test('when no answer comes', async () => {
    answer = () => {}
    const message = expect.stringContaining('did not answer in time')
    expect(await failureOf(`${base}/job.jar`)).toMatchObject({ retryable: true, message })
  })

  test('when nothing listens', async () => {
    await close(server)
    expect(await failureOf(`${base}/job.jar`)).toMatchObject({
      retryable: true,
      message: expect.stringContaining('connection refused'),
    })
  })
})

test('a host that does not speak TLS and a name that nobody knows are told apart', async () => {
  expect((await failureOf(`${base.replace('http:', 'https:')}/job.jar`)).message).toContain('does not speak TLS')
  expect((await failureOf('http://no-such-host.invalid/job.jar')).message).toContain('the name of its host')
})

test.each([
  ['with a declared size', true],
  ['without one', false],
])('a file %s that is too large is refused', async (_, declared) => {
  answer = (_request, response) => {
    if (declared) response.setHeader('content-length', 300_000)
    response.end(Buffer.alloc(300_000))
  }
  expect((await failureOf(`${base}/job.jar`)).message).toContain('than this server takes (200000 bytes)')
})

test('an aborted fetch ends with the reason of its signal and leaves nothing', async () => {
  const abort = new AbortController()
  answer = (_, response) => response.write(JAR.subarray(0, 1000), () => abort.abort(new Error('deleted')))
  await expect(artifacts.fetch(`${base}/job.jar`, folder, { signal: abort.signal })).rejects.toThrow('deleted')
  expect(await readdir(folder)).toEqual([])
})

describe('redirects', () => {
  test('are followed, and the name stays the one that was asked for', async () => {
    answer = (request, response) =>
      request.url === '/job.jar' ? response.writeHead(302, { location: '/stored/0815' }).end() : response.end(JAR)
    expect((await artifacts.fetch(`${base}/job.jar`, folder)).path).toBe(join(folder, 'job.jar'))
  })

  test.each([
    ['to a forbidden address', 'http://127.0.0.2:1/job.jar', '127.0.0.2 is a loopback'],
    [
      'to the metadata service of a cloud',
      'http://169.254.169.254/job.jar',
      '169.254.169.254 is a loopback, private or otherwise special',
    ],
    ['to another scheme', 'file:///etc/passwd', 'is not followed'],
    ['in a circle', '/job.jar', 'more than 5 times'],
    ['to nowhere', 'http://[', 'is no URI'],
  ])('%s are refused', async (_, location, words) => {
    answer = (_request, response) => response.writeHead(302, { location }).end()
    expect((await failureOf(`${base}/job.jar`)).message).toContain(words)
  })

  test('do not carry credentials to another server', async () => {
    const received: (string | undefined)[] = []
    const other = await serve((request, response) => {
      received.push(request.headers.authorization)
      response.end(JAR)
    })
    answer = (request, response) => {
      received.push(request.headers.authorization)
      response.writeHead(302, { location: `${other.base}/job.jar` }).end()
    }
    await artifacts.fetch(`${base.replace('//', '//us%20er:pass@')}/job.jar`, folder)
    await close(other.server)
    expect(received).toEqual([`Basic ${Buffer.from('us er:pass').toString('base64')}`, undefined])
  })
})

test('a server that trickles is ended', async () => {
  answer = (_, response) => {
    const drip = setInterval(() => response.write('x'), 50)
    response.on('close', () => clearInterval(drip))
  }
  expect(await failureOf(`${base}/job.jar`)).toMatchObject({
    retryable: true,
    message: expect.stringContaining('stalled'),
  })
})

describe('with a cache', () => {
  const received: IncomingMessage[] = []
  let cached: Artifacts
  let state: { body: Buffer; headers: Record<string, string> }
  const OLD = 'Fri, 02 Jan 2026 08:00:00 GMT'
  const take = async (uri = `${base}/job.jar`): Promise<{ cached: unknown; text: string }> => {
    const { path, ...rest } = await cached.fetch(uri, folder)
    return { cached: (rest as { cached?: boolean }).cached, text: await readFile(path, 'utf8') }
  }

  beforeEach(() => {
    cached = createArtifacts({
      fileRoots: [],
      allowAddresses: ['127.0.0.1/32'],
      timeouts: { stallMs: 500 },
      cache: createFileCache({ folder: join(folder, 'cache'), maxBytes: 1_000_000 }),
    })
    received.length = 0
    state = { body: Buffer.from('one'), headers: { etag: '"1"' } }
    // As servers of files do it.
    answer = (request, response) => {
      received.push(request)
      const { etag } = state.headers
      if (etag !== undefined && request.headers['if-none-match'] === etag) return response.writeHead(304).end()
      response.writeHead(200, { 'content-length': state.body.length, ...state.headers }).end(state.body)
    }
  })

  test('what has the same strong ETag is not sent again', async () => {
    expect(await take()).toEqual({ cached: false, text: 'one' })
    expect(await take()).toEqual({ cached: true, text: 'one' })
    expect(received.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"'])
  })

  test('what has another ETag is what is had', async () => {
    await take()
    state = { body: Buffer.from('two'), headers: { etag: '"2"' } }
    expect(await take()).toEqual({ cached: false, text: 'two' })
  })

  test('the same time of change and length stand for the same file, without an ETag', async () => {
    state.headers = { 'last-modified': OLD }
    await take()
    expect(await take()).toEqual({ cached: true, text: 'one' })
  })

  test.each([
    ['time', { body: Buffer.from('two'), headers: { 'last-modified': 'Fri, 02 Jan 2026 08:00:01 GMT' } }],
    ['older time', { body: Buffer.from('two'), headers: { 'last-modified': 'Thu, 01 Jan 2026 08:00:00 GMT' } }],
    ['length', { body: Buffer.from('three'), headers: { 'last-modified': OLD } }],
  ])('another %s stands for another file', async (_, changed) => {
    state.headers = { 'last-modified': OLD }
    await take()
    state = changed
    expect(await take()).toEqual({ cached: false, text: state.body.toString() })
  })

  test.each<[string, () => Record<string, string>]>([
    ['a weak ETag', () => ({ etag: 'W/"1"', 'last-modified': OLD })],
    ['an ETag that is none', () => ({ etag: '1' })],
    ['a time of change that is just now', () => ({ 'last-modified': new Date().toUTCString() })],
    ['no sign of change', () => ({})],
  ])('%s tells nothing: it is fetched each time', async (_, headers) => {
    state.headers = headers()
    await take()
    state.body = Buffer.from('two')
    expect(await take()).toEqual({ cached: false, text: 'two' })
  })

  test('an ETag of one address says nothing of the address that it is redirected to next time', async () => {
    let location = '/stored/1'
    const file = answer
    answer = (request, response) => {
      if (request.url === '/job.jar') return response.writeHead(302, { location }).end()
      file(request, response)
    }
    await take()
    expect((await take()).cached).toBe(true)
    location = '/stored/2'
    state.body = Buffer.from('two')
    expect(await take()).toEqual({ cached: false, text: 'two' })
  })

  test('a 304 that nobody asked for is no file', async () => {
    state.headers = { 'last-modified': OLD }
    await take()
    answer = (_, response) => response.writeHead(304).end()
    await expect(take()).rejects.toThrow('answered 304')
  })

  test('who has no right to a file gets no copy of it', async () => {
    const file = answer
    answer = (request, response) =>
      request.headers.authorization === undefined ? response.writeHead(401).end() : file(request, response)
    await take(`${base.replace('//', '//user:pass@')}/job.jar`)
    await expect(take()).rejects.toThrow('wants credentials')
    answer = (_, response) => response.writeHead(403).end()
    await expect(take(`${base.replace('//', '//user:pass@')}/job.jar`)).rejects.toThrow('forbids it')
  })

  describe('and a SHA-256 in the URI', () => {
    const ONE = createHash('sha256').update('one').digest('hex')

    test('the right file comes, and is asked for once, whatever the server says about it', async () => {
      state.headers = {}
      expect((await take(`${base}/job.jar#sha256=${ONE.toUpperCase()}`)).cached).toBe(false)
      expect((await take(`${base}/job.jar?signed=anew#sha256=${ONE}`)).cached).toBe(true)
      expect(received).toHaveLength(1)
    })

    test('any other is refused with both sums, also from the cache, and not tried again', async () => {
      state.body = Buffer.from('two')
      await take()
      const two = createHash('sha256').update('two').digest('hex')
      const failure = await cached
        .fetch(`${base}/job.jar#sha256=${ONE}`, join(folder, 'x'))
        .catch((error: unknown) => error as Failure)
      expect(failure).toMatchObject({
        code: 'FILE_UNAVAILABLE',
        retryable: false,
        message: expect.stringContaining(`${two}, not ${ONE}`),
      })
      expect(await readdir(join(folder, 'x')).catch(() => [])).toEqual([])
    })

    test('one that is none is told before anything is fetched', async () => {
      await expect(take(`${base}/job.jar#sha256=abc`)).rejects.toThrow('64 hexadecimal digits, not "abc"')
      expect(received).toEqual([])
    })
  })
})

test('credentials never get into a message', async () => {
  answer = (_, response) => response.writeHead(404).end()
  const uri = `${base.replace('//', '//user:hunter2@')}/job.jar?X-Amz-Signature=5ec2e7&sig=5ec2e7&token=5ec2e7#5ec2e7`
  const { message } = await failureOf(uri)
  expect(message).toContain(`${base.replace('//', '//***@')}/job.jar?X-Amz-Signature=***&sig=***&token=***`)
  expect(message).not.toMatch(/hunter2|5ec2e7/)
})
