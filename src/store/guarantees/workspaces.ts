/** Workspaces: names, targets, deletion, and that no session is left behind by one. */
import { describe, expect, test } from 'vitest'
import type { KubeTarget } from '../../domain/kubernetes.ts'
import type { IdempotencyClaim } from '../idempotency.ts'
import type { Workspace, WorkspaceCreated } from '../targets.ts'
import type { DatabaseUnderTest, TestStore } from './test-store.ts'
import { CALLER, createSession, freshStore, made } from './test-store.ts'

const TESTS = 'TESTS'
const claim: IdempotencyClaim = {
  identity: 'service-account:A',
  method: 'POST',
  path: '/workspaces',
  key: 'k',
  bodyHash: 'h',
}
const config = { cluster: { server: 'https://kube.example' }, auth: { bearerToken: { token: 't' } } }

const create = (testStore: TestStore, name: string, kubernetes?: KubeTarget) =>
  testStore.store.workspaces.create({ organization: TESTS, name, ...(kubernetes && { kubernetes }) })

async function madeOf(outcome: Promise<WorkspaceCreated>): Promise<Workspace> {
  const answer = await outcome
  if (answer.outcome !== 'CREATED') throw new Error(`expected a workspace: ${JSON.stringify(answer)}`)
  return answer.resource
}

async function clusterOf(testStore: TestStore, name = 'c'): Promise<string> {
  const answer = await testStore.store.kubeClusters.create({ organization: TESTS, name, config })
  if (answer.outcome !== 'CREATED') throw new Error(answer.outcome)
  return answer.resource.id
}

const inNamespace = (cluster: string, namespace: string): KubeTarget => ({
  cluster,
  namespace,
  serviceAccount: 'flink',
})

