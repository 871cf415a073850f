/** What is observed, and the timeline of events. */
import { describe, expect, test } from 'vitest'
import { isoTime } from '../../domain/clock.ts'
import type { NewEvent } from '../../domain/resource.ts'
import type { Status } from '../../domain/status.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { createSession, freshStore, made, walk } from './test-store.ts'

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

    test('moves its time in steps when nothing else changes', async () => {
      const { id } = await made(createSession(testStore.store, 'a'))
      await observe(id, 0)
      await observe(id, 4_999)
      expect(await observedAt(id)).toBe(isoTime(start))
      await observe(id, 5_000)
      expect(await observedAt(id)).toBe(isoTime(start + 5_000))
      await observe(id, 5_001, { restarts: 1 })
      expect(await observedAt(id)).toBe(isoTime(start + 5_001))
      await testStore.reopen()
      expect(await observedAt(id)).toBe(isoTime(start + 5_001))
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
