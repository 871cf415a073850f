/** Whatever comes over the wire is answered in the one form, with its status, and found in the log by its ID. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { pino } from 'pino'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { SESSION_BODY, sharedApi, startApi } from '../../tests/support/api.ts'
import { ERRORS } from './errors.ts'

const lines: { reqId?: string; status?: number; code?: string; level: number }[] = []
let port: number

const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
const api = sharedApi({ logger })

beforeAll(async () => {
  await api().app.listen({ port: 0, host: '127.0.0.1' })
  port = (api().app.server.address() as AddressInfo).port
})

interface Raw {
  status: number
  headers: Record<string, string>
  body: { message: string; code: string; requestId: string; details: unknown[] }
}

/** Sends bytes as they are; the answer to the first request among them. */
async function raw(text: string): Promise<Raw> {
  const said = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let all = ''
    socket
      .on('data', (chunk) => {
        all += String(chunk)
        const [head = '', body] = all.split('\r\n\r\n')
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
        if (body !== undefined && Buffer.byteLength(body) >= length) socket.destroy()
      })
      .on('error', reject)
      .on('close', () => resolve(all))
    socket.write(Buffer.from(text, 'latin1'))
  })
  const [head = '', body = ''] = said.split('\r\n\r\n')
  const [first = '', ...rest] = head.split('\r\n')
  const headers = Object.fromEntries(
    rest.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(first.split(' ')[1]), headers, body: body === '' ? undefined : JSON.parse(body) }
}

const head = (first: string, ...more: string[]): string =>
  [first, 'Host: localhost', `Authorization: Bearer ${api().adminKey}`, ...more, '', ''].join('\r\n')

function expectFailure({ status, headers, body }: Raw, code: keyof typeof ERRORS): void {
  expect([status, body.code]).toEqual([ERRORS[code].status, code])
  expect(headers['content-type']).toBe('application/json; charset=utf-8')
  expect(headers['x-request-id']).toBe(body.requestId)
  const line = lines.find(({ reqId, status }) => reqId === body.requestId && status !== undefined)
  expect(line).toMatchObject({ status, code })
}

