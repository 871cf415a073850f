import { describe, expect, test } from 'vitest'
import { JOB_BODY, SESSION_BODY, startApi } from '../../tests/support/api.ts'

describe('201', () => {
  test('a session is created from a request of the original service, as it stands', async () => {
    const { call, base } = await startApi()
    const created = await call('POST', `${base}/sessions`, { body: SESSION_BODY })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({
      id: expect.stringMatching(/^[A-Z0-9]{16}$/),
      name: 'Example Flink Session',
      stale: false,
      state: 'PENDING',
      createdAt: '2025-01-31T12:00:00.000Z',
      updatedAt: '2025-01-31T12:00:00.000Z',
    })
    expect(created.headers).toMatchObject({
      etag: '"1"',
      location: `${base}/sessions/${created.body.id}`,
      'content-type': 'application/json; charset=utf-8',
    })
  })

  test('a session job is created from a request of the original service, as it stands', async () => {
    const { call, session } = await startApi()
    const path = await session()
    const created = await call('POST', `${path}/jobs`, { body: JOB_BODY })
    expect(created.status).toBe(201)
    expect(created.headers.location).toBe(`${path}/jobs/${created.body.id}`)
    const { body } = await call('GET', `${path}/jobs/${created.body.id}`)
    expect(body).toMatchObject({
      ...JOB_BODY,
      revision: 1,
      desiredState: 'RUNNING',
      job: {
        entryClass: 'com.example.flink.Job',
        args: [],
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        name: JOB_BODY.name,
      },
    })
  })

  test('everything that a spec may hold comes back as it was sent', async () => {
    const { call, session, job } = await startApi()
    const extras = { labels: { team: 'a/b' }, taskManagers: { min: 1, max: 3 } }
    const path = await session(extras)
    expect((await call('GET', path)).body).toMatchObject({ ...SESSION_BODY, ...extras })
    const start = { initialSavepoint: { location: 's3://b/sp' }, allowNonRestoredState: true }
    const work = { args: ['--x', ''], jarUri: 'local:///opt/flink/x.jar', ...start }
    const jobPath = await job(path, { job: work, upgradeMode: 'LAST_STATE' })
    expect((await call('GET', jobPath)).body).toMatchObject({ job: work, upgradeMode: 'LAST_STATE' })
  })

  test('names are kept trimmed and in one Unicode form, and their length is counted in that form', async () => {
    const { call, session } = await startApi()
    const decomposed = 'e\u0301'.repeat(63)
    expect((await call('GET', await session({ name: `  ${decomposed}\t` }))).body.name).toBe('é'.repeat(63))
    expect((await call('GET', await session({ name: '流れ 🚀' }))).body.name).toBe('流れ 🚀')
  })

  test('a POST that is repeated with its Idempotency-Key creates once', async () => {
    const { call, base } = await startApi()
    const headers = { 'idempotency-key': 'k-1' }
    const first = await call('POST', `${base}/sessions`, { body: SESSION_BODY, headers })
    const reordered = Object.fromEntries(Object.entries(SESSION_BODY).reverse())
    const second = await call('POST', `${base}/sessions`, { body: reordered, headers })
    expect([second.status, second.body.id]).toEqual([201, first.body.id])
    await call('PATCH', first.headers.location!, { body: { name: 'other' } })
    const third = await call('POST', `${base}/sessions`, { body: SESSION_BODY, headers })
    expect([third.body.name, third.headers.etag]).toEqual(['other', '"2"'])
    expect((await call('GET', `${base}/sessions`)).body.items).toHaveLength(1)
  })

  test('a job that is created twice with one Idempotency-Key has one Flink job ID', async () => {
    const { call, session } = await startApi()
    const path = await session()
    const headers = { 'idempotency-key': 'k-1' }
    const ids = [1, 2].map(async () => (await call('POST', `${path}/jobs`, { body: JOB_BODY, headers })).body.id)
    const [first, second] = await Promise.all(ids)
    expect(second).toBe(first)
  })
})

