import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CLUSTER_BODY, JOB_BODY, SESSION_BODY, sharedApi } from '../../tests/support/api.ts'

const api = sharedApi()

/** Bodies that are nearly right: a good one in which some values, at any depth, are replaced or added. */
const near = (good: object): fc.Arbitrary<unknown> =>
  fc
    .record({
      changes: fc.dictionary(
        fc.oneof(
          fc.constantFrom(...Object.keys(good), 'labels', 'taskManagers', '__proto__', 'constructor'),
          fc.string(),
        ),
        fc.jsonValue(),
      ),
      job: fc.option(
        fc.dictionary(fc.constantFrom('args', 'jarUri', 'entryClass', 'initialSavepoint', 'id'), fc.jsonValue()),
        { nil: undefined },
      ),
      name: fc.option(fc.string({ unit: 'binary', maxLength: 70 }), { nil: undefined }),
      flinkConfiguration: fc.option(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), {
        nil: undefined,
      }),
    })
    .map(({ changes, ...rest }) => {
      const given = Object.entries(rest).filter(([, value]) => value !== undefined)
      return { ...good, ...changes, ...Object.fromEntries(given) }
    })

const anyBody = (good: object) =>
  fc.oneof(
    { weight: 3, arbitrary: near(good).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  )

test('no body makes the server fail, and every answer is one of the contract', async () => {
  const { call, base, session, job } = api()
  const path = await session()
  const jobPath = await job(path)
  const targets = [
    ['POST', `${base}/sessions`, SESSION_BODY],
    ['POST', `${path}/jobs`, JOB_BODY],
    ['PATCH', path, SESSION_BODY],
    ['PATCH', jobPath, JOB_BODY],
    ['POST', '/api/org/v1/clusters', CLUSTER_BODY],
    ['POST', '/api/org/v1/workspaces', { name: 'w', kubeNamespace: 'n' }],
  ] as const
  for (const [method, to, good] of targets) {
    await fc.assert(
      fc.asyncProperty(anyBody(good), async (raw) => {
        const answer = await call(method, to, { raw })
        expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
        if (answer.status < 300) expect((await call('GET', answer.headers.location ?? to)).status).toBe(200)
      }),
      { numRuns: 40 },
    )
  }
})

test('no query and no header makes the server fail', async () => {
  const { call, base } = api()
  const path = await api().session({ name: 'target' })
  const word = fc.string({ unit: 'binary', maxLength: 40 })
  const headerValue = fc.string({ maxLength: 40 }).filter((text) => /^[\t\x20-\x7e]*$/.test(text))
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.oneof(fc.constantFrom('limit', 'marker', 'name', 'state', 'label', 'cascade', 'tail'), word), word),
        { maxLength: 4 },
      ),
      headerValue,
      async (query, header) => {
        const text = query
          .map((pair) => pair.map((part) => encodeURIComponent(part.toWellFormed())).join('='))
          .join('&')
        for (const to of [`${base}/sessions`, `${path}/events`, `${path}/logs`]) {
          expect((await call('GET', `${to}?${text}`)).status).toBeLessThan(500)
        }
        const headers = { 'if-match': header, 'idempotency-key': header, 'x-request-id': header }
        expect((await call('PATCH', path, { body: {}, headers })).status).toBeLessThan(500)
      },
    ),
    { numRuns: 30 },
  )
})