describe('what is no readable request has the one error body, and a line in the log', () => {
  const long = 'a'.repeat(20_000)
  const unreadable: [what: string, text: () => string, code: keyof typeof ERRORS][] = [
    ['a method that there is not', () => head('FOO / HTTP/1.1'), 'BAD_REQUEST'],
    ['a method in small letters', () => head('get / HTTP/1.1'), 'BAD_REQUEST'],
    ['a version that there is not', () => head('GET / HTTP/3.7'), 'BAD_REQUEST'],
    ['HTTP/2 without TLS', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'BAD_REQUEST'],
    ['a space in the path', () => head('GET /a b HTTP/1.1'), 'BAD_REQUEST'],
    ['NUL in the path', () => head('GET /\0 HTTP/1.1'), 'BAD_REQUEST'],
    ['bytes in the path that are no ASCII', () => head('GET /\xe9 HTTP/1.1'), 'BAD_REQUEST'],
    ['a header without a name', () => head('GET / HTTP/1.1', 'A B: c'), 'BAD_REQUEST'],
    ['no Host', () => 'GET / HTTP/1.1\r\n\r\n', 'BAD_REQUEST'],
    ['two lengths', () => head('POST / HTTP/1.1', 'Content-Length: 2', 'Content-Length: 3'), 'BAD_REQUEST'],
    [
      'a length and pieces',
      () => head('POST / HTTP/1.1', 'Content-Length: 2', 'Transfer-Encoding: chunked'),
      'BAD_REQUEST',
    ],
    ['a length that is no number', () => head('POST / HTTP/1.1', 'Content-Length: abc'), 'BAD_REQUEST'],
    ['a URL without end', () => head(`GET /${long} HTTP/1.1`), 'HEADERS_TOO_LARGE'],
    ['headers without end', () => head('GET / HTTP/1.1', `A: ${long}`), 'HEADERS_TOO_LARGE'],
    ['an expectation', () => head('GET / HTTP/1.1', 'Expect: miracles'), 'EXPECTATION_FAILED'],
    ['a tunnel', () => head('CONNECT example.org:443 HTTP/1.1'), 'METHOD_NOT_ALLOWED'],
    ['an escape that is none in the path', () => head('GET /api/org/v1/workspaces/%zz HTTP/1.1'), 'BAD_REQUEST'],
    ['half an escape in the path', () => head('GET /api/org/v1/workspaces/%e2%82 HTTP/1.1'), 'BAD_REQUEST'],
    ['an escape that is none in the query', () => head('GET /api/org/v1/workspaces?name=%zz HTTP/1.1'), 'BAD_REQUEST'],
    ['an ID of 101 characters', () => head(`GET /api/org/v1/workspaces/${'A'.repeat(101)} HTTP/1.1`), 'NOT_FOUND'],
    ['an ID of 9,000 characters', () => head(`GET /api/org/v1/workspaces/${'A'.repeat(9_000)} HTTP/1.1`), 'NOT_FOUND'],
    ['no such path', () => head('GET /api/nothing HTTP/1.1'), 'ROUTE_NOT_FOUND'],
  ]
  test.each(unreadable)('%s', async (_what, text, code) => {
    expectFailure(await raw(text()), code)
  })

  test('a caller without a key learns nothing from the length of an ID', async () => {
    const answer = await raw(`GET /api/org/v1/workspaces/${'A'.repeat(300)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    expectFailure(answer, 'UNAUTHENTICATED')
  })

  test('the query that is not readable is named', async () => {
    const { body } = await raw(head('GET /api/org/v1/workspaces?limit=1&name=%zz HTTP/1.1'))
    expect(body.details).toEqual([{ path: 'query/name', message: expect.stringContaining('"name=%zz"') }])
  })

  test('garbage that comes while an answer is under way cuts it off and is no part of it', async () => {
    const { app } = await startApi()
    const file = new PassThrough()
    app.get('/file', async (_request, reply) => reply.header('content-length', 4).send(file))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1')
    const closed = once(socket, 'close')
    let said = ''
    socket.on('data', (text) => {
      said += text
    })
    file.write('ab')
    socket.write('GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await vi.waitFor(() => expect(said).toMatch(/\r\n\r\nab$/))
    socket.write('\0\0')
    await closed
    expect(said).toMatch(/\r\n\r\nab$/)
  })
})

describe('a request in any form that HTTP allows is answered', () => {
  test.each([
    ['HTTP/1.0', () => head('GET /api/org/v1/me HTTP/1.0')],
    ['HTTP/1.0 without Host', () => `GET /api/org/v1/me HTTP/1.0\r\nAuthorization: Bearer ${api().adminKey}\r\n\r\n`],
    ['its whole address', () => head('GET http://x/api/org/v1/me HTTP/1.1')],
    [
      'an upgrade that is not taken up',
      () => head('GET /api/org/v1/me HTTP/1.1', 'Connection: upgrade', 'Upgrade: h2c'),
    ],
    ['an Accept that JSON does not meet', () => head('GET /api/org/v1/me HTTP/1.1', 'Accept: text/csv')],
  ])('%s', async (_what, text) => {
    const { status, body } = await raw(text())
    expect([status, body]).toMatchObject([200, { serviceAccount: { username: 'admin' } }])
  })
})

describe('a known path and another method: 405 with Allow, without a key', () => {
  test.each(['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'QUERY', 'SEARCH', 'PURGE'])('%s', async (method) => {
    const answer = await raw(`${method} /api/org/v1/workspaces HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    expectFailure(answer, 'METHOD_NOT_ALLOWED')
    expect(answer.headers['allow']).toBe('GET, HEAD, OPTIONS, POST')
  })

  test('whatever it carries', async () => {
    const answer = await raw(head('PUT /api/org/v1/me HTTP/1.1', 'Content-Type: text/x', 'Content-Length: 1') + 'x')
    expectFailure(answer, 'METHOD_NOT_ALLOWED')
  })

  test('also outside of the contract', async () => {
    expect((await raw(head('POST /docs HTTP/1.1'))).headers['allow']).toBe('GET, HEAD, OPTIONS')
  })

  test('OPTIONS answers what a path takes, and lets no other site do anything', async () => {
    const path = `/api/flink/v1/workspaces/${api().ws}/sessions/A`
    const { status, headers } = await raw(
      head(`OPTIONS ${path} HTTP/1.1`, 'Origin: https://example.org', 'Access-Control-Request-Method: DELETE'),
    )
    expect([status, headers['allow']]).toEqual([204, 'DELETE, GET, HEAD, OPTIONS, PATCH'])
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('HEAD answers like GET, without the body', async () => {
    const { status, headers, body } = await raw(head('HEAD /api/org/v1/me HTTP/1.1', 'Connection: close'))
    expect([status, headers['content-type'], body]).toEqual([200, 'application/json; charset=utf-8', undefined])
  })
})

describe('415 says what is read', () => {
  const post = (headers: Record<string, string>, body: string | Buffer = JSON.stringify(SESSION_BODY)) =>
    api().call('POST', `${api().base}/sessions`, { raw: body, headers })

  test.each(['gzip', 'deflate', 'br', 'identity, gzip'])('a body in %s', async (encoding) => {
    const answer = await post({ 'content-encoding': encoding }, Buffer.from('x'))
    expect([answer.status, answer.body.code, answer.headers['accept-encoding']]).toEqual([
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'identity',
    ])
    expect(answer.body.details[0].path).toBe('header/Content-Encoding')
  })

  test.each(['latin1', 'utf-16', '"iso-8859-15"'])('JSON in %s', async (charset) => {
    const answer = await post({ 'content-type': `application/json; charset=${charset}` })
    expect([answer.status, answer.body.details[0].path]).toEqual([415, 'header/Content-Type'])
    expect(answer.body.details[0].message).toContain('UTF-8')
  })

  test('another media type', async () => {
    const answer = await post({ 'content-type': 'text/plain' })
    expect([answer.status, answer.headers['accept']]).toEqual([415, 'application/json'])
  })

  test.each([
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=us-ascii',
  ])('%s is read', async (type) => {
    const answer = await post({ 'content-type': type }, '{"name":')
    expect(answer.body.code).toBe('MALFORMED_JSON')
  })

  test('an encoding that is named but changes nothing', async () => {
    expect((await post({ 'content-encoding': 'identity' }, '{"name":')).body.code).toBe('MALFORMED_JSON')
  })
})
