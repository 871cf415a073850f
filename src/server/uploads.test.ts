/**
 * Uploads to a real server over real connections: what is taken, what is refused and when, and what lies on the disk
 * after that.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createWeirClient } from '../api/client/client.ts'
import { zipOf } from '../artifacts/inspect/zip.fixture.ts'
import { readConfig } from './config.ts'
import { type RunningServer, serve } from './serve.ts'

const MAX_BYTES = 4 * 1024 * 1024
const dataDir = mkdtempSync(join(tmpdir(), 'weir-uploads-'))
let server: RunningServer
let base: string

const start = (folder: string) =>
  serve(
    readConfig(
      {
        'data-dir': folder,
        listen: '127.0.0.1:0',
        runtime: 'fake',
        'log-level': 'silent',
        'max-upload-bytes': String(MAX_BYTES),
      },
      {},
    ),
    {},
  )
const key = (): string => readFileSync(server.keyFile, 'utf8').trim()
const blobs = (): string[] => readdirSync(join(dataDir, 'artifacts')).sort()
/** A sound jar that differs by what is in it. */
const jar = (content: Buffer | string): Buffer => zipOf([{ name: 'content', data: content }])
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

beforeAll(async () => {
  server = await start(dataDir)
  const { items } = (await (
    await fetch(`${server.url}/api/org/v1/workspaces`, { headers: { authorization: `Bearer ${key()}` } })
  ).json()) as { items: { id: string }[] }
  base = `/api/flink/v1/workspaces/${items[0]?.id}`
})

afterAll(async () => {
  await server.close({ stopClusters: false })
  rmSync(dataDir, { recursive: true, force: true })
})

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = { status: number; body: any; headers: Headers }

