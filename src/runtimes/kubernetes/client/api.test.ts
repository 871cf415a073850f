import { gzipSync } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import { type KubeApiOptions, kubeApi } from './api.ts'
import { connect } from './connection.ts'
import { KubeError, KubeUnreachable } from './errors.ts'
import { answer, type Handler, refuse, type TestServer, testServer } from './server.fixture.ts'

const PODS = '/api/v1/namespaces/ns/pods'

async function withApi(
  handler: Handler,
  use: (api: ReturnType<typeof kubeApi>, server: TestServer) => Promise<void>,
  options: KubeApiOptions = {},
) {
  await using server = await testServer(handler)
  const connection = connect({ cluster: { server: `${server.url}/prefix/` }, auth: {} })
  try {
    await use(kubeApi(connection, options), server)
  } finally {
    await connection.close()
  }
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('requests', () => {
  test('each verb sends what Kubernetes expects of it, below the path of the server', async () => {
    await withApi(
      (_request, response) => {
        answer(response, 200, { metadata: { name: 'p' } })
      },
      async (api, server) => {
        await api.get(`${PODS}/p`, { pretty: false, none: undefined })
        await api.create(PODS, { kind: 'Pod' })
        await api.apply(`${PODS}/p`, { kind: 'Pod' }, { fieldManager: 'me', force: true })
        await api.merge(`${PODS}/p`, { metadata: { labels: { a: null } } })
        await api.delete(`${PODS}/p`, { uid: 'u', gracePeriodSeconds: 0, propagationPolicy: 'Foreground' })
        expect(
          server.received.map(({ method, url, headers, body }) => [method, url, headers['content-type'], body]),
        ).toEqual([
          ['GET', `/prefix${PODS}/p?pretty=false`, undefined, ''],
          ['POST', `/prefix${PODS}`, 'application/json', '{"kind":"Pod"}'],
          ['PATCH', `/prefix${PODS}/p?fieldManager=me&force=true`, 'application/apply-patch+yaml', '{"kind":"Pod"}'],
          ['PATCH', `/prefix${PODS}/p`, 'application/merge-patch+json', '{"metadata":{"labels":{"a":null}}}'],
          [
            'DELETE',
            `/prefix${PODS}/p`,
            'application/json',
            JSON.stringify({
              kind: 'DeleteOptions',
              apiVersion: 'v1',
              gracePeriodSeconds: 0,
              propagationPolicy: 'Foreground',
              preconditions: { uid: 'u' },
            }),
          ],
        ])
        expect(api.requests).toMatchObject({
          count: 5,
          byVerb: { get: 1, create: 1, apply: 1, merge: 1, delete: 1, list: 0 },
        })
        expect(server.connections()).toBeLessThanOrEqual(2)
      },
    )
  })

  test('a list is all its pages', async () => {
    await withApi(
      ({ url }, response) => {
        const next = new URL(url, 'http://x').searchParams.get('continue')
        const first = { items: [1, 2], metadata: { resourceVersion: '9', continue: 'more&' } }
        answer(response, 200, next ? { items: [3], metadata: { resourceVersion: '9' } } : first)
      },
      async (api, server) => {
        expect(await api.list(PODS, { labelSelector: 'a=b,c' })).toEqual({ items: [1, 2, 3], resourceVersion: '9' })
        expect(server.received.map(({ url }) => new URL(url, 'http://x').search)).toEqual([
          '?labelSelector=a%3Db%2Cc&limit=500',
          '?labelSelector=a%3Db%2Cc&limit=500&continue=more%26',
        ])
      },
    )
  })

  test('a list whose first page has become too old is had at once instead', async () => {
    await withApi(
      ({ url }, response) => {
        const query = new URL(url, 'http://x').searchParams
        if (query.has('continue')) refuse(response, 410, 'Expired', 'the provided continue parameter is too old')
        else if (query.has('limit'))
          answer(response, 200, { items: [1], metadata: { resourceVersion: '9', continue: 'x' } })
        else answer(response, 200, { items: [1, 2], metadata: { resourceVersion: '12' } })
      },
      async (api) => {
        expect(await api.list(PODS)).toEqual({ items: [1, 2], resourceVersion: '12' })
      },
    )
  })

  test('text ends where it becomes too long', async () => {
    await withApi(
      (_request, response) => {
        response.write('0123456789')
        response.write('abc')
      },
      async (api) => {
        expect(await api.text(`${PODS}/p/log`, { tailLines: 10 }, { maxBytes: 8 })).toBe('01234567')
      },
    )
  })

  test('compressed answers are read', async () => {
    await withApi(
      (request, response) => {
        expect(request.headers['accept-encoding']).toBe('gzip')
        response.writeHead(200, { 'content-encoding': 'gzip' })
        response.end(gzipSync('{"a":1}'))
      },
      async (api) => {
        expect(await api.get(PODS)).toEqual({ a: 1 })
      },
    )
  })
})

describe('answers that say no', () => {
  test('carry status, reason and details', async () => {
    await withApi(
      (_request, response) => {
        const details = { causes: [{ field: '.spec' }] }
        answer(response, 409, {
          kind: 'Status',
          code: 409,
          reason: 'Conflict',
          message: 'Apply failed with 1 conflict',
          details,
        })
      },
      async (api) => {
        const error = await failureOf(api.apply(`${PODS}/p`, {}, { fieldManager: 'me', force: false }))
        expect(error).toBeInstanceOf(KubeError)
        expect(error).toMatchObject({
          status: 409,
          reason: 'Conflict',
          details: { causes: [{ field: '.spec' }] },
          message: `PATCH ${PODS}/p: Apply failed with 1 conflict (409)`,
        })
      },
    )
  })

  test('may be plain text, as for a kind that is not installed', async () => {
    await withApi(
      (_request, response) => {
        answer(response, 404, '404 page not found\n')
      },
      async (api) => {
        expect(await failureOf(api.get('/apis/x/v1/y'))).toMatchObject({
          status: 404,
          reason: 'NotFound',
          details: undefined,
        })
        expect(await api.find('/apis/x/v1/y/z')).toBeUndefined()
      },
    )
  })

  test('a delete that has nothing left to do is done; another conflict is not', async () => {
    await withApi(
      ({ url }, response) => {
        if (url.endsWith('/gone')) refuse(response, 404, 'NotFound', 'pods "gone" not found')
        else refuse(response, 409, 'Conflict', 'Precondition failed: UID in precondition: u, UID in object meta: v')
      },
      async (api) => {
        await api.delete(`${PODS}/gone`)
        await api.delete(`${PODS}/other`, { uid: 'u' })
        expect(await failureOf(api.delete(`${PODS}/other`))).toMatchObject({ reason: 'Conflict' })
      },
    )
  })

  test('401 says what to look at', async () => {
    await withApi(
      (_request, response) => {
        refuse(response, 401, 'Unauthorized', 'Unauthorized')
      },
      async (api, server) => {
        const error = await failureOf(api.get(PODS))
        expect(error).toMatchObject({ status: 401, reason: 'Unauthorized' })
        expect(String(error)).toContain('credentials are wrong or have expired')
        expect(server.received).toHaveLength(1)
      },
    )
  })

  test('a ping is content with any of them but those that say that it is down', async () => {
    let status = 403
    await withApi(
      (_request, response) => {
        answer(response, status, '')
      },
      async (api) => {
        for (status of [200, 401, 403, 404]) await api.ping(PODS)
        status = 500
        expect(await failureOf(api.ping(PODS))).toBeInstanceOf(KubeUnreachable)
      },
      { timeoutMs: 300 },
    )
  })
})

describe('tries', () => {
  const first = (times: number, status: number, headers: Record<string, string> = {}): Handler => {
    let left = times
    return (_request, response) => {
      if (left-- > 0) refuse(response, status, 'TooManyRequests', 'try again later', headers)
      else answer(response, 200, { ok: true })
    }
  }

  test.each([429, 503, 500])('a GET is tried again after %i', async (status) => {
    await withApi(first(2, status), async (api, server) => {
      expect(await api.get(PODS)).toEqual({ ok: true })
      expect(server.received).toHaveLength(3)
    })
  })

  test('Retry-After is kept to', async () => {
    await withApi(first(1, 429, { 'retry-after': '1' }), async (api) => {
      const start = performance.now()
      await api.get(PODS)
      expect(performance.now() - start).toBeGreaterThan(950)
    })
  })

  test('a change is sent again after 429 alone, which says that nothing was done', async () => {
    await withApi(first(1, 429), async (api, server) => {
      await api.create(PODS, {})
      expect(server.received).toHaveLength(2)
    })
    await withApi(first(1, 500), async (api, server) => {
      expect(await failureOf(api.create(PODS, {}))).toMatchObject({ name: 'KubeUnreachable', status: 500 })
      expect(server.received).toHaveLength(1)
    })
  })

  test('"not now" that lasts is unreachable, within the time of one request', async () => {
    await withApi(first(1e9, 429, { 'retry-after': '60' }), async (api) => {
      const error = await failureOf(api.get(PODS))
      expect(error).toBeInstanceOf(KubeUnreachable)
      expect(error).toMatchObject({ status: 429 })
      expect(String(error)).toContain('try again later')
    })
  })

  test('a connection that breaks is tried again for a GET, and not for a change', async () => {
    let left = 1
    const breaking: Handler = (_request, response) => {
      if (left-- > 0) response.destroy()
      else answer(response, 200, { ok: true })
    }
    await withApi(breaking, async (api) => {
      expect(await api.get(PODS)).toEqual({ ok: true })
      left = 1
      expect(await failureOf(api.create(PODS, {}))).toBeInstanceOf(KubeUnreachable)
    })
  })

  test('no answer ends with the time of one request', async () => {
    await withApi(
      () => {},
      async (api) => {
        const error = await failureOf(api.get(PODS))
        expect(error).toBeInstanceOf(KubeUnreachable)
        expect(String(error)).toContain('no answer within 100 ms')
      },
      { timeoutMs: 100 },
    )
  })

  test('half an answer ends with the time of one request too', async () => {
    await withApi(
      (_request, response) => {
        response.write('{')
      },
      async (api) => {
        expect(await failureOf(api.get(PODS))).toBeInstanceOf(KubeUnreachable)
      },
      { timeoutMs: 100 },
    )
  })

  test('something else than an API server is told as that', async () => {
    await withApi(
      (_request, response) => {
        answer(response, 200, '<html>welcome</html>')
      },
      async (api) => {
        expect(String(await failureOf(api.get(PODS)))).toContain("isn't an API server")
      },
    )
  })
})
