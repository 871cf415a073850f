import { Writable } from 'node:stream'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { SESSION_BODY, sharedApi, startApi } from '../../tests/support/api.ts'
import { newKey } from '../auth/keys.ts'

const api = sharedApi()

describe('401', () => {
  const nobodys = newKey()
  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['another scheme', 'Basic YTpi'],
    ['no token', 'Bearer'],
    ['what is no key', 'Bearer secret'],
    ["nobody's key", `Bearer ${nobodys}`],
    ['a key and more', `Bearer ${nobodys} x`],
  ])('credentials: %s', async (_what, authorization) => {
    const answer = await api().call('GET', '/api/org/v1/me', { key: null, headers: { authorization } })
    expect([answer.status, answer.body.code, answer.headers['www-authenticate']]).toEqual([
      401,
      'UNAUTHENTICATED',
      'Bearer realm="weir"',
    ])
  })

  test('the answer is the same whatever was wrong with the key', async () => {
    const wrong = [undefined, 'Bearer x', `Bearer ${nobodys}`].map(async (authorization) => {
      const { body } = await api().call('GET', `${api().base}/sessions`, { key: null, headers: { authorization } })
      return { ...body, requestId: '' }
    })
    expect(new Set((await Promise.all(wrong)).map((body) => JSON.stringify(body))).size).toBe(1)
  })

  test('comes before anything about the request is looked at', async () => {
    for (const path of [`${api().base}/sessions`, '/api/flink/v1/workspaces/NONE/sessions']) {
      expect((await api().call('POST', path, { key: null, raw: '{' })).status).toBe(401)
    }
  })

  test('the word Bearer may be written in any case', async () => {
    const { call, adminKey } = api()
    expect(
      (await call('GET', '/api/org/v1/me', { key: null, headers: { authorization: `bearer ${adminKey}` } })).status,
    ).toBe(200)
  })

  test('a refused key never reaches the log, nor does one that is good', async () => {
    const lines: string[] = []
    const sink = new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk))
        done()
      },
    })
    const { call, adminKey, base } = await startApi({ logger: pino({ level: 'trace' }, sink) })
    await call('GET', `${base}/sessions`, { key: nobodys })
    await call('GET', `${base}/sessions`)
    await call('POST', `${base}/sessions`, { body: SESSION_BODY })
    const text = lines.join('')
    expect(text).toContain('"reason":"unknown"')
    expect(text).toContain('"operation":"CreateFlinkSession"')
    expect(text.includes(adminKey.slice(5)) || text.includes(nobodys.slice(5))).toBe(false)
  })
})

describe('403', () => {
  test('a root key is good for nothing but telling who it is', async () => {
    const { call, rootKey: key, base, ws } = api()
    for (const path of [
      '/api/org/v1/workspaces',
      `/api/org/v1/workspaces/${ws}`,
      `${base}/sessions`,
      `${base}/runtimes`,
    ]) {
      const answer = await call('GET', path, { key })
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'FORBIDDEN'])
    }
    expect((await call('POST', `${base}/sessions`, { key, body: SESSION_BODY })).status).toBe(403)
  })
})

describe('404', () => {
  test.each([
    ['GET', '/nothing'],
    ['GET', '/api/flink/v1/nothing'],
    ['GET', '/api/org/v1/me/'],
    ['GET', '/API/org/v1/me'],
  ])('no such operation: %s %s', async (method, path) => {
    const answer = await api().call(method, path)
    expect([answer.status, answer.body.code]).toEqual([404, 'ROUTE_NOT_FOUND'])
  })

  test('operations of later versions are not there', async () => {
    const session = await api().session({ name: 'later' })
    for (const path of [`${session}/urls`, `${session}/jobs/A/savepoints`, `${session}/rollback`]) {
      expect((await api().call('POST', path)).body.code).toBe('ROUTE_NOT_FOUND')
    }
  })

  test.each(['ABCDEFGH23456789', 'no-such-id', 'lower', '..', '%00', '\u{1F680}', 'A'.repeat(21)])(
    'no such workspace, session or job: %s',
    async (id) => {
      const { call, base } = api()
      const session = await api().session({ name: `of ${id.slice(0, 30).replace('%00', 'NUL')}` })
      const encoded = id === '%00' ? id : encodeURIComponent(id).replace('..', '%2E%2E.')
      for (const path of [
        `/api/org/v1/workspaces/${encoded}`,
        `/api/flink/v1/workspaces/${encoded}/sessions`,
        `${base}/sessions/${encoded}`,
        `${base}/sessions/${encoded}/jobs`,
        `${session}/jobs/${encoded}`,
        `${session}/jobs/${encoded}/events`,
      ]) {
        expect([path, (await call('GET', path)).body.code]).toEqual([path, 'NOT_FOUND'])
      }
      for (const method of ['DELETE', 'PATCH']) {
        expect(
          (await call(method, `${session}/jobs/${encoded}`, method === 'PATCH' ? { body: { name: 'x' } } : {})).status,
        ).toBe(404)
      }
    },
  )

  test('a job is only found in its own session, a session only in its own workspace', async () => {
    const { call, job, session, store, ws } = api()
    const [mine, other] = [await session({ name: 'mine' }), await session({ name: 'other' })]
    const path = await job(mine)
    expect((await call('GET', path.replace(mine, other))).body.code).toBe('NOT_FOUND')
    expect((await call('DELETE', path.replace(mine, other))).body.code).toBe('NOT_FOUND')
    const spec = { ...SESSION_BODY } as never
    const { organization } = await store.accounts.bootstrap()
    const elsewhere = await store.workspaces.create({ organization: organization.id, name: 'elsewhere' })
    const workspace = 'resource' in elsewhere ? elsewhere.resource.id : ''
    const foreign = await store.resources.create({ kind: 'session', workspace, name: 'foreign', spec, by: 'system' })
    if (foreign.outcome !== 'CREATED') throw new Error(foreign.outcome)
    const { body, status } = await call('GET', `/api/flink/v1/workspaces/${ws}/sessions/${foreign.resource.id}`)
    expect([status, body.message]).toEqual([404, `There is no session ${foreign.resource.id}.`])
  })

  test('a job for a session that does not exist', async () => {
    const body = { name: 'x', flinkConfiguration: {}, job: { args: [] } }
    const answer = await api().call('POST', `${api().base}/sessions/NONE/jobs`, { body })
    expect([answer.status, answer.body.code]).toEqual([404, 'NOT_FOUND'])
  })
})

test('every answer names its request, by the ID that the caller gave if it is harmless', async () => {
  const { call } = api()
  expect((await call('GET', '/nothing', { headers: { 'x-request-id': 'trace-1' } })).body.requestId).toBe('trace-1')
  const { body, headers } = await call('GET', '/nothing', { headers: { 'x-request-id': 'a b"' } })
  expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers['x-request-id']).toBe(body.requestId)
})