async function call(
  method: string,
  path: string,
  body?: Buffer | string | ReadableStream,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key()}`, ...headers },
    ...(body !== undefined && { body: body as never, duplex: 'half' }),
  })
  const said = await answer.text()
  return { status: answer.status, headers: answer.headers, body: said === '' ? undefined : JSON.parse(said) }
}

const JAR = { 'content-type': 'application/java-archive' }
const upload = (name: string, bytes: Buffer | string | ReadableStream, query = '', headers = {}): Promise<Answer> =>
  call('POST', `${base}/artifacts?name=${name}${query}`, bytes, { ...JAR, ...headers })
const create = (name: string, jars: string[]): Promise<Answer> =>
  call(
    'POST',
    `${base}/sessions`,
    JSON.stringify({
      name,
      runtime: 'FLINK_1_20',
      jars,
      plugins: [],
      flinkConfiguration: {},
      logConfiguration: {},
      jobManagerResource: {},
      taskManagerResource: {},
    }),
    { 'content-type': 'application/json' },
  )

/** Asks until it holds; vitest's own limit ends a wait in vain. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn()
}

describe('an upload', () => {
  test('is a version that comes back byte for byte, and lies on the disk for its owner only', async () => {
    const bytes = jar(randomBytes(300_000))
    const { status, body, headers } = await upload('round.jar', bytes)
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^[A-Z0-9]{16}$/),
      name: 'round.jar',
      version: 1,
      uri: 'artifact://round.jar?version=1',
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      contentType: 'application/java-archive',
      createdAt: expect.any(String),
      inspection: {
        entries: 1,
        classes: 0,
        entryClasses: [],
        connectors: [],
        bundlesFlink: [],
        signed: false,
        signers: [],
      },
    })
    expect(headers.get('location')).toBe(`${base}/artifacts/${body.id}`)
    const file = join(dataDir, 'artifacts', body.sha256)
    expect(statSync(file).mode & 0o377).toBe(0)
    expect(statSync(join(dataDir, 'artifacts')).mode & 0o077).toBe(0)
    const content = await fetch(`${server.url}${base}/artifacts/${body.id}/content`, {
      headers: { authorization: `Bearer ${key()}` },
    })
    expect(content.headers.get('etag')).toBe(`"${sha256(bytes)}"`)
    expect(content.headers.get('content-length')).toBe(`${bytes.length}`)
    expect(sha256(Buffer.from(await content.arrayBuffer()))).toBe(sha256(bytes))
    expect((await call('GET', `${base}/artifacts/${body.id}`)).body).toEqual(body)
  })

  test('whose headers alone are asked for is not read', async () => {
    const bytes = jar(randomBytes(3_000_000))
    const { body } = await upload('head.jar', bytes)
    const path = `${base}/artifacts/${body.id}/content`
    const io = '/proc/self/io'
    const bytesRead = () => (existsSync(io) ? Number(/^rchar: (\d+)$/m.exec(readFileSync(io, 'utf8'))?.[1]) : 0)
    const before = bytesRead()
    const { status, headers } = await call('HEAD', path)
    expect([status, headers.get('content-length'), headers.get('etag')]).toEqual([
      200,
      `${bytes.length}`,
      `"${sha256(bytes)}"`,
    ])
    // The reading goes on after the answer, so another request is answered first.
    await call('GET', `${base}/artifacts/${body.id}`)
    expect(bytesRead() - before).toBeLessThan(1_000_000)
  })

  test('of the newest content is no new version; of an older one it is, on the same bytes', async () => {
    const first = await upload('again.jar', jar('one'), `&sha256=${sha256(jar('one')).toUpperCase()}`)
    expect([(await upload('again.jar', jar('one'))).status, (await upload('again.jar', jar('one'))).body.id]).toEqual([
      200,
      first.body.id,
    ])
    expect((await upload('again.jar', jar('two'))).body.version).toBe(2)
    const third = await upload('again.jar', jar('one'))
    expect([third.status, third.body.version, third.body.sha256]).toEqual([201, 3, first.body.sha256])
    expect((await call('DELETE', `${base}/artifacts/${first.body.id}`)).status).toBe(204)
    expect(blobs()).toContain(first.body.sha256)
    expect((await call('DELETE', `${base}/artifacts/${third.body.id}`)).status).toBe(204)
    expect(blobs()).not.toContain(first.body.sha256)
    expect((await upload('again.jar', jar('four'))).body.version).toBe(4)
    const versions = (await call('GET', `${base}/artifacts?name=again.jar`)).body.items.map(
      ({ version }: { version: number }) => version,
    )
    expect(versions).toEqual([2, 4])
  })

  test('that is repeated with its Idempotency-Key makes one version, also after another one came', async () => {
    const headers = { 'idempotency-key': 'k' }
    const first = await upload('key.jar', jar('one'), '', headers)
    await upload('key.jar', jar('two'))
    expect((await upload('key.jar', jar('one'), '', headers)).body.id).toBe(first.body.id)
    expect((await upload('key.jar', jar('three'), '', headers)).body.code).toBe('IDEMPOTENCY_KEY_REUSED')
    expect(blobs()).not.toContain(sha256(jar('three')))
  })

  test('of one name, twenty at once, loses none', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => jar(`content ${i % 10}`))
    const answers = await Promise.all(contents.map((content) => upload('race.jar', content)))
    for (const [i, { body }] of answers.entries()) {
      expect(body.sha256).toBe(sha256(contents[i]!))
      expect((await call('GET', `${base}/artifacts/${body.id}`)).status).toBe(200)
      expect(existsSync(join(dataDir, 'artifacts', body.sha256))).toBe(true)
    }
    const { items } = (await call('GET', `${base}/artifacts?name=race.jar&limit=100`)).body
    expect(items.map(({ version }: { version: number }) => version)).toEqual(Array.from(items, (_, i) => i + 1))
  })

  test('and the deletion of the last version with its content, repeated at once, leave both or neither', async () => {
    for (let round = 0; round < 20; round++) {
      const {
        body: { id },
      } = await upload('dance.jar', jar('dance'))
      const [{ body }, deleted] = await Promise.all([
        upload('dance.jar', jar('dance')),
        call('DELETE', `${base}/artifacts/${id}`),
      ])
      expect(deleted.status).toBe(204)
      const isThere = (await call('GET', `${base}/artifacts/${body.id}`)).status === 200
      expect(existsSync(join(dataDir, 'artifacts', sha256(jar('dance'))))).toBe(isThere)
    }
  })

  test('of many pieces without an announced length is taken as well', async () => {
    const bytes = jar(Buffer.alloc(50_000, 'x'))
    const pieces = ReadableStream.from(
      Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, i) => bytes.subarray(i * 1000, (i + 1) * 1000)),
    )
    expect((await upload('pieces.jar', pieces)).body).toMatchObject({ sizeBytes: bytes.length, sha256: sha256(bytes) })
  })

  test('sends its body when it was told to go on', async () => {
    const bytes = jar('hello')
    const sent = request(`${server.url}${base}/artifacts?name=expect.jar`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key()}`, ...JAR, 'content-length': bytes.length, expect: '100-continue' },
    })
    sent.flushHeaders()
    await new Promise((resolve) => sent.on('continue', resolve))
    sent.end(bytes)
    expect((await answered(sent)).status).toBe(201)
  })
})

/** The answer to a request that may still be writing its body. */
function answered(
  sent: ReturnType<typeof request>,
): Promise<{ status: number; body: { code: string; message: string }; continued: boolean }> {
  let continued = false
  sent.on('continue', () => {
    continued = true
  })
  return new Promise((resolve, reject) => {
    sent.on('error', reject).on('response', async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: JSON.parse(await text(answer)), continued })
    })
  })
}

