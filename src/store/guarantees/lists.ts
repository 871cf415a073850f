/** Lists: order, pages, filters, and walks while the list changes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NEW_STATUS } from '../../domain/status.ts'
import type { ResourceFilter } from '../resource-records.ts'
import type { Store } from '../store.ts'
import { BadMarker } from '../store.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createJob, createSession, freshPlace, made, WORKSPACE, walk } from './test-store.ts'

const sessions = { workspace: WORKSPACE, kind: 'session' } as const

const names = async (store: Store, filter: Omit<ResourceFilter, 'workspace' | 'kind'>): Promise<string[]> =>
  (await store.resources.list({ ...sessions, ...filter }, { limit: 100 })).items.map(({ name }) => name)

const MANY = Array.from({ length: 40 }, (_, i) => `W${i}`)

export const lists = (under: DatabaseUnderTest) =>
  describe('lists', () => {
    const place = freshPlace(under, [WORKSPACE, 'OTHER', ...MANY])

    test('pages follow the order of creation and end without a marker', async () => {
      for (const name of ['c', 'a', 'b', 'd']) await made(createSession(place.store, name))
      const first = await place.store.resources.list(sessions, { limit: 2 })
      expect(first.items.map(({ name }) => name)).toEqual(['c', 'a'])
      const second = await place.store.resources.list(sessions, { limit: 2, marker: first.marker! })
      expect(second.items.map(({ name }) => name)).toEqual(['b', 'd'])
      expect(second).not.toHaveProperty('marker')
      expect(await place.store.resources.list({ ...sessions, workspace: 'OTHER' }, { limit: 2 })).toEqual({ items: [] })
    })

    test('filters by name, state and label', async () => {
      const a = await made(createSession(place.store, 'caf\u00e9', { labels: { team: 'x', empty: '', odd: 'a=b\nc' } }))
      const b = await made(createSession(place.store, 'b', { labels: { team: 'y' } }))
      await place.store.resources.observed(a.id, { state: 'RUNNING', status: NEW_STATUS })
      await place.store.resources.observed(b.id, { state: 'RUNNING', status: NEW_STATUS })
      await place.store.resources.requestDeletion('session', b.id, { cascade: false, force: false }, CALLER)
      expect(await names(place.store, { name: ' cafe\u0301 ' })).toEqual(['caf\u00e9'])
      expect(await names(place.store, { name: 'Café' })).toEqual([])
      expect(await names(place.store, { state: 'RUNNING' })).toEqual(['caf\u00e9'])
      expect(await names(place.store, { state: 'DELETING' })).toEqual(['b'])
      expect(await names(place.store, { label: 'team' })).toEqual(['caf\u00e9', 'b'])
      expect(await names(place.store, { label: 'team=y', state: 'DELETING' })).toEqual(['b'])
      expect(await names(place.store, { label: 'empty=' })).toEqual(['caf\u00e9'])
      expect(await names(place.store, { label: 'odd=a=b\nc' })).toEqual(['caf\u00e9'])
      for (const label of ['none', 'team=', '', '=', 'team=\0', '%'])
        expect(await names(place.store, { label })).toEqual([])
      expect(await names(place.store, { name: 'b\0' })).toEqual([])
    })

    test('jobs are listed by their session', async () => {
      const one = await made(createSession(place.store, 'one'))
      const two = await made(createSession(place.store, 'two'))
      for (const parent of [one, two, one]) await made(createJob(place.store, parent.id, `j${Math.random()}`))
      const list = await place.store.resources.list(
        { workspace: WORKSPACE, kind: 'job', parent: one.id },
        { limit: 10 },
      )
      expect(list.items.map((job) => job.parent)).toEqual([one.id, one.id])
      expect(await place.store.resources.all('job')).toHaveLength(3)
    })

    test("a marker that is none of the list's is refused", async () => {
      await made(createSession(place.store, 'a'))
      await made(createSession(place.store, 'b'))
      const { marker } = await place.store.resources.list(sessions, { limit: 1 })
      const jobs = { workspace: WORKSPACE, kind: 'job' } as const
      await expect(place.store.resources.list(jobs, { limit: 1, marker: marker! })).rejects.toThrow(BadMarker)
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
        await expect(place.store.resources.list(sessions, { limit: 1, marker: rubbish })).rejects.toThrow(BadMarker)
        await expect(place.store.workspaces.list({ limit: 1, marker: rubbish })).rejects.toThrow(BadMarker)
      }
    })

    test('all answers everything of a kind, oldest first', async () => {
      await place.store.transaction(async (groups) => {
        for (let i = 0; i < 505; i++) await made(createSession(groups, `s${i}`, { workspace: `W${i % 3}` }))
      })
      const all = await place.store.resources.all('session')
      expect(all.map(({ name }) => name)).toEqual(Array.from({ length: 505 }, (_, i) => `s${i}`))
    })

    walking(under)
  })

const walking = (under: DatabaseUnderTest) =>
  describe('a walk over a list that changes', () => {
    const place = freshPlace(under, [WORKSPACE, ...MANY])

    test('never repeats an item nor skips one that was there throughout', async () => {
      let workspaces = 0
      const step = fc.oneof(fc.constant('page' as const), fc.constant('create' as const), fc.nat(30))
      const limits = fc.integer({ min: 1, max: 4 })
      await fc.assert(
        fc.asyncProperty(fc.nat(8), limits, fc.array(step, { maxLength: 15 }), async (size, limit, steps) => {
          const workspace = MANY[workspaces++ % MANY.length]!
          const there: string[] = []
          const create = async () =>
            there.push((await made(createSession(place.store, `s${there.length}`, { workspace }))).id)
          for (let i = 0; i < size; i++) await create()
          const throughout = new Set(there)
          const seen: string[] = []
          let marker: string | undefined
          let done = false
          const page = async () => {
            if (done) return
            const answer = await place.store.resources.list(
              { ...sessions, workspace },
              { limit, ...(marker ? { marker } : {}) },
            )
            seen.push(...answer.items.map(({ id }) => id))
            marker = answer.marker
            done = marker === undefined
          }
          for (const next of steps) {
            if (next === 'page') await page()
            else if (next === 'create') await create()
            else if (there[next] !== undefined) {
              throughout.delete(there[next])
              await place.store.resources.remove(there[next])
            }
          }
          while (!done) await page()
          expect(new Set(seen).size).toBe(seen.length)
          expect([...throughout].filter((id) => !seen.includes(id))).toEqual([])
        }),
        { numRuns: under.name === 'SQLite' ? 40 : 15 },
      )
    })

    test('shows concurrent creates in the order of the feed, and misses none', async () => {
      const total = 60
      let running = true
      const creates = Promise.all(Array.from({ length: total }, (_, i) => createSession(place.store, `s${i}`))).finally(
        () => {
          running = false
        },
      )
      const seen: string[] = []
      for (let marker: string | undefined, last = false; !last; ) {
        last = !running
        const answer = await place.store.resources.list(sessions, { limit: 100, ...(marker ? { marker } : {}) })
        for (const { id } of answer.items) if (!seen.includes(id)) seen.push(id)
        marker = answer.marker
      }
      await creates
      const listed = await walk((marker) =>
        place.store.resources.list(sessions, { limit: 7, ...(marker ? { marker } : {}) }),
      )
      const fed = (await place.store.changes.since(0, 1000)).map(({ id }) => id)
      expect(listed).toHaveLength(total)
      expect(listed.map(({ id }) => id)).toEqual(fed)
      expect(seen).toEqual(fed)
    })
  })
