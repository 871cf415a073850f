import { describe, expect, test } from 'vitest'
import { SESSION_BODY, sharedApi, startApi } from '../../tests/support/api.ts'

const WORKSPACES = '/api/org/v1/workspaces'
const idOf = (path: string): string => path.split('/').at(-1) ?? ''
const inNamespace = (cluster: string, kubeNamespace = 'team', change = {}) => ({
  kubeClusterId: idOf(cluster),
  kubeNamespace,
  kubeServiceAccount: 'flink',
  ...change,
})

describe('201', () => {
  test('a workspace on this machine', async () => {
    const { call } = await startApi()
    const { status, body, headers } = await call('POST', WORKSPACES, { body: { name: ' here ' } })
    expect([status, headers.etag, headers.location]).toEqual([201, '"1"', `${WORKSPACES}/${body.id}`])
    expect(body).toEqual({
      id: expect.stringMatching(/^[A-Z0-9]{16}$/),
      name: 'here',
      revision: 1,
      state: 'ACTIVE',
      status: { stale: false, conditions: [] },
      createdAt: '2025-01-31T12:00:00.000Z',
      updatedAt: '2025-01-31T12:00:00.000Z',
    })
  })

  test('a workspace in a namespace of a cluster, with its folder for state', async () => {
    const { call, cluster } = await startApi()
    const target = inNamespace(await cluster(), 'team-a', {
      kubeServiceAccount: 'flink.jobs',
      kubeStorage: 's3://bucket/weir',
    })
    const { body, headers } = await call('POST', WORKSPACES, { body: { name: 'there', ...target } })
    expect(body).toMatchObject({ name: 'there', ...target, state: 'ACTIVE' })
    expect((await call('GET', headers.location!)).body).toEqual(body)
    expect((await call('GET', `${WORKSPACES}?name=there`)).body).toEqual({ items: [body] })
    expect((await call('GET', WORKSPACES)).body.items.map(({ name }: { name: string }) => name)).toEqual([
      'default',
      'there',
    ])
  })

  test('a request that is repeated with its Idempotency-Key makes one workspace', async () => {
    const { call } = await startApi()
    const ask = (name: string) => call('POST', WORKSPACES, { body: { name }, headers: { 'idempotency-key': 'k' } })
    const first = await ask('a')
    expect((await ask('a')).body).toEqual(first.body)
    expect((await ask('b')).body.code).toBe('IDEMPOTENCY_KEY_REUSED')
  })
})

describe('200, 202 and 204', () => {
  test('a rename moves the revision, one to the same name does not', async () => {
    const { call, workspace } = await startApi()
    const path = await workspace()
    expect((await call('PATCH', path, { body: {} })).body.revision).toBe(1)
    const { body, headers } = await call('PATCH', path, { body: { name: 'b' }, headers: { 'if-match': '"1"' } })
    expect([body.name, body.revision, headers.etag]).toEqual(['b', 2, '"2"'])
  })

  test('a deleted workspace is DELETING until it is gone, takes no session and is not renamed', async () => {
    const { call, workspace, store } = await startApi()
    const path = await workspace()
    const sessions = `/api/flink/v1/workspaces/${idOf(path)}/sessions`
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('DELETE', path)).status).toBe(204)
    expect((await call('GET', path)).body).toMatchObject({ state: 'DELETING', revision: 2 })
    for (const [method, to, body] of [
      ['POST', sessions, SESSION_BODY],
      ['PATCH', path, { name: 'x' }],
    ] as const) {
      const answer = await call(method, to, { body })
      expect([answer.status, answer.body.code]).toEqual([409, 'BEING_DELETED'])
    }
    await store.workspaces.remove(idOf(path))
    expect((await call('GET', path)).status).toBe(404)
    expect((await call('POST', sessions, { body: SESSION_BODY })).status).toBe(404)
  })

  test('a fresh look is asked for where there is something to look at', async () => {
    const { call, cluster, workspace, pass } = await startApi()
    const there = await workspace({ name: 'there', ...inNamespace(await cluster()) })
    const here = await workspace({ name: 'here' })
    const asked = await call('POST', `${there}/checks`)
    expect([asked.status, asked.body.status.checkRequestedAt]).toEqual([202, '2025-01-31T12:00:00.000Z'])
    const idle = await call('POST', `${here}/checks`)
    expect([idle.status, idle.body.status]).toEqual([202, { stale: false, conditions: [] }])
    pass(3_600_000)
    expect([(await call('GET', there)).body.status.stale, (await call('GET', here)).body.status.stale]).toEqual([
      true,
      false,
    ])
  })
})

