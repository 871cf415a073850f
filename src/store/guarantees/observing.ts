/** What is observed, and the timeline of events. */
import { describe, expect, test } from 'vitest'
import { isoTime } from '../../domain/clock.ts'
import type { NewEvent } from '../../domain/resource.ts'
import type { Status } from '../../domain/status.ts'
import { unpackTimes } from '../packed-times.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createSession, freshStore, made, WORKSPACE, walk } from './test-store.ts'

const status = (more: Partial<Status>): Status => ({ detail: 'runs', restarts: 0, conditions: [], ...more })
const event = (message: string, key?: string): NewEvent => ({
  severity: 'INFO',
  reason: 'Seen',
  message,
  ...(key ? { key } : {}),
})

export const observing = (under: DatabaseUnderTest) =>
  describe('what is observed', () => {
    const testStore = freshStore(under)
    const start = Date.parse('2026-02-01T00:00:00.000Z')
    const observe = (id: string, afterMs: number, more: Partial<Status> = {}, events: NewEvent[] = []) =>
      testStore.store.resources.observed(id, {
        state: 'RUNNING',
        status: status({ observedAt: isoTime(start + afterMs), ...more }),
        events,
      })
    const observedAt = async (id: string) => (await testStore.store.resources.get('session', id))?.status.observedAt

    test('is kept with its events and moves neither revision nor updatedAt', async () => {
      const { id, updatedAt } = await made(createSession(testStore.store, 'a'))
      testStore.clock.advance(1000)
      await observe(id, 0, { slots: { total: 2, available: 1 } }, [event('up')])
      const expected = status({ observedAt: isoTime(start), slots: { total: 2, available: 1 } })
      expect(await testStore.store.resources.get('session', id)).toMatchObject({
        state: 'RUNNING',
        status: expected,
        revision: 1,
        updatedAt,
      })
      const { items } = await testStore.store.events.list(id, { limit: 10 })
      expect(items.map(({ message, by, at }) => [message, by, at]).at(-1)).toEqual([
        'up',
        'system',
        '2026-01-01T00:00:01.000Z',
      ])
    })

    test('enters the feed only when something visible changed', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await observe(id, 0)
      const head = await testStore.store.changes.head()
      await observe(id, 60_000)
      await observe(id, 120_000, {}, [event('an event alone')])
      expect(await testStore.store.changes.head()).toBe(head)
      await observe(id, 180_000, { detail: 'still runs' })
      expect(await testStore.store.changes.since(head, 10)).toMatchObject([{ id, what: 'OBSERVED' }])
    })

    test('tells its time also where nothing else is new, and keeps it in memory', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await observe(id, 0)
      await observe(id, 1)
      expect(await observedAt(id)).toBe(isoTime(start + 1))
      testStore.store.resources.observedAgain([id, 'NONE'], isoTime(start + 2))
      expect(await observedAt(id)).toBe(isoTime(start + 2))
      const { items } = await testStore.store.resources.list({ workspace: WORKSPACE, kind: 'session' }, { limit: 10 })
      const all = await testStore.store.resources.all('session')
      const renamed = await testStore.store.resources.rename('session', id, 'b', CALLER)
      expect(items.map((summary) => summary.observedAt)).toEqual([isoTime(start + 2)])
      for (const resource of [...all, 'resource' in renamed ? renamed.resource : undefined])
        expect(resource?.status.observedAt).toBe(isoTime(start + 2))
      await observe(id, 3, { restarts: 1 })
      expect(await observedAt(id)).toBe(isoTime(start + 3))
      await testStore.reopen()
      expect(await observedAt(id)).toBe(isoTime(start + 3))
    })

    test('is found again by the next server, no more recent than it was', async () => {
      const ids = []
      for (const name of ['a', 'b', 'gone', 'c']) ids.push((await made(createSession(testStore.store, name))).id)
      for (const id of ids) await observe(id, 0)
      const [a, b, gone, c] = ids as [string, string, string, string]
      for (const [id, ms] of [
        [a, 1_000],
        [b, 70_500],
        [gone, 70_500],
        [c, 86_400_001],
      ] as const)
        testStore.store.resources.observedAgain([id], isoTime(start + ms))
      await testStore.store.resources.remove(gone)
      const times = async () => Promise.all([a, b, c].map(observedAt))
      const known = [isoTime(start + 1), isoTime(start + 70_001), isoTime(start + 86_400_001)]
      await testStore.reopen()
      expect(await times()).toEqual(known)
      testStore.store.resources.observedAgain([b], isoTime(start + 86_400_001))
      await testStore.reopen()
      expect(await times()).toEqual([known[0], known[2], known[2]])
      await observe(b, 90_000_000, { restarts: 1 })
      await testStore.reopen()
      expect(await observedAt(b)).toBe(isoTime(start + 90_000_000))
    })

    test('is written once a minute, a thousand in a row: a server that is killed loses that minute', async () => {
      const minutes: (() => void)[] = []
      const after = (ms: number, callback: () => void) => {
        if (ms === 60_000) minutes.push(callback)
        return () => {}
      }
      await testStore.store.close()
      const { resources, transaction } = await testStore.open({ clock: { ...testStore.clock, after } })
      const ids: string[] = []
      await transaction(async (groups) => {
        for (let i = 0; i < 1_001; i++) ids.push((await made(createSession(groups, `s${i}`))).id)
      })
      const written = async () =>
        (await under.rows(testStore.dataDir, testStore.database, 'select times from observed_times order by part')).map(
          ({ times }) => unpackTimes(String(times)).map(({ ms }) => ms - start),
        )
      resources.observedAgain(ids, isoTime(start))
      expect(await written()).toEqual([])
      minutes.pop()?.()
      await expect.poll(written).toEqual([Array(1_000).fill(0), [0]])
      resources.observedAgain(ids, isoTime(start + 1_000))
      resources.observedAgain(ids, isoTime(start + 59_999))
      await made(createSession({ resources }, 'another'))
      expect(await written()).toEqual([Array(1_000).fill(0), [0]])
      minutes.pop()?.()
      await expect.poll(written).toEqual([Array(1_000).fill(59_999), [59_999]])
    })

    test('that is damaged, of all, is as if it had not been', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await observe(id, 0)
      testStore.store.resources.observedAgain([id], isoTime(start + 1))
      await testStore.store.close()
      for (const times of ['', 'x', '1767225600000:%', `${start + 60_000}:AAA=`, '999999999999999:AQA=']) {
        await under.run(testStore.dataDir, testStore.database, `update observed_times set times = '${times}'`)
        await testStore.reopen()
        expect(await observedAt(id)).toBe(isoTime(start))
        await testStore.store.close()
      }
    })

    test('of a removed resource is ignored', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await testStore.store.resources.remove(id)
      await observe(id, 0, {}, [event('late')])
      await testStore.store.events.append(id, event('later'))
      expect(await testStore.store.resources.get('session', id)).toBeUndefined()
      expect(await testStore.store.events.list(id, { limit: 10 })).toEqual({ items: [] })
    })

    test('an event with a key is recorded once for each resource', async () => {
      const a = await made(createSession(testStore.store, 'a'))
      const b = await made(createSession(testStore.store, 'b'))
      await Promise.all(Array.from({ length: 5 }, () => testStore.store.events.append(a.id, event('first', 'k'))))
      await observe(a.id, 0, {}, [event('first again', 'k'), event('second', 'l'), event('no key'), event('no key')])
      await testStore.store.events.append(b.id, event('of b', 'k'))
      const messages = async (id: string) =>
        (await testStore.store.events.list(id, { limit: 100 })).items.map(({ message }) => message).slice(1)
      expect(await messages(a.id)).toEqual(['first', 'second', 'no key', 'no key'])
      expect(await messages(b.id)).toEqual(['of b'])
    })

    test('the newest thousand events are kept, and listed in pages', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await testStore.store.transaction(async (groups) => {
        for (let i = 0; i < 1005; i++) await groups.events.append(id, event(`e${i}`))
      })
      const all = await walk((marker) => testStore.store.events.list(id, { limit: 300, ...(marker ? { marker } : {}) }))
      expect(all.map(({ message }) => message)).toEqual(Array.from({ length: 1000 }, (_, i) => `e${i + 5}`))
    })
  })
