/** No request keeps the others waiting: what each costs is counted as the CPU time of the thread that answers. */
import { beforeAll, expect, test } from 'vitest'
import { sharedApi, startApi, type TestApi } from '../../tests/support/api.ts'
import { AT_THE_LIMITS } from '../../tests/support/at-the-limits.ts'
import { identify } from '../auth/identity.ts'

const api = sharedApi()

/** The bound is 100 ms on an ordinary machine; a slow one that does ten other things needs some times as much. */
const MOST_MS = 500

async function cost(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

const fullPath = (path: string): string => (/^\/(api|docs)/.test(path) ? path : api().base + path)

/** What is only done once is no request's own cost. */
beforeAll(async () => {
  await api().session()
  await api().app.inject('/docs/')
}, 60_000)

test.each(AT_THE_LIMITS)('$what: $method $path', async ({ method, path, raw, headers }) => {
  const { app, adminKey } = api()
  const request = {
    method: method as 'GET',
    url: fullPath(path),
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(raw !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(raw !== undefined && { payload: raw }),
  }
  let status = 0
  const ms = await cost(async () => {
    status = (await app.inject(request)).statusCode
  })
  expect(status).toBeLessThan(500)
  expect(ms).toBeLessThan(MOST_MS)
})

/** Items of all pages, and the size of the largest page in bytes. */
async function walk({ call }: TestApi, path: string): Promise<{ items: unknown[]; largest: number }> {
  const items: unknown[] = []
  let [largest, marker] = [0, '']
  do {
    const { body } = await call('GET', `${path}?limit=100${marker && `&marker=${marker}`}`)
    largest = Math.max(largest, JSON.stringify(body).length)
    items.push(...body.items)
    marker = body.marker ?? ''
  } while (marker !== '')
  return { items, largest }
}

test('a page of sessions is as long as was asked for, however large what they were made of is', async () => {
  const api = await startApi()
  const flinkConfiguration = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`a${n}`, 'x'.repeat(60_000)]))
  for (let number = 0; number < 10; number++) await api.session({ name: `s${number}`, flinkConfiguration })
  const { body } = await api.call('GET', `${api.base}/sessions`)
  expect([body.items.length, body.total, body.marker]).toEqual([10, 10, undefined])
})

test('a page of uploaded files ends at a mebibyte, and the next one goes on there', async () => {
  const api = await startApi()
  const signers = Array.from({ length: 100 }, (_, n) => `META-INF/${n}${'x'.repeat(150)}.RSA`)
  const inspection = {
    entries: 1,
    classes: 1,
    entryClasses: signers,
    connectors: [],
    bundlesFlink: signers,
    signers,
    signed: true,
  }
  for (let number = 0; number < 60; number++) {
    const sha256 = number.toString(16).padStart(64, '0')
    await api.store.artifacts.add({ workspace: api.ws, name: `a${number}.jar`, sizeBytes: 1, sha256, inspection })
  }
  const { items, largest } = await walk(api, `${api.base}/artifacts`)
  expect(items).toHaveLength(60)
  expect(largest).toBeGreaterThan(500_000)
  expect(largest).toBeLessThan(1.1 * 1024 ** 2)
})

test('a page of clusters ends at a mebibyte too, and has one however large that is', async () => {
  const api = await startApi()
  const { identity } = await identify(api.store.accounts, `Bearer ${api.adminKey}`)
  const organization = identity?.kind === 'service-account' ? identity.account.organization : ''
  const certificateAuthorityData = 'x'.repeat(500_000)
  for (let number = 0; number < 5; number++) {
    const cluster = { server: 'https://kube.example', certificateAuthorityData }
    const config = { cluster, auth: { bearerToken: { token: 'x' } } }
    await api.store.kubeClusters.create({ organization, name: `c${number}`, config })
  }
  const { items, largest } = await walk(api, '/api/org/v1/clusters')
  expect(items).toHaveLength(5)
  expect(largest).toBeLessThan(1.1 * 1024 ** 2)
})
