/** The change feed: complete, in the order of commits. */
import { describe, expect, test } from 'vitest'
import { NEW_STATUS } from '../../domain/status.ts'
import type { Change } from '../feed.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createJob, createSession, freshPlace, made } from './test-store.ts'

export const feed = (under: DatabaseUnderTest) =>
  describe('the change feed', () => {
    const place = freshPlace(under)

    test('tells of every change, in order', async () => {
      expect(await place.store.changes.head()).toBe(0)
      const session = await made(createSession(place.store, 's'))
      const job = await made(createJob(place.store, session.id, 'j'))
      await place.store.resources.rename('session', session.id, 't', CALLER)
      await place.store.resources.observed(job.id, { state: 'RUNNING', status: NEW_STATUS })
      await place.store.resources.requestDeletion('session', session.id, { cascade: true, force: false }, CALLER)
      await place.store.resources.remove(job.id)
      const all = await place.store.changes.since(0, 100)
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
      expect(await place.store.changes.since(all[1]!.sequence, 2)).toEqual(all.slice(2, 4))
      expect(await place.store.changes.head()).toBe(all.at(-1)!.sequence)
      await place.reopen()
      expect(await place.store.changes.since(0, 100)).toEqual(all)
    })

    test('whoever follows it misses nothing, however many write', async () => {
      let writing = true
      const writes = Promise.all(
        Array.from({ length: 12 }, async (_, i) => {
          const { id } = await made(createSession(place.store, `s${i}`))
          await place.store.resources.rename('session', id, `t${i}`, CALLER)
          await place.store.resources.observed(id, { state: 'RUNNING', status: NEW_STATUS })
          await place.store.resources.remove(id)
        }),
      ).finally(() => {
        writing = false
      })
      const followed: Change[] = []
      for (let last = false; !last; ) {
        last = !writing
        followed.push(...(await place.store.changes.since(followed.at(-1)?.sequence ?? 0, 1000)))
      }
      await writes
      expect(followed).toHaveLength(48)
      expect(followed).toEqual(await place.store.changes.since(0, 1000))
    })

    test('calls back after commits that changed something, until it is told to stop', async () => {
      const calls: number[] = []
      const stop = place.store.changes.onChange(() => {
        calls.push(1)
      })
      const called = async (work: () => Promise<unknown>): Promise<number> => {
        calls.length = 0
        await work()
        await place.store.ready()
        return calls.length
      }
      expect(await called(() => createSession(place.store, 'a'))).toBe(1)
      expect(await called(() => createSession(place.store, 'a'))).toBe(0)
      expect(await called(() => place.store.accounts.bootstrap())).toBe(0)
      expect(
        await called(() =>
          place.store.transaction(async (groups) => {
            await createSession(groups, 'b')
            await createSession(groups, 'c')
            expect(calls).toEqual([])
          }),
        ),
      ).toBe(1)
      stop()
      expect(await called(() => createSession(place.store, 'd'))).toBe(0)
    })
  })
