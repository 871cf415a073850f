/** Workspaces: names, places, deletion, and that no session is left behind by one. */
import { describe, expect, test } from 'vitest'
import type { KubeTarget } from '../../domain/kubernetes.ts'
import type { IdempotencyClaim } from '../idempotency.ts'
import type { Workspace, WorkspaceCreated } from '../targets.ts'
import type { DatabaseUnderTest, Place } from './test-store.ts'
import { CALLER, createSession, freshPlace, made } from './test-store.ts'

const TESTS = 'TESTS'
const claim: IdempotencyClaim = {
  identity: 'service-account:A',
  method: 'POST',
  path: '/workspaces',
  key: 'k',
  bodyHash: 'h',
}
const config = { cluster: { server: 'https://kube.example' }, auth: { bearerToken: { token: 't' } } }

const create = (place: Place, name: string, kubernetes?: KubeTarget) =>
  place.store.workspaces.create({ organization: TESTS, name, ...(kubernetes && { kubernetes }) })

async function madeOf(outcome: Promise<WorkspaceCreated>): Promise<Workspace> {
  const answer = await outcome
  if (answer.outcome !== 'CREATED') throw new Error(`expected a workspace: ${JSON.stringify(answer)}`)
  return answer.resource
}

async function clusterOf(place: Place, name = 'c'): Promise<string> {
  const answer = await place.store.kubeClusters.create({ organization: TESTS, name, config })
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
    const place = freshPlace(under, [])
    const fresh = async () =>
      under.run(
        place.dataDir,
        place.database,
        `insert into organizations (id, name, created_at, updated_at) values ('${TESTS}', 'tests', 'then', 'then')`,
      )

    test('a created one is read back as it was answered, with its place', async () => {
      await fresh()
      const local = await madeOf(create(place, '  here '))
      expect(local).toEqual({
        id: local.id,
        name: 'here',
        revision: 1,
        status: { conditions: [] },
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
      })
      const kubernetes = { ...inNamespace(await clusterOf(place), 'team'), storage: 's3://bucket/weir' }
      const there = await madeOf(create(place, 'there', kubernetes))
      expect(there.kubernetes).toEqual(kubernetes)
      expect(await place.store.workspaces.get(there.id)).toEqual(there)
      expect(await place.store.workspaces.all()).toEqual([local, there])
      expect(await place.store.workspaces.list({ limit: 5 }, { name: ' there' })).toEqual({ items: [there] })
      const first = await place.store.workspaces.list({ limit: 1 })
      expect(await place.store.workspaces.list({ limit: 1, marker: first.marker! })).toEqual({ items: [there] })
    })

    test('names are unique, whichever way Unicode spells them, until the workspace is gone', async () => {
      await fresh()
      const { id } = await madeOf(create(place, 'caf\u00e9'))
      expect(await create(place, ' cafe\u0301')).toEqual({ outcome: 'NAME_TAKEN', id, deleting: false })
      const other = await madeOf(create(place, 'other'))
      expect(await place.store.workspaces.rename(other.id, 'cafe\u0301')).toEqual({
        outcome: 'NAME_TAKEN',
        id,
        deleting: false,
      })
      await place.store.workspaces.requestDeletion(id)
      expect(await create(place, 'caf\u00e9')).toEqual({ outcome: 'NAME_TAKEN', id, deleting: true })
      expect(await place.store.workspaces.remove(id)).toBe(true)
      await madeOf(create(place, 'caf\u00e9'))
    })

    test('a namespace of a cluster belongs to one workspace; the database itself refuses a second', async () => {
      await fresh()
      const [one, two] = [await clusterOf(place, 'one'), await clusterOf(place, 'two')]
      const { id } = await madeOf(create(place, 'a', inNamespace(one, 'team')))
      expect(await create(place, 'b', inNamespace(one, 'team'))).toEqual({ outcome: 'NAMESPACE_TAKEN', id, name: 'a' })
      expect(await create(place, 'b', inNamespace('NONE', 'team'))).toEqual({ outcome: 'CLUSTER_MISSING' })
      await madeOf(create(place, 'b', inNamespace(one, 'other')))
      await madeOf(create(place, 'c', inNamespace(two, 'team')))
      await madeOf(create(place, 'd'))
      await madeOf(create(place, 'e'))
      const columns =
        'organization, revision, created_at, updated_at, kube_cluster, kube_namespace, kube_service_account'
      await place.store.close()
      const copy = `insert into workspaces (id, name, ${columns}) select 'COPY', 'copy', ${columns} from workspaces where name = 'a'`
      await expect(under.run(place.dataDir, place.database, copy)).rejects.toThrow(/unique/i)
    })

    test('of creates that race for a namespace one wins', async () => {
      await fresh()
      const cluster = await clusterOf(place)
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, i) => create(place, `w${i}`, inNamespace(cluster, 'team'))),
      )
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['CREATED', ...Array(7).fill('NAMESPACE_TAKEN')])
    })

    test('a repeated request answers the same workspace, as it is now', async () => {
      await fresh()
      const ask = (more = {}) =>
        place.store.workspaces.create({ organization: TESTS, name: 'a' }, { ...claim, ...more })
      const { id } = await madeOf(ask())
      await place.store.workspaces.rename(id, 'b')
      expect(await ask()).toMatchObject({ outcome: 'REPEATED', resource: { id, name: 'b' } })
      expect(await ask({ bodyHash: 'x' })).toEqual({ outcome: 'KEY_REUSED' })
      await place.store.workspaces.remove(id)
      expect(await ask()).toEqual({ outcome: 'GONE' })
    })

    test('a rename moves name, revision and updatedAt, and is refused when it is stale, late or of nothing', async () => {
      await fresh()
      const { id } = await madeOf(create(place, 'a'))
      place.clock.advance(1000)
      const { rename, requestDeletion } = place.store.workspaces
      expect(await rename(id, ' a ')).toMatchObject({ outcome: 'UNCHANGED', resource: { revision: 1 } })
      const after = { name: 'b', revision: 2, updatedAt: '2026-01-01T00:00:01.000Z' }
      expect(await rename(id, ' b', 1)).toMatchObject({ outcome: 'CHANGED', resource: after })
      expect(await rename(id, 'c', 1)).toEqual({ outcome: 'STALE', revision: 2 })
      expect(await rename('NONE', 'c')).toEqual({ outcome: 'MISSING' })
      await requestDeletion(id)
      expect(await rename(id, 'c')).toEqual({ outcome: 'DELETING' })
    })

    looks(under)
    deletions(under)
  })

