/** Lists: order, pages, filters, and walks while the list changes. */
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NEW_STATUS } from '../../domain/status.ts'
import type { ResourceFilter } from '../resource-records.ts'
import type { Store } from '../store.ts'
import { BadMarker } from '../store.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createJob, createSession, freshStore, made, WORKSPACE, walk } from './test-store.ts'

const sessions = { workspace: WORKSPACE, kind: 'session' } as const

const names = async (store: Store, filter: Omit<ResourceFilter, 'workspace' | 'kind'>): Promise<string[]> =>
  (await store.resources.list({ ...sessions, ...filter }, { limit: 100 })).items.map(({ name }) => name)

const MANY = Array.from({ length: 40 }, (_, i) => `W${i}`)

export const lists = (under: DatabaseUnderTest) =>
  describe('lists', () => {
    const testStore = freshStore(under, [WORKSPACE, 'OTHER', ...MANY])

    test('pages follow the order of creation and end without a marker', async () => {
      for (const name of ['c', 'a', 'b', 'd']) await made(createSession(testStore.store, name))
      const first = await testStore.store.resources.list(sessions, { limit: 2 })
      expect(first.items.map(({ name }) => name)).toEqual(['c', 'a'])
      const second = await testStore.store.resources.list(sessions, { limit: 2, marker: first.marker! })
      expect(second.items.map(({ name }) => name)).toEqual(['b', 'd'])
      expect(second).not.toHaveProperty('marker')
      expect(await testStore.store.resources.list({ ...sessions, workspace: 'OTHER' }, { limit: 2 })).toEqual({
        items: [],
        total: 0,
      })
    })

    test('filters by name, state and label', async () => {
      const a = await made(
        createSession(testStore.store, 'caf\u00e9', { labels: { team: 'x', empty: '', odd: 'a=b\nc' } }),
      )
      const b = await made(createSession(testStore.store, 'b', { labels: { team: 'y' } }))
      await testStore.store.resources.observed(a.id, { state: 'RUNNING', status: NEW_STATUS })
      await testStore.store.resources.observed(b.id, { state: 'RUNNING', status: NEW_STATUS })
      await testStore.store.resources.requestDeletion('session', b.id, { cascade: false, force: false }, CALLER)
      expect(await names(testStore.store, { name: ' cafe\u0301 ' })).toEqual(['caf\u00e9'])
      expect(await names(testStore.store, { name: 'Café' })).toEqual([])
      expect(await names(testStore.store, { state: 'RUNNING' })).toEqual(['caf\u00e9'])
      expect(await names(testStore.store, { state: 'DELETING' })).toEqual(['b'])
      expect(await names(testStore.store, { label: 'team' })).toEqual(['caf\u00e9', 'b'])
      expect(await names(testStore.store, { label: 'team=y', state: 'DELETING' })).toEqual(['b'])
      expect(await names(testStore.store, { label: 'empty=' })).toEqual(['caf\u00e9'])
      expect(await names(testStore.store, { label: 'odd=a=b\nc' })).toEqual(['caf\u00e9'])
      for (const label of ['none', 'team=', '', '=', 'team=\0', '%'])
        expect(await names(testStore.store, { label })).toEqual([])
      expect(await names(testStore.store, { name: 'b\0' })).toEqual([])
    })

    test('jobs are listed by their session', async () => {
      const one = await made(createSession(testStore.store, 'one'))
      const two = await made(createSession(testStore.store, 'two'))
      for (const parent of [one, two, one]) await made(createJob(testStore.store, parent.id, `j${Math.random()}`))
      const list = await testStore.store.resources.list(
        { workspace: WORKSPACE, kind: 'job', parent: one.id },
        { limit: 10 },
      )
      expect(list.items).toHaveLength(2)
      expect(list.total).toBe(2)
      expect(await testStore.store.resources.all('job')).toHaveLength(3)
    })

    test("a marker that is none of the list's is refused", async () => {
      await made(createSession(testStore.store, 'a'))
      await made(createSession(testStore.store, 'b'))
      const { marker } = await testStore.store.resources.list(sessions, { limit: 1 })
      const jobs = { workspace: WORKSPACE, kind: 'job' } as const
      await expect(testStore.store.resources.list(jobs, { limit: 1, marker: marker! })).rejects.toThrow(BadMarker)
      for (const rubbish of [
        '',
        'x',
        '!!',
        `${marker}=`,
        `${marker}A`,
        Buffer.from('session:-1').toString('base64url'),
        Buffer.from('session:99999999999999999999').toString('base64url'),
        Buffer.from('session:01').toString('base64url'),
      ]) {
        await expect(testStore.store.resources.list(sessions, { limit: 1, marker: rubbish })).rejects.toThrow(BadMarker)
        await expect(testStore.store.workspaces.list({ limit: 1, marker: rubbish })).rejects.toThrow(BadMarker)
      }
    })

    test('all answers everything of a kind, oldest first', async () => {
      await testStore.store.transaction(async (groups) => {
        for (let i = 0; i < 505; i++) await made(createSession(groups, `s${i}`, { workspace: `W${i % 3}` }))
      })
      const all = await testStore.store.resources.all('session')
      expect(all.map(({ name }) => name)).toEqual(Array.from({ length: 505 }, (_, i) => `s${i}`))
    })

    walking(under)
  })

