import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { SESSION_BODY, startApi } from '../../tests/support/api.ts'
import { StoreError } from '../store/errors.ts'
import type { Store } from '../store/store.ts'

const failing =
  (error: unknown) =>
  (real: Store): Store => ({
    ...real,
    resources: { ...real.resources, create: () => Promise.reject(error), list: () => Promise.reject(error) },
  })
const coded = (code: string) => Object.assign(new Error('what the driver said of /var/secret'), { code })

test.each([
  ['the full disk', new StoreError('DISK_FULL', 'disk of /var is full')],
  ['a full SQLite', coded('SQLITE_FULL')],
  ['a full PostgreSQL', coded('53100')],
])('507: %s', async (_what, error) => {
  const { call, base } = await startApi({ store: failing(error) })
  const answer = await call('POST', `${base}/sessions`, { body: SESSION_BODY })
  expect([answer.status, answer.body.code]).toEqual([507, 'STORE_FULL'])
  expect(answer.body.message).not.toContain('/var')
})

describe('503', () => {
  test.each([
    ['the lost database', new StoreError('LOST', 'lost'), 'STORE_UNAVAILABLE'],
    ['a busy SQLite', coded('SQLITE_BUSY'), 'STORE_UNAVAILABLE'],
    ['a PostgreSQL that shuts down', coded('57P01'), 'STORE_UNAVAILABLE'],
    ['a refused connection', new Error('query failed', { cause: coded('ECONNREFUSED') }), 'STORE_UNAVAILABLE'],
  ])('%s', async (_what, error, code) => {
    const { call, base } = await startApi({ store: failing(error) })
    for (const answer of [
      await call('POST', `${base}/sessions`, { body: SESSION_BODY }),
      await call('GET', `${base}/sessions`),
    ]) {
      expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([503, code, '1'])
      expect(answer.body.message).not.toContain('/var')
    }
  })
})

describe('500', () => {
  test('a defect is told by its request ID, and nothing of it is shown', async () => {
    const { call, base } = await startApi({ store: failing(coded('SQLITE_CONSTRAINT_UNIQUE')) })
    const { status, body } = await call('GET', `${base}/sessions`)
    const message = expect.stringContaining('requestId')
    expect([status, body]).toEqual([500, { code: 'INTERNAL', message, details: [], requestId: expect.any(String) }])
    expect(JSON.stringify(body)).not.toContain('secret')
  })
})

test.each([
  ['bytes that are no HTTP', 'nonsense\r\n\r\n', 400, 'BAD_REQUEST'],
  [
    'headers without end',
    `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
    431,
    'HEADERS_TOO_LARGE',
  ],
])('%s are answered with the same body as everything else', async (_what, sent, status, code) => {
  const { app } = await startApi()
  await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(sent)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  expect(head).toContain('Content-Type: application/json; charset=utf-8')
  expect(JSON.parse(body)).toMatchObject({ code, details: [], requestId: expect.any(String) })
})