const looks = (under: DatabaseUnderTest) =>
  describe('looking at a workspace', () => {
    const place = freshPlace(under)
    const condition = { type: 'Reachable', status: 'True' as const, reason: 'Answered', message: 'm', since: 's' }
    const kinds = async (after: number) =>
      (await place.store.changes.since(after, 100)).map(({ kind, id, what }) => [kind, id, what])

    test('tells the feed only of what is new, and keeps the time', async () => {
      const { observed, get } = place.store.workspaces
      const seen = {
        observedAt: '2026-01-01T00:00:00.000Z',
        kubernetesVersion: '1.31',
        flinkVersions: ['v1_20'],
        conditions: [condition],
      }
      await observed('WORKSPACE', seen)
      expect((await get('WORKSPACE'))?.status).toEqual(seen)
      await observed('WORKSPACE', { ...seen, observedAt: '2026-01-01T00:00:00.001Z' })
      expect(await get('WORKSPACE')).toMatchObject({
        status: { observedAt: '2026-01-01T00:00:00.001Z' },
        revision: 1,
        updatedAt: 'then',
      })
      await observed('WORKSPACE', { ...seen, conditions: [{ ...condition, status: 'False' }] })
      await observed('NONE', seen)
      expect(await kinds(0)).toEqual(Array(2).fill(['workspace', 'WORKSPACE', 'OBSERVED']))
      expect(
        (await place.reopen().then((store) => store.workspaces.get('WORKSPACE')))?.status.conditions[0]?.status,
      ).toBe('False')
    })

    test('can be asked for, which is no change of the workspace', async () => {
      expect(await place.store.workspaces.requestCheck('NONE')).toBeUndefined()
      const at = '2026-01-01T00:00:00.000Z'
      expect(await place.store.workspaces.requestCheck('WORKSPACE')).toMatchObject({
        checkRequestedAt: at,
        revision: 1,
        updatedAt: 'then',
      })
      expect(await place.store.workspaces.get('WORKSPACE')).toMatchObject({ checkRequestedAt: at })
      expect(await place.store.changes.since(0, 100)).toMatchObject([
        { kind: 'workspace', id: 'WORKSPACE', workspace: 'WORKSPACE', what: 'UPDATED' },
      ])
    })
  })

