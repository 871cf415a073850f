/** What callers change: names, and that something is to go. */
import { describe, expect, test } from 'vitest'
import type { State } from '../../domain/status.ts'
import { NEW_STATUS } from '../../domain/status.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createJob, createSession, freshStore, jobsIn, made } from './test-store.ts'

const plain = { cascade: false, force: false }

export const changing = (under: DatabaseUnderTest) =>
  describe("callers' changes", () => {
    const testStore = freshStore(under)

    test('a rename moves name, spec, revision and updatedAt', async () => {
      const before = await made(createSession(testStore.store, 'a'))
      testStore.clock.advance(1000)
      const after = { name: 'b', spec: { name: 'b' }, revision: 2, createdAt: before.createdAt }
      const answer = await testStore.store.resources.rename('session', before.id, ' b ', CALLER, 1)
      expect(answer).toMatchObject({ outcome: 'CHANGED', resource: after })
      expect(await testStore.store.resources.get('session', before.id)).toMatchObject({
        name: 'b',
        updatedAt: '2026-01-01T00:00:01.000Z',
      })
      await made(createSession(testStore.store, 'a'))
    })

    test('a rename to the same name changes nothing', async () => {
      const before = await made(createSession(testStore.store, 'a'))
      testStore.clock.advance(1000)
      expect(await testStore.store.resources.rename('session', before.id, ' a', CALLER)).toEqual({
        outcome: 'UNCHANGED',
        resource: before,
      })
    })

    test('a rename is refused when it is stale, taken, late or of nothing', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      const other = await made(createSession(testStore.store, 'b'))
      const { rename, requestDeletion } = testStore.store.resources
      expect(await rename('session', id, 'b', CALLER, 7)).toEqual({ outcome: 'STALE', revision: 1 })
      expect(await rename('session', id, 'b', CALLER)).toEqual({ outcome: 'NAME_TAKEN', id: other.id, deleting: false })
      expect(await rename('job', id, 'c', CALLER)).toEqual({ outcome: 'MISSING' })
      await requestDeletion('session', id, plain, CALLER)
      expect(await rename('session', id, 'c', CALLER)).toEqual({ outcome: 'DELETING' })
    })

    test('of renames with the same If-Match one wins', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      const outcomes = await Promise.all(
        ['b', 'c', 'd', 'e'].map((name) => testStore.store.resources.rename('session', id, name, CALLER, 1)),
      )
      expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['CHANGED', 'STALE', 'STALE', 'STALE'])
    })

    deletions(under)
  })

const deletions = (under: DatabaseUnderTest) =>
  describe('deletion', () => {
    const testStore = freshStore(under)
    const session = async (states: State[]) => {
      const { id } = await made(createSession(testStore.store, 's'))
      const jobs = []
      for (const [i, state] of states.entries()) {
        const job = await made(createJob(testStore.store, id, `j${i}`))
        await testStore.store.resources.observed(job.id, { state, status: NEW_STATUS })
        jobs.push(job)
      }
      return { id, jobs }
    }
    const marks = async (id: string) => (await jobsIn(testStore.store, id)).map(({ deletion }) => deletion)

    test("is a caller's change", async () => {
      const { id } = await session([])
      testStore.clock.advance(1000)
      const at = '2026-01-01T00:00:01.000Z'
      expect(await testStore.store.resources.requestDeletion('session', id, plain, CALLER, 1)).toMatchObject({
        outcome: 'CHANGED',
        resource: { revision: 2, updatedAt: at, deletion: { ...plain, requestedAt: at } },
      })
      const { items } = await testStore.store.events.list(id, { limit: 10 })
      expect(items.at(-1)).toMatchObject({ reason: 'DeletionRequested', by: CALLER })
    })

    test('is refused when it is stale or of nothing', async () => {
      const { id } = await session(['RUNNING'])
      expect(await testStore.store.resources.requestDeletion('session', id, plain, CALLER, 2)).toEqual({
        outcome: 'STALE',
        revision: 1,
      })
      expect(await testStore.store.resources.requestDeletion('session', 'NONE', plain, CALLER)).toEqual({
        outcome: 'MISSING',
      })
    })

    test('of a session with live jobs names them and changes nothing', async () => {
      const { id, jobs } = await session(['RUNNING', 'FINISHED', 'PENDING', 'SUSPENDED'])
      expect(await testStore.store.resources.requestDeletion('session', id, plain, CALLER)).toEqual({
        outcome: 'IN_USE',
        jobs: [jobs[0], jobs[2], jobs[3]].map((job) => ({ id: job!.id, name: job!.name })),
      })
      expect((await testStore.store.resources.get('session', id))?.deletion).toBeUndefined()
      expect(await marks(id)).toEqual([undefined, undefined, undefined, undefined])
    })

    test('of a session takes ended jobs along, and jobs that are being deleted do not count', async () => {
      const { id, jobs } = await session(['FINISHED', 'CANCELED', 'FAILED', 'RUNNING'])
      await testStore.store.resources.requestDeletion('job', jobs[3]!.id, plain, CALLER)
      expect(await testStore.store.resources.requestDeletion('session', id, plain, CALLER)).toMatchObject({
        outcome: 'CHANGED',
      })
      expect(await marks(id)).toMatchObject([plain, plain, plain, plain])
    })

    test('with cascade takes every job along, with force all the more', async () => {
      const { id } = await session(['RUNNING', 'FINISHED'])
      await testStore.store.resources.requestDeletion('session', id, { cascade: true, force: true }, CALLER)
      expect(await marks(id)).toMatchObject([{ force: true }, { force: true }])
      expect((await jobsIn(testStore.store, id)).map(({ revision }) => revision)).toEqual([2, 2])
    })

    test('asked for again only widens', async () => {
      const { id } = await session(['FINISHED'])
      const ask = (cascade: boolean, force: boolean) =>
        testStore.store.resources.requestDeletion('session', id, { cascade, force }, CALLER)
      const first = await ask(false, false)
      testStore.clock.advance(1000)
      expect(await ask(false, false)).toMatchObject({ outcome: 'UNCHANGED', resource: { revision: 2 } })
      const requestedAt = 'resource' in first ? first.resource.deletion?.requestedAt : ''
      const forced = { cascade: false, force: true, requestedAt }
      expect(await ask(false, true)).toMatchObject({ outcome: 'CHANGED', resource: { deletion: forced } })
      expect(await ask(true, false)).toMatchObject({
        outcome: 'CHANGED',
        resource: { deletion: { cascade: true, force: true } },
      })
      expect(await ask(false, false)).toMatchObject({
        outcome: 'UNCHANGED',
        resource: { deletion: { cascade: true, force: true } },
      })
      expect(await marks(id)).toMatchObject([{ force: true }])
    })
  })