const walking = (under: DatabaseUnderTest) =>
  describe('a walk over a list that changes', () => {
    const testStore = freshStore(under, [WORKSPACE, ...MANY])

    test('never repeats an item nor skips one that was there throughout', async () => {
      let workspaces = 0
      const step = fc.oneof(fc.constant('page' as const), fc.constant('create' as const), fc.nat(30))
      const limits = fc.integer({ min: 1, max: 4 })
      await fc.assert(
        fc.asyncProperty(fc.nat(8), limits, fc.array(step, { maxLength: 15 }), async (size, limit, steps) => {
          const workspace = MANY[workspaces++ % MANY.length]!
          const there: string[] = []
          const create = async () =>
            there.push((await made(createSession(testStore.store, `s${there.length}`, { workspace }))).id)
          for (let i = 0; i < size; i++) await create()
          const throughout = new Set(there)
          const listed: string[] = []
          let marker: string | undefined
          let done = false
          const page = async () => {
            if (done) return
            const answer = await testStore.store.resources.list(
              { ...sessions, workspace },
              { limit, ...(marker ? { marker } : {}) },
            )
            listed.push(...answer.items.map(({ id }) => id))
            marker = answer.marker
            done = marker === undefined
          }
          for (const next of steps) {
            if (next === 'page') await page()
            else if (next === 'create') await create()
            else if (there[next] !== undefined) {
              throughout.delete(there[next])
              await testStore.store.resources.remove(there[next])
            }
          }
          while (!done) await page()
          expect(new Set(listed).size).toBe(listed.length)
          expect([...throughout].filter((id) => !listed.includes(id))).toEqual([])
        }),
        { numRuns: under.name === 'SQLite' ? 40 : 15 },
      )
    })

    test('shows concurrent creates in the order of the feed, and misses none', async () => {
      const total = 60
      let running = true
      const creates = Promise.all(
        Array.from({ length: total }, (_, i) => createSession(testStore.store, `s${i}`)),
      ).finally(() => {
        running = false
      })
      const listed: string[] = []
      for (let marker: string | undefined, last = false; !last; ) {
        last = !running
        const answer = await testStore.store.resources.list(sessions, { limit: 100, ...(marker ? { marker } : {}) })
        for (const { id } of answer.items) if (!listed.includes(id)) listed.push(id)
        marker = answer.marker
        // On SQLite a reader who never waits would leave writers no turn.
        await setImmediate()
      }
      await creates
      const walked = await walk((marker) =>
        testStore.store.resources.list(sessions, { limit: 7, ...(marker ? { marker } : {}) }),
      )
      const fed = (await testStore.store.changes.since(0, 1000)).map(({ id }) => id)
      expect(walked).toHaveLength(total)
      expect(walked.map(({ id }) => id)).toEqual(fed)
      expect(listed).toEqual(fed)
    })
  })