describe('400, 403, 404 and 422', () => {
  const api = sharedApi()
  const refused = async (body: object) => {
    const answer = await api().call('POST', WORKSPACES, { body: { name: 'x', ...body } })
    return [answer.status, ...answer.body.details.map(({ path }: { path: string }) => path)]
  }

  test('the fields for Kubernetes are given together', async () => {
    expect(await refused({ kubeNamespace: 'n' })).toEqual([422, '/kubeClusterId', '/kubeServiceAccount'])
    expect(await refused({ kubeStorage: 's3://b' })).toEqual([
      422,
      '/kubeClusterId',
      '/kubeNamespace',
      '/kubeServiceAccount',
    ])
  })

  test.each(['', 'Team', 'a_b', '-a', 'a-', 'a.b', 'a'.repeat(64)])('a namespace named "%s"', async (kubeNamespace) => {
    expect((await refused(inNamespace('C', kubeNamespace))).slice(0, 2)).toEqual([400, '/kubeNamespace'])
  })

  test('a folder for state is one that Flink can write to', async () => {
    expect(await refused(inNamespace('C', 'n', { kubeStorage: 'https://host/x' }))).toEqual([422, '/kubeStorage'])
  })

  test('a cluster that does not exist', async () => {
    const { status, body } = await api().call('POST', WORKSPACES, { body: { name: 'x', ...inNamespace('NONE') } })
    expect([status, body.code, body.message]).toEqual([404, 'NOT_FOUND', 'There is no cluster NONE.'])
  })

  test('a workspace that does not exist, and a target that cannot be changed', async () => {
    const { call, workspace } = api()
    for (const method of ['PATCH', 'DELETE']) {
      expect((await call(method, `${WORKSPACES}/NONE`, method === 'PATCH' ? { body: { name: 'x' } } : {})).status).toBe(
        404,
      )
    }
    expect((await call('POST', `${WORKSPACES}/NONE/checks`)).status).toBe(404)
    const { status, body } = await call('PATCH', await workspace({ name: 'fixed' }), { body: { kubeNamespace: 'n' } })
    expect([status, body.details[0].path]).toEqual([400, '/kubeNamespace'])
  })

  test('a root key makes none', async () => {
    const { call, rootKey: key } = api()
    expect((await call('POST', WORKSPACES, { key, body: { name: 'x' } })).status).toBe(403)
  })
})

describe('409 and 412', () => {
  test('a name or a namespace that another has, naming it', async () => {
    const { call, cluster, workspace } = await startApi()
    const [one, two] = [await cluster({ name: 'one' }), await cluster({ name: 'two' })]
    const path = await workspace({ name: 'a', ...inNamespace(one) })
    const ask = (body: object) => call('POST', WORKSPACES, { body })
    const name = await ask({ name: 'a' })
    expect([name.status, name.body.code]).toEqual([409, 'NAME_TAKEN'])
    const namespace = await ask({ name: 'b', ...inNamespace(one) })
    expect([namespace.status, namespace.body.code, namespace.body.details[0].path]).toEqual([
      409,
      'NAMESPACE_TAKEN',
      '/kubeNamespace',
    ])
    expect(namespace.body.message).toContain(`belongs to the workspace ${idOf(path)} (a)`)
    expect((await ask({ name: 'b', ...inNamespace(two) })).status).toBe(201)
  })

  test('a workspace with sessions, naming them', async () => {
    const { call, session, ws } = await startApi()
    const path = await session()
    const answer = await call('DELETE', `${WORKSPACES}/${ws}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'WORKSPACE_HAS_SESSIONS'])
    expect(answer.body.message).toContain(`${idOf(path)} (Example Flink Session)`)
  })

  test('an old revision', async () => {
    const { call, workspace } = await startApi()
    const path = await workspace()
    for (const method of ['PATCH', 'DELETE']) {
      const answer = await call(method, path, {
        headers: { 'if-match': '"7"' },
        ...(method === 'PATCH' && { body: { name: 'b' } }),
      })
      expect([answer.status, answer.body.code]).toEqual([412, 'REVISION_STALE'])
    }
  })
})

test('a session is held against the rules of the target that it is in', async () => {
  const { call, base, cluster, workspace } = await startApi()
  const there = `/api/flink/v1/workspaces/${idOf(await workspace(inNamespace(await cluster())))}`
  const body = {
    ...SESSION_BODY,
    jars: ['file:///opt/a.jar'],
    taskManagers: { min: 1 },
    flinkConfiguration: { 'high-availability.type': 'kubernetes' },
  }
  const paths = async (of: string) =>
    (await call('POST', `${of}/sessions`, { body })).body.details.map(({ path }: { path: string }) => path)
  expect(await paths(there)).toEqual(['/jars/0', '/taskManagers/min'])
  expect(await paths(base)).toEqual(['/flinkConfiguration/high-availability.type'])
})
