/** Creating: names, parents, repeated requests, races. */
import { describe, expect, test } from 'vitest'
import type { IdempotencyClaim } from '../idempotency.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createJob, createSession, freshStore, jobsIn, made, sessionSpec, WORKSPACE } from './test-store.ts'

const claim: IdempotencyClaim = {
  identity: 'service-account:A',
  method: 'POST',
  path: '/sessions',
  key: 'k',
  bodyHash: 'h',
}

export const creating = (under: DatabaseUnderTest) =>
  describe('creating', () => {
    const testStore = freshStore(under)

    test('a created resource is read back as it was answered, with its event', async () => {
      const session = await made(createSession(testStore.store, '  orders ', { labels: { team: 'a' } }))
      expect(session).toMatchObject({
        name: 'orders',
        spec: { ...sessionSpec('orders', { team: 'a' }) },
        revision: 1,
        state: 'PENDING',
      })
      expect(await testStore.store.resources.get('session', session.id)).toEqual(session)
      expect(await testStore.store.resources.get('job', session.id)).toBeUndefined()
      const { items } = await testStore.store.events.list(session.id, { limit: 10 })
      expect(items).toMatchObject([{ reason: 'Created', by: CALLER, at: session.createdAt }])
    })

    test('siblings have different names, whichever way Unicode spells them', async () => {
      const first = await made(createSession(testStore.store, 'caf\u00e9'))
      expect(await createSession(testStore.store, ' cafe\u0301')).toEqual({
        outcome: 'NAME_TAKEN',
        id: first.id,
        deleting: false,
      })
      await made(createSession(testStore.store, 'Café'))
      await made(createSession(testStore.store, 'caf\u00e9', { workspace: 'OTHER' }))
      await made(createJob(testStore.store, first.id, 'caf\u00e9'))
    })

    test('a name is taken until the resource is gone', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await testStore.store.resources.requestDeletion('session', id, { cascade: false, force: false }, CALLER)
      expect(await createSession(testStore.store, 'a')).toEqual({ outcome: 'NAME_TAKEN', id, deleting: true })
      await testStore.store.resources.remove(id)
      await made(createSession(testStore.store, 'a'))
    })

    test('of creates that race for a name one wins', async () => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => createSession(testStore.store, 'a')))
      expect(outcomes.filter(({ outcome }) => outcome === 'CREATED')).toHaveLength(1)
      expect(outcomes.filter(({ outcome }) => outcome === 'NAME_TAKEN')).toHaveLength(19)
    })

    test('the database itself refuses a second resource of a name', async () => {
      await made(createSession(testStore.store, 'a'))
      const columns =
        'kind, workspace, parent, name, name_key, spec, desired_state, revision, created_at, updated_at, state, status'
      await testStore.store.close()
      const copy = `insert into resources (id, observed_sequence, ${columns}) select 'COPY', 0, ${columns} from resources`
      await expect(under.run(testStore.dataDir, testStore.database, copy)).rejects.toThrow(/unique/i)
    })

    test('a job needs a session of its workspace that is not being deleted', async () => {
      const session = await made(createSession(testStore.store, 's'))
      const elsewhere = await made(createSession(testStore.store, 's', { workspace: 'OTHER' }))
      const job = await made(createJob(testStore.store, session.id, 'j'))
      expect(job.parent).toBe(session.id)
      for (const parent of ['NONE', elsewhere.id, job.id]) {
        expect(await createJob(testStore.store, parent, 'k')).toEqual({ outcome: 'PARENT_MISSING' })
      }
      await testStore.store.resources.requestDeletion('session', session.id, { cascade: true, force: false }, CALLER)
      expect(await createJob(testStore.store, session.id, 'k')).toEqual({ outcome: 'PARENT_DELETING' })
    })

    test('a job is either refused or deleted with the session whose deletion it races', async () => {
      const session = await made(createSession(testStore.store, 's'))
      const [jobs] = await Promise.all([
        Promise.all(Array.from({ length: 10 }, (_, i) => createJob(testStore.store, session.id, `j${i}`))),
        testStore.store.resources.requestDeletion('session', session.id, { cascade: true, force: false }, CALLER),
      ])
      const created = jobs.filter(({ outcome }) => outcome === 'CREATED').length
      const children = await jobsIn(testStore.store, session.id)
      expect(children).toHaveLength(created)
      expect(children.every((job) => job.deletion !== undefined)).toBe(true)
    })

    test('what fails in a transaction leaves nothing behind', async () => {
      const before = await testStore.store.changes.head()
      await expect(
        testStore.store.transaction(async (groups) => {
          await made(createSession(groups, 'a', { claim }))
          throw new Error('changed my mind')
        }),
      ).rejects.toThrow('changed my mind')
      expect(await testStore.store.resources.all('session')).toEqual([])
      expect(await testStore.store.changes.head()).toBe(before)
      await made(createSession(testStore.store, 'a', { claim }))
    })

    repeating(under)
  })