const deletions = (under: DatabaseUnderTest) =>
  describe('deleting a workspace', () => {
    const place = freshPlace(under)
    const plain = { cascade: false, force: false }

    test('is refused while it has sessions that stay, naming them', async () => {
      const [a, b, c] = [
        await made(createSession(place.store, 'a')),
        await made(createSession(place.store, 'b')),
        await made(createSession(place.store, 'c')),
      ]
      await place.store.resources.requestDeletion('session', b.id, plain, CALLER)
      const { requestDeletion } = place.store.workspaces
      expect(await requestDeletion('WORKSPACE')).toEqual({
        outcome: 'IN_USE',
        by: [
          { id: a.id, name: 'a' },
          { id: c.id, name: 'c' },
        ],
      })
      expect(await requestDeletion('WORKSPACE', 7)).toEqual({ outcome: 'STALE', revision: 1 })
      expect(await requestDeletion('NONE')).toEqual({ outcome: 'MISSING' })
      for (const { id } of [a, c]) await place.store.resources.requestDeletion('session', id, plain, CALLER)
      expect(await requestDeletion('WORKSPACE')).toMatchObject({
        outcome: 'CHANGED',
        resource: { revision: 2, deletion: {} },
      })
      expect(await requestDeletion('WORKSPACE')).toMatchObject({ outcome: 'UNCHANGED', resource: { revision: 2 } })
    })

    test('keeps the row until everything in it is gone', async () => {
      const { id } = await made(createSession(place.store, 'a'))
      await place.store.resources.requestDeletion('session', id, plain, CALLER)
      await place.store.workspaces.requestDeletion('WORKSPACE')
      expect(await place.store.workspaces.remove('WORKSPACE')).toBe(false)
      await place.store.resources.remove(id)
      expect(await place.store.workspaces.remove('WORKSPACE')).toBe(true)
      expect(await place.store.workspaces.get('WORKSPACE')).toBeUndefined()
      expect((await place.store.changes.since(0, 100)).at(-1)).toMatchObject({
        kind: 'workspace',
        id: 'WORKSPACE',
        what: 'REMOVED',
      })
      expect(await place.store.workspaces.remove('WORKSPACE')).toBe(true)
    })

    test('and creating a session in it never both go well', async () => {
      const [sessions, deletion] = await Promise.all([
        Promise.all(Array.from({ length: 10 }, (_, i) => createSession(place.store, `s${i}`))),
        place.store.workspaces.requestDeletion('WORKSPACE'),
      ])
      const created = sessions.filter(({ outcome }) => outcome === 'CREATED').length
      expect(created > 0).toBe(deletion.outcome === 'IN_USE')
      for (const { id } of await place.store.resources.all('session'))
        await place.store.resources.requestDeletion('session', id, plain, CALLER)
      await place.store.workspaces.requestDeletion('WORKSPACE')
      expect(await createSession(place.store, 'late')).toEqual({ outcome: 'WORKSPACE_DELETING' })
      expect(await createSession(place.store, 'nowhere', { workspace: 'NONE' })).toEqual({
        outcome: 'WORKSPACE_MISSING',
      })
    })
  })