export const workspaces = (under: DatabaseUnderTest) =>
  describe('workspaces', () => {
    const testStore = freshStore(under, [])
    const fresh = async () =>
      under.run(
        testStore.dataDir,
        testStore.database,
        `insert into organizations (id, name, created_at, updated_at) values ('${TESTS}', 'tests', 'then', 'then')`,
      )

    test('a created one is read back as it was answered, with its place', async () => {
      await fresh()
      const local = await madeOf(create(testStore, '  here '))
      expect(local).toEqual({
        id: local.id,
        name: 'here',
        revision: 1,
        status: { conditions: [] },
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
      })
      const kubernetes = { ...inNamespace(await clusterOf(testStore), 'team'), storage: 's3://bucket/weir' }
      const there = await madeOf(create(testStore, 'there', kubernetes))
      expect(there.kubernetes).toEqual(kubernetes)
      expect(await testStore.store.workspaces.get(there.id)).toEqual(there)
      expect(await testStore.store.workspaces.all()).toEqual([local, there])
      expect(await testStore.store.workspaces.list({ limit: 5 }, { name: ' there' })).toEqual({ items: [there] })
      const first = await testStore.store.workspaces.list({ limit: 1 })
      expect(await testStore.store.workspaces.list({ limit: 1, marker: first.marker! })).toEqual({ items: [there] })
    })

    test('names are unique, whichever way Unicode spells them, until the workspace is gone', async () => {
      await fresh()
      const { id } = await madeOf(create(testStore, 'caf\u00e9'))
      expect(await create(testStore, ' cafe\u0301')).toEqual({ outcome: 'NAME_TAKEN', id, deleting: false })
      const other = await madeOf(create(testStore, 'other'))
      expect(await testStore.store.workspaces.rename(other.id, 'cafe\u0301')).toEqual({
        outcome: 'NAME_TAKEN',
        id,
        deleting: false,
      })
      await testStore.store.workspaces.requestDeletion(id)
      expect(await create(testStore, 'caf\u00e9')).toEqual({ outcome: 'NAME_TAKEN', id, deleting: true })
      expect(await testStore.store.workspaces.remove(id)).toBe(true)
      await madeOf(create(testStore, 'caf\u00e9'))
    })

    test('a namespace of a cluster belongs to one workspace; the database itself refuses a second', async () => {
      await fresh()
      const [one, two] = [await clusterOf(testStore, 'one'), await clusterOf(testStore, 'two')]
      const { id } = await madeOf(create(testStore, 'a', inNamespace(one, 'team')))
      expect(await create(testStore, 'b', inNamespace(one, 'team'))).toEqual({
        outcome: 'NAMESPACE_TAKEN',
        id,
        name: 'a',
      })
      expect(await create(testStore, 'b', inNamespace('NONE', 'team'))).toEqual({ outcome: 'CLUSTER_MISSING' })
      await madeOf(create(testStore, 'b', inNamespace(one, 'other')))
      await madeOf(create(testStore, 'c', inNamespace(two, 'team')))
      await madeOf(create(testStore, 'd'))
      await madeOf(create(testStore, 'e'))
      const columns =
        'organization, revision, created_at, updated_at, kube_cluster, kube_namespace, kube_service_account'
      await testStore.store.close()
      const copy =
        `insert into workspaces (id, ` +
        `name, ${columns}) select 'COPY', 'copy', ${columns} from workspaces where name = 'a'`
      await expect(under.run(testStore.dataDir, testStore.database, copy)).rejects.toThrow(/unique/i)
    })

    test('of creates that race for a namespace one wins', async () => {
      await fresh()
      const cluster = await clusterOf(testStore)
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, i) => create(testStore, `w${i}`, inNamespace(cluster, 'team'))),
      )
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['CREATED', ...Array(7).fill('NAMESPACE_TAKEN')])
    })

    test('a repeated request answers the same workspace, as it is now', async () => {
      await fresh()
      const ask = (more = {}) =>
        testStore.store.workspaces.create({ organization: TESTS, name: 'a' }, { ...claim, ...more })
      const { id } = await madeOf(ask())
      await testStore.store.workspaces.rename(id, 'b')
      expect(await ask()).toMatchObject({ outcome: 'REPEATED', resource: { id, name: 'b' } })
      expect(await ask({ bodyHash: 'x' })).toEqual({ outcome: 'KEY_REUSED' })
      await testStore.store.workspaces.remove(id)
      expect(await ask()).toEqual({ outcome: 'GONE' })
    })

    test('a rename moves name, revision and updatedAt; it is refused when stale, late or of nothing', async () => {
      await fresh()
      const { id } = await madeOf(create(testStore, 'a'))
      testStore.clock.advance(1000)
      const { rename, requestDeletion } = testStore.store.workspaces
      expect(await rename(id, ' a ')).toMatchObject({ outcome: 'UNCHANGED', resource: { revision: 1 } })
      const after = { name: 'b', revision: 2, updatedAt: '2026-01-01T00:00:01.000Z' }
      expect(await rename(id, ' b', 1)).toMatchObject({ outcome: 'CHANGED', resource: after })
      expect(await rename(id, 'c', 1)).toEqual({ outcome: 'STALE', revision: 2 })
      expect(await rename('NONE', 'c')).toEqual({ outcome: 'MISSING' })
      await requestDeletion(id)
      expect(await rename(id, 'c')).toEqual({ outcome: 'DELETING' })
    })

    observes(under)
    deletions(under)
  })

const observes = (under: DatabaseUnderTest) =>
  describe('looking at a workspace', () => {
    const testStore = freshStore(under)
    const condition = { type: 'Reachable', status: 'True' as const, reason: 'Answered', message: 'm', since: 's' }
    const kinds = async (after: number) =>
      (await testStore.store.changes.since(after, 100)).map(({ kind, id, what }) => [kind, id, what])

    test('tells the feed only of what is new, and keeps the time', async () => {
      const { observed, get } = testStore.store.workspaces
      const status = {
        observedAt: '2026-01-01T00:00:00.000Z',
        kubernetesVersion: '1.31',
        flinkVersions: ['v1_20'],
        conditions: [condition],
      }
      await observed('WORKSPACE', status)
      expect((await get('WORKSPACE'))?.status).toEqual(status)
      await observed('WORKSPACE', { ...status, observedAt: '2026-01-01T00:00:00.001Z' })
      expect(await get('WORKSPACE')).toMatchObject({
        status: { observedAt: '2026-01-01T00:00:00.001Z' },
        revision: 1,
        updatedAt: 'then',
      })
      await observed('WORKSPACE', { ...status, conditions: [{ ...condition, status: 'False' }] })
      await observed('NONE', status)
      expect(await kinds(0)).toEqual(Array(2).fill(['workspace', 'WORKSPACE', 'OBSERVED']))
      expect(
        (await testStore.reopen().then((store) => store.workspaces.get('WORKSPACE')))?.status.conditions[0]?.status,
      ).toBe('False')
    })

    test('can be asked for, which is no change of the workspace', async () => {
      expect(await testStore.store.workspaces.requestCheck('NONE')).toBeUndefined()
      const at = '2026-01-01T00:00:00.000Z'
      expect(await testStore.store.workspaces.requestCheck('WORKSPACE')).toMatchObject({
        checkRequestedAt: at,
        revision: 1,
        updatedAt: 'then',
      })
      expect(await testStore.store.workspaces.get('WORKSPACE')).toMatchObject({ checkRequestedAt: at })
      expect(await testStore.store.changes.since(0, 100)).toMatchObject([
        { kind: 'workspace', id: 'WORKSPACE', workspace: 'WORKSPACE', what: 'UPDATED' },
      ])
    })
  })