const repeating = (under: DatabaseUnderTest) =>
  describe('with an Idempotency-Key', () => {
    const testStore = freshStore(under)

    test('the same key and body answer the same resource, as it is now', async () => {
      const { id } = await made(createSession(testStore.store, 'a', { claim }))
      await testStore.store.resources.rename('session', id, 'b', CALLER)
      const now = { id, name: 'b', revision: 2 }
      expect(await createSession(testStore.store, 'a', { claim })).toMatchObject({ outcome: 'REPEATED', resource: now })
      expect(await testStore.store.resources.all('session')).toHaveLength(1)
    })

    test('another body is refused, another identity, method or path is another key', async () => {
      await made(createSession(testStore.store, 'a', { claim }))
      expect(await createSession(testStore.store, 'b', { claim: { ...claim, bodyHash: 'x' } })).toEqual({
        outcome: 'KEY_REUSED',
      })
      await made(createSession(testStore.store, 'c', { claim: { ...claim, identity: 'service-account:B' } }))
      await made(createSession(testStore.store, 'd', { claim: { ...claim, method: 'PUT' } }))
      await made(createSession(testStore.store, 'e', { claim: { ...claim, path: '/other' } }))
    })

    test('a refused create claims nothing', async () => {
      await made(createSession(testStore.store, 'a'))
      expect(await createSession(testStore.store, 'a', { claim })).toMatchObject({ outcome: 'NAME_TAKEN' })
      await made(createSession(testStore.store, 'b', { claim: { ...claim, bodyHash: 'x' } }))
    })

    test('a resource that is gone is not made again, for 24 hours', async () => {
      const { id } = await made(createSession(testStore.store, 'a', { claim }))
      await testStore.store.resources.remove(id)
      testStore.clock.advance(24 * 3600 * 1000 - 1)
      expect(await createSession(testStore.store, 'a', { claim })).toEqual({ outcome: 'GONE' })
      testStore.clock.advance(1)
      const again = await made(createSession(testStore.store, 'a', { claim }))
      expect(await createSession(testStore.store, 'a', { claim })).toMatchObject({
        outcome: 'REPEATED',
        resource: { id: again.id },
      })
    })

    test('of requests that race with one key one creates and the others repeat', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, () => createSession(testStore.store, 'a', { claim })),
      )
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['CREATED', ...Array(11).fill('REPEATED')])
      expect(new Set(outcomes.map((answer) => 'resource' in answer && answer.resource.id)).size).toBe(1)
    })

    test('a key of any length is a key', async () => {
      const long = { ...claim, key: 'ключ'.repeat(5000) }
      await made(createSession(testStore.store, 'a', { claim: long }))
      expect(await createSession(testStore.store, 'a', { claim: long })).toMatchObject({ outcome: 'REPEATED' })
    })

    test('claims survive a restart', async () => {
      await made(createSession(testStore.store, 'a', { claim }))
      await testStore.reopen()
      expect(await createSession(testStore.store, 'a', { claim })).toMatchObject({ outcome: 'REPEATED' })
      expect(testStore.store.installation).toMatch(/^[0-9a-f-]{36}$/)
      expect(
        (await testStore.store.resources.list({ workspace: WORKSPACE, kind: 'session' }, { limit: 5 })).items,
      ).toHaveLength(1)
    })
  })