describe('refused, with nothing left on the disk', () => {
  let before: string[]
  const nothingLeft = () => until(() => blobs().join() === before.join())
  beforeAll(() => {
    before = blobs()
  })

  test('a length beyond the limit, before any of it is sent', async () => {
    const sent = request(`${server.url}${base}/artifacts?name=big.jar`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key()}`, ...JAR, 'content-length': MAX_BYTES + 1, expect: '100-continue' },
    })
    sent.flushHeaders()
    expect(await answered(sent)).toMatchObject({
      status: 413,
      continued: false,
      body: { message: expect.stringContaining(`${MAX_BYTES}`) },
    })
    sent.destroy()
    await nothingLeft()
  })

  test('a caller without a key, before any of it is sent', async () => {
    const sent = request(`${server.url}${base}/artifacts?name=big.jar`, {
      method: 'POST',
      headers: { ...JAR, 'content-length': 100, expect: '100-continue' },
    })
    sent.flushHeaders()
    expect(await answered(sent)).toMatchObject({ status: 401, continued: false })
    sent.destroy()
  })

  test('more bytes than the limit in pieces without an announced length', async () => {
    const sent = request(`${server.url}${base}/artifacts?name=big.jar`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key()}`, ...JAR },
    })
    const answer = answered(sent)
    for (let bytes = 0; bytes <= MAX_BYTES; bytes += 65_536) sent.write(Buffer.alloc(65_536))
    expect(await answer).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE', message: expect.stringContaining(`${MAX_BYTES} bytes`) },
    })
    sent.destroy()
    await nothingLeft()
  })

  test.each([
    ['another SHA-256', 'a.jar', `&sha256=${'0'.repeat(64)}`, 'x', {}, 422, 'query/sha256'],
    ['nothing at all', 'a.jar', '', '', {}, 422, ''],
    ['an encoded body', 'a.jar', '', 'x', { 'content-encoding': 'gzip' }, 415, 'header/Content-Encoding'],
    ['a name with a folder', '..%2Fa.jar', '', 'x', {}, 400, 'query/name'],
    ['a name that is hidden', '.a.jar', '', 'x', {}, 400, 'query/name'],
    ['what is called no jar', 'a.zip', '', 'x', {}, 400, 'query/name'],
    ['no SHA-256', 'a.jar', '&sha256=12', 'x', {}, 400, 'query/sha256'],
  ])('%s', async (_what, name, query, bytes, headers, status, path) => {
    const answer = await upload(name, bytes, query, headers)
    expect([answer.status, answer.body.details.map((detail: { path: string }) => detail.path)]).toEqual([
      status,
      [path],
    ])
    await nothingLeft()
  })

  test.each([
    [
      'what is no zip',
      () => Buffer.from('<html>404 not found</html>'),
      /^the file is not a sound jar: it is not a jar, or only a part of one/,
    ],
    [
      'a jar whose end was left behind',
      () => jar('cut').subarray(0, -10),
      /^the file is not a sound jar: it is not a jar, or only a part of one/,
    ],
    [
      'an entry that leads out of the folder it is unpacked in',
      () => zipOf(['a.class', '../x.class']),
      /^the file is not a sound jar: .*\.\.\/x\.class/,
    ],
  ])('%s, saying why', async (_what, bytes, why) => {
    const { status, body } = await upload('unsound.jar', bytes())
    expect([status, body]).toEqual([
      422,
      expect.objectContaining({
        code: 'CANNOT_BE_CARRIED_OUT',
        message: expect.stringMatching(why),
        details: [{ path: '', message: body.message }],
      }),
    ])
    expect((await call('GET', `${base}/artifacts?name=unsound.jar`)).body.items).toEqual([])
    await nothingLeft()
  })

  test('a media type of text or JSON, which names those that are taken', async () => {
    for (const type of ['application/json', 'text/plain']) {
      const answer = await upload('a.jar', '{}', '', { 'content-type': type })
      expect([answer.status, answer.body.message]).toEqual([415, expect.stringContaining('application/java-archive')])
    }
  })

  test.each(['content-length: 1000', 'transfer-encoding: chunked'])(
    'a connection that breaks in the middle of %s',
    async (framing) => {
      const { port } = new URL(server.url)
      const socket = connect(Number(port), '127.0.0.1')
      const head = [
        `POST ${base}/artifacts?name=cut.jar HTTP/1.1`,
        'host: localhost',
        `authorization: Bearer ${key()}`,
        'content-type: application/zip',
        framing,
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n${framing.startsWith('t') ? '5\r\n' : ''}hello`)
      await until(() => blobs().length > before.length)
      socket.resetAndDestroy()
      await nothingLeft()
      expect((await call('GET', `${base}/artifacts?name=cut.jar`)).body.items).toEqual([])
    },
  )

  test('a caller who says that all was sent when it was not', async () => {
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.end(
      `POST ${base}/artifacts?name=cut.jar HTTP/1.1\r\nhost: localhost\r\nauthorization: ` +
        `Bearer ${key()}\r\ncontent-type: application/zip\r\n` +
        'content-length: 100\r\n\r\nhello',
    )
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 /)
    await nothingLeft()
  })
})

describe('in specs', () => {
  test('a name is pinned to the version that is the newest, and stays there', async () => {
    await upload('pin.jar', jar('one'))
    const session = (await create('pinned', ['artifact://pin.jar'])).headers.get('location')!
    await upload('pin.jar', jar('two'))
    expect((await call('GET', session)).body.jars).toEqual(['artifact://pin.jar?version=1'])
    const job = await call(
      'POST',
      `${session}/jobs`,
      JSON.stringify({
        name: 'j',
        flinkConfiguration: {},
        job: { args: [], jarUri: 'artifact://pin.jar' },
      }),
      { 'content-type': 'application/json' },
    )
    expect((await call('GET', job.headers.get('location')!)).body.job.jarUri).toBe('artifact://pin.jar?version=2')
  })

  test('what was never uploaded is told with what there is, for each field', async () => {
    await upload('known.jar', jar('one'))
    const answer = await call(
      'POST',
      `${base}/sessions`,
      JSON.stringify({
        name: 'missing',
        runtime: 'FLINK_1_20',
        jars: ['artifact://knwon.jar', 'artifact://known.jar?version=7'],
        plugins: [{ name: 'p1', jars: ['artifact://elsewhere-altogether.jar'] }],
        flinkConfiguration: {},
        logConfiguration: {},
        jobManagerResource: {},
        taskManagerResource: {},
      }),
      { 'content-type': 'application/json' },
    )
    expect([answer.status, answer.body.details]).toEqual([
      422,
      [
        { path: '/jars/0', message: expect.stringContaining('did you mean "known.jar"') },
        { path: '/jars/1', message: expect.stringContaining('there are 1') },
        { path: '/plugins/0/jars/0', message: expect.stringContaining('weir artifact upload') },
      ],
    ])
  })

  test.each([
    'artifact://',
    'artifact:x.jar',
    'artifact://x.jar?version=0',
    'artifact://x.jar?v=1',
    'artifact://../x.jar',
    'artifact://x.jar#1',
  ])('%s is refused', async (uri) => {
    const answer = await create('odd', [uri])
    expect([answer.status, answer.body.details[0].path]).toEqual([422, '/jars/0'])
  })

  test('a version in use is not deleted, and who uses it is told by name', async () => {
    const {
      body: { id },
    } = await upload('used.jar', jar('used'))
    const session = (await create('user', ['artifact://used.jar'])).headers.get('location')!
    const refused = await call('DELETE', `${base}/artifacts/${id}`)
    expect([refused.status, refused.body.code, refused.body.message]).toEqual([
      409,
      'ARTIFACT_IN_USE',
      expect.stringContaining('(user)'),
    ])
    await call('DELETE', `${session}?force=true`)
    await until(async () => (await call('GET', session)).status === 404)
    expect((await call('DELETE', `${base}/artifacts/${id}`)).status).toBe(204)
    expect(blobs()).not.toContain(sha256(jar('used')))
  })

  test('a session that is created while its jar is deleted has the jar, or is refused', async () => {
    for (let round = 0; round < 10; round++) {
      const {
        body: { id, sha256: content },
      } = await upload('contended.jar', jar(`contended ${round}`))
      const [created, deleted] = await Promise.all([
        create(`contender ${round}`, ['artifact://contended.jar']),
        call('DELETE', `${base}/artifacts/${id}`),
      ])
      expect([[created.status, deleted.status]]).toEqual([created.status === 201 ? [201, 409] : [422, 204]])
      expect(blobs().includes(content)).toBe(created.status === 201)
    }
  })
})

test('a server that stops does not wait for an upload, and answers it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-uploads-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const stopping = await start(folder)
  const client = createWeirClient({ url: stopping.url, token: readFileSync(stopping.keyFile, 'utf8').trim() })
  const listed = await client.listWorkspaces({ query: {} })
  const ws = listed.ok ? listed.data.items[0]?.id : ''
  const sent = request(`${stopping.url}/api/flink/v1/workspaces/${ws}/artifacts?name=slow.jar`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${readFileSync(stopping.keyFile, 'utf8').trim()}`,
      ...JAR,
      'content-length': 1000,
    },
  })
  const answer = answered(sent)
  sent.write('hello')
  await until(() => readdirSync(join(folder, 'artifacts')).length > 0)
  const closed = stopping.close({ stopClusters: false })
  expect(await answer).toMatchObject({ status: 503, body: { code: 'SERVER_STOPPING' } })
  sent.destroy()
  await closed
  expect(readdirSync(join(folder, 'artifacts'))).toEqual([])
})