const deletions = (under: DatabaseUnderTest) =>
  describe('deleting a workspace', () => {
    const testStore = freshStore(under)
    const plain = { cascade: false, force: false }

    test('is refused while it has sessions that stay, naming them', async () => {
      const [a, b, c] = [
        await made(createSession(testStore.store, 'a')),
        await made(createSession(testStore.store, 'b')),
        await made(createSession(testStore.store, 'c')),
      ]
      await testStore.store.resources.requestDeletion('session', b.id, plain, CALLER)
      const { requestDeletion } = testStore.store.workspaces
      expect(await requestDeletion('WORKSPACE')).toEqual({
        outcome: 'IN_USE',
        by: [
          { id: a.id, name: 'a' },
          { id: c.id, name: 'c' },
        ],
      })
      expect(await requestDeletion('WORKSPACE', 7)).toEqual({ outcome: 'STALE', revision: 1 })
      expect(await requestDeletion('NONE')).toEqual({ outcome: 'MISSING' })
      for (const { id } of [a, c]) await testStore.store.resources.requestDeletion('session', id, plain, CALLER)
      expect(await requestDeletion('WORKSPACE')).toMatchObject({
        outcome: 'CHANGED',
        resource: { revision: 2, deletion: {} },
      })
      expect(await requestDeletion('WORKSPACE')).toMatchObject({ outcome: 'UNCHANGED', resource: { revision: 2 } })
    })

    test('keeps the row until everything in it is gone', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await testStore.store.resources.requestDeletion('session', id, plain, CALLER)
      await testStore.store.workspaces.requestDeletion('WORKSPACE')
      expect(await testStore.store.workspaces.remove('WORKSPACE')).toBe(false)
      await testStore.store.resources.remove(id)
      expect(await testStore.store.workspaces.remove('WORKSPACE')).toBe(true)
      expect(await testStore.store.workspaces.get('WORKSPACE')).toBeUndefined()
      expect((await testStore.store.changes.since(0, 100)).at(-1)).toMatchObject({
        kind: 'workspace',
        id: 'WORKSPACE',
        what: 'REMOVED',
      })
      expect(await testStore.store.workspaces.remove('WORKSPACE')).toBe(true)
    })

    test('and creating a session in it never both go well', async () => {
      const [sessions, deletion] = await Promise.all([
        Promise.all(Array.from({ length: 10 }, (_, i) => createSession(testStore.store, `s${i}`))),
        testStore.store.workspaces.requestDeletion('WORKSPACE'),
      ])
      const created = sessions.filter(({ outcome }) => outcome === 'CREATED').length
      expect(created > 0).toBe(deletion.outcome === 'IN_USE')
      for (const { id } of await testStore.store.resources.all('session'))
        await testStore.store.resources.requestDeletion('session', id, plain, CALLER)
      await testStore.store.workspaces.requestDeletion('WORKSPACE')
      expect(await createSession(testStore.store, 'late')).toEqual({ outcome: 'WORKSPACE_DELETING' })
      expect(await createSession(testStore.store, 'nowhere', { workspace: 'NONE' })).toEqual({
        outcome: 'WORKSPACE_MISSING',
      })
    })
  })
