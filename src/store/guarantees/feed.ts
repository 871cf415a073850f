/** The change feed: complete, in the order of commits. */
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { NEW_STATUS } from '../../domain/status.ts'
import type { Change } from '../feed.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createJob, createSession, freshStore, made } from './test-store.ts'

export const feed = (under: DatabaseUnderTest) =>
  describe('the change feed', () => {
    const testStore = freshStore(under)

    test('tells of every change, in order', async () => {
      expect(await testStore.store.changes.head()).toBe(0)
      const session = await made(createSession(testStore.store, 's'))
      const job = await made(createJob(testStore.store, session.id, 'j'))
      await testStore.store.resources.rename('session', session.id, 't', CALLER)
      await testStore.store.resources.observed(job.id, { state: 'RUNNING', status: NEW_STATUS })
      await testStore.store.resources.requestDeletion('session', session.id, { cascade: true, force: false }, CALLER)
      await testStore.store.resources.remove(job.id)
      const all = await testStore.store.changes.since(0, 100)
      expect(all.map(({ id, what }) => [id === job.id ? 'job' : 'session', what])).toEqual([
        ['session', 'CREATED'],
        ['job', 'CREATED'],
        ['session', 'UPDATED'],
        ['job', 'OBSERVED'],
        ['job', 'UPDATED'],
        ['session', 'UPDATED'],
        ['job', 'REMOVED'],
      ])
      expect(all.at(-1)).toMatchObject({ kind: 'job', workspace: job.workspace, parent: session.id })
      expect(all[0]).not.toHaveProperty('parent')
      expect(await testStore.store.changes.since(all[1]!.sequence, 2)).toEqual(all.slice(2, 4))
      expect(await testStore.store.changes.head()).toBe(all.at(-1)!.sequence)
      await testStore.reopen()
      expect(await testStore.store.changes.since(0, 100)).toEqual(all)
    })

    test('whoever follows it misses nothing, however many write', async () => {
      let writing = true
      const writes = Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          const { id } = await made(createSession(testStore.store, `s${i}`))
          await testStore.store.resources.rename('session', id, `t${i}`, CALLER)
          await testStore.store.resources.observed(id, { state: 'RUNNING', status: NEW_STATUS })
          await testStore.store.resources.remove(id)
        }),
      ).finally(() => {
        writing = false
      })
      const followed: Change[] = []
      for (let last = false; !last; ) {
        last = !writing
        followed.push(...(await testStore.store.changes.since(followed.at(-1)?.sequence ?? 0, 1000)))
        await setImmediate()
      }
      await writes
      expect(followed).toHaveLength(48)
      expect(followed).toEqual(await testStore.store.changes.since(0, 1000))
    })

    test('calls back after commits that changed something, until it is told to stop', async () => {
      const calls: number[] = []
      const stop = testStore.store.changes.onChange(() => {
        calls.push(1)
      })
      const called = async (work: () => Promise<unknown>): Promise<number> => {
        calls.length = 0
        await work()
        await testStore.store.problem()
        return calls.length
      }
      expect(await called(() => createSession(testStore.store, 'a'))).toBe(1)
      expect(await called(() => createSession(testStore.store, 'a'))).toBe(0)
      expect(await called(() => testStore.store.accounts.bootstrap())).toBe(0)
      expect(
        await called(() =>
          testStore.store.transaction(async (groups) => {
            await createSession(groups, 'b')
            await createSession(groups, 'c')
            expect(calls).toEqual([])
          }),
        ),
      ).toBe(1)
      stop()
      expect(await called(() => createSession(testStore.store, 'd'))).toBe(0)
    })
  })