describe('200', () => {
  test('the caller learns who it is', async () => {
    const { call, rootKey } = await startApi()
    expect((await call('GET', '/api/org/v1/me')).body).toMatchObject({ serviceAccount: { username: 'admin' } })
    expect((await call('GET', '/api/org/v1/me', { key: rootKey })).body).toEqual({ root: {} })
  })

  test('workspaces are listed and described', async () => {
    const { call, ws } = await startApi()
    const { items } = (await call('GET', '/api/org/v1/workspaces')).body
    expect(items).toMatchObject([{ id: ws, name: 'default', revision: 1 }])
    const described = await call('GET', `/api/org/v1/workspaces/${ws}`)
    expect([described.body, described.headers.etag]).toEqual([items[0], '"1"'])
  })

  test('runtimes are listed', async () => {
    const { call, base } = await startApi()
    expect((await call('GET', `${base}/runtimes`)).body).toEqual({
      items: [
        {
          id: 'FLINK_1_17',
          flinkVersion: '1.17.1',
          installed: true,
          s3PluginVersion: '1.17.1',
          java: { supported: [11], experimental: [], used: '17.0.15', note: 'not officially' },
        },
        { id: 'FLINK_2_3', flinkVersion: '2.3.0', installed: false, java: { supported: [17, 11], experimental: [21] } },
      ],
    })
  })

  test('a rename moves the revision, and one that changes nothing does not', async () => {
    const { call, session, pass } = await startApi()
    const path = await session()
    pass(1_000)
    const renamed = await call('PATCH', path, { body: { name: ' new ' } })
    expect(renamed.body).toMatchObject({ name: 'new', revision: 2, updatedAt: '2025-01-31T12:00:01.000Z' })
    pass(1_000)
    for (const body of [{}, { name: 'new' }, { ...SESSION_BODY, name: 'new' }]) {
      const same = await call('PATCH', path, { body })
      expect([same.status, same.body.revision, same.body.updatedAt]).toEqual([200, 2, '2025-01-31T12:00:01.000Z'])
    }
  })

  test('a job is renamed, also when its whole spec is sent again', async () => {
    const { call, session, job } = await startApi()
    const path = await job(await session())
    const renamed = await call('PATCH', path, { body: { ...JOB_BODY, name: 'new' } })
    expect([renamed.status, renamed.body.name, renamed.headers.etag]).toEqual([200, 'new', '"2"'])
  })

  test('lists say how old what they tell is, as descriptions do', async () => {
    const { call, store, session, pass } = await startApi()
    const path = await session()
    const list = path.slice(0, path.lastIndexOf('/'))
    const listed = async () => (await call('GET', list)).body.items[0]
    expect(await listed()).toMatchObject({ stale: false })
    expect(await listed()).not.toHaveProperty('observedAt')
    const status = { observedAt: '2025-01-31T12:00:00.000Z', detail: 'up', restarts: 0, conditions: [] }
    await store.resources.observed(path.split('/').at(-1)!, { state: 'RUNNING', status })
    pass(30_000)
    expect(await listed()).toMatchObject({ stale: false, observedAt: status.observedAt })
    pass(1)
    expect(await listed()).toMatchObject({ stale: true, observedAt: status.observedAt })
  })

  test('what was seen comes with its age: past the limit it is stale, and final states never are', async () => {
    const { call, store, session, pass } = await startApi()
    const path = await session()
    const id = path.split('/').at(-1)!
    expect((await call('GET', path)).body.status).toEqual({
      detail: 'accepted',
      restarts: 0,
      conditions: [],
      stale: false,
    })
    pass(20_000)
    const status = { observedAt: '2025-01-31T12:00:20.000Z', detail: 'up', restarts: 0, conditions: [] }
    await store.resources.observed(id, { state: 'RUNNING', status })
    pass(30_000)
    expect((await call('GET', path)).body).toMatchObject({ state: 'RUNNING', revision: 1, status: { stale: false } })
    pass(1)
    expect((await call('GET', path)).body).toMatchObject({ status: { ...status, stale: true } })
    await store.resources.observed(id, { state: 'FAILED', status })
    expect((await call('GET', path)).body).toMatchObject({ state: 'FAILED', status: { stale: false } })
  })

  test("a job's ID is that of its latest attempt", async () => {
    const { call, store, session, job } = await startApi()
    const sessionPath = await session()
    const path = await job(sessionPath)
    const [jobId, sessionId] = [path, sessionPath].map((location) => location.split('/').at(-1)!) as [string, string]
    const flinkJobId = 'ab'.repeat(16)
    await store.attempts.begin({ job: jobId, host: sessionId, flinkJobId, generation: 1, incarnation: 'i' })
    expect((await call('GET', path)).body.job.id).toBe(flinkJobId)
  })

  test('events tell who did what, page by page', async () => {
    const { call, session } = await startApi()
    const path = await session()
    await call('PATCH', path, { body: { name: 'new' } })
    const first = (await call('GET', `${path}/events?limit=1`)).body
    expect(first.items).toMatchObject([
      { reason: 'Created', severity: 'INFO', by: expect.stringMatching(/^service-account:/) },
    ])
    const second = (await call('GET', `${path}/events?limit=50&marker=${encodeURIComponent(first.marker)}`)).body
    expect(second.items).toHaveLength(1)
    expect(second.marker).toBeUndefined()
  })

  test('logs of a session, and of the session that a job runs in', async () => {
    const { call, session, job, logs } = await startApi()
    logs.push({
      process: 'jobmanager',
      generation: 1,
      state: 'EXITED',
      startedAt: '2025-01-31T12:00:00.000Z',
      lines: ['a', 'b'],
    })
    const path = await session()
    expect((await call('GET', `${path}/logs?tail=1`)).body.items).toMatchObject([
      { process: 'jobmanager', lines: ['b'] },
    ])
    expect((await call('GET', `${await job(path)}/logs`)).body.items).toMatchObject([{ lines: ['a', 'b'] }])
  })

  test('lists can be narrowed by name, state and label', async () => {
    const { call, base, store, session } = await startApi()
    const one = await session({ name: 'one', labels: { team: 'a' } })
    await session({ name: 'two', labels: { team: 'b' } })
    await store.resources.observed(one.split('/').at(-1)!, {
      state: 'RUNNING',
      status: { detail: '', restarts: 0, conditions: [] },
    })
    const names = async (query: string) => {
      const { body } = await call('GET', `${base}/sessions?${query}`)
      return body.items.map(({ name }: { name: string }) => name)
    }
    expect(await names('name=%20one%20')).toEqual(['one'])
    expect(await names('state=PENDING')).toEqual(['two'])
    expect(await names('label=team')).toEqual(['one', 'two'])
    expect(await names('label=team%3Db')).toEqual(['two'])
    expect(await names('label=team%3Db&name=one')).toEqual([])
    await call('DELETE', one)
    expect(await names('state=DELETING')).toEqual(['one'])
    expect(await names('state=RUNNING')).toEqual([])
  })
})

describe('204', () => {
  test('a deletion is accepted, shows as DELETING and may be repeated', async () => {
    const { call, session } = await startApi()
    const path = await session()
    const deleted = await call('DELETE', path)
    expect([deleted.status, deleted.body]).toEqual([204, undefined])
    expect((await call('GET', path)).body.state).toBe('DELETING')
    expect((await call('DELETE', `${path}?force=true`)).status).toBe(204)
  })

  test('cascade takes the jobs along, force is kept', async () => {
    const { call, store, session, job } = await startApi()
    const path = await session()
    const jobPath = await job(path)
    expect((await call('DELETE', `${path}?cascade&force=true`)).status).toBe(204)
    const stored = await store.resources.get('session', path.split('/').at(-1)!)
    expect(stored?.deletion).toMatchObject({ cascade: true, force: true })
    expect((await call('DELETE', jobPath)).status).toBe(204)
  })

  test('a client that says JSON and sends nothing is understood', async () => {
    const { call, session } = await startApi()
    expect((await call('DELETE', await session(), { raw: '' })).status).toBe(204)
  })
})
