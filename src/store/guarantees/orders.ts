/** Lists by name, time and state, parts of names, and totals: what memory tells is what the database has. */
import { describe, expect, test } from 'vitest'
import { NEW_STATUS, type State } from '../../domain/status.ts'
import { SORTS, type Sort } from '../listed-views.ts'
import type { ResourceFilter } from '../resource-records.ts'
import { BadMarker } from '../store.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { CALLER, createSession, freshStore, made, WORKSPACE, walk } from './test-store.ts'

const sessions = { workspace: WORKSPACE, kind: 'session' } as const

export const orders = (under: DatabaseUnderTest) =>
  describe('lists in an order', () => {
    const testStore = freshStore(under)
    const resources = () => testStore.store.resources
    const names = async (filter: Partial<ResourceFilter> = {}, sort?: Sort): Promise<string[]> => {
      const ask = { limit: 100, ...(sort && { sort }) }
      const { items, total } = await resources().list({ ...sessions, ...filter }, ask)
      expect(total).toBe(items.length)
      return items.map(({ name }) => name)
    }
    const observe = (id: string, state: State) => resources().observed(id, { state, status: NEW_STATUS })

    test('follow each commit, also those of before the first list and while it is read', async () => {
      const b = await made(createSession(testStore.store, 'b'))
      const [listed, a] = await Promise.all([
        names(),
        made(createSession(testStore.store, 'A', { labels: { x: '1' } })),
      ])
      expect([['b'], ['b', 'A']]).toContainEqual(listed)
      const c = await made(createSession(testStore.store, 'c', { labels: { x: '2' } }))
      for (const sort of SORTS) await names({}, sort)
      expect(await names({ label: 'x' }, '-name')).toEqual(['c', 'A'])
      testStore.clock.advance(1)
      await resources().rename('session', a.id, 'D', CALLER)
      await observe(b.id, 'RUNNING')
      await resources().requestDeletion('session', c.id, { cascade: false, force: false }, CALLER)
      const shown = () =>
        Promise.all([names({}, 'name'), names({}, '-updatedAt'), names({}, 'state'), names({ q: 'd' })])
      const expected = [['b', 'c', 'D'], ['c', 'D', 'b'], ['c', 'D', 'b'], ['D']]
      expect(await shown()).toEqual(expected)
      expect(await names({ label: 'x' }, '-name')).toEqual(['D', 'c'])
      expect(await names({ state: 'DELETING' })).toEqual(['c'])
      await testStore.reopen()
      expect(await shown()).toEqual(expected)
      await resources().remove(c.id)
      expect(await shown()).toEqual(expected.map((list) => list.filter((name) => name !== 'c')))
    })

    test('tell nothing of what was undone, nor of what is not committed', async () => {
      await made(createSession(testStore.store, 'a'))
      expect(await names()).toEqual(['a'])
      const undone = testStore.store.transaction(async (groups) => {
        await made(createSession(groups, 'b'))
        const within = await groups.resources.list(sessions, { limit: 10 })
        expect(within.items.map(({ name }) => name)).toEqual(['a', 'b'])
        throw new Error('no')
      })
      await expect(undone).rejects.toThrow('no')
      expect(await names()).toEqual(['a'])
    })

    test('find parts of names, whatever their case and however Unicode spells them', async () => {
      for (const name of ['Straße 1', 'cafe\u0301 A', 'b%_', 'Ünder']) await made(createSession(testStore.store, name))
      expect(await names({ q: 'CAF\u00c9' })).toEqual(['caf\u00e9 A'])
      expect(await names({ q: 'A' })).toEqual(['Straße 1', 'caf\u00e9 A'])
      expect(await names({ q: '%' })).toEqual(['b%_'])
      expect(await names({ q: 'ü', state: 'PENDING' }, '-name')).toEqual(['Ünder'])
      expect(await names({ q: 'x' })).toEqual([])
    })

    test.each(SORTS)('are walked by %s, each item once, with the total on every page', async (sort) => {
      const made_: string[] = []
      await testStore.store.transaction(async (groups) => {
        for (let i = 0; i < 30; i++) {
          if (i % 4 === 0) testStore.clock.advance(1)
          made_.push((await made(createSession(groups, `${'xyz'[i % 3]} ${i}`))).id)
        }
      })
      for (const id of made_.slice(0, 12)) await observe(id, 'RUNNING')
      const page = async (marker?: string) => {
        const answer = await resources().list(sessions, { limit: 7, sort, ...(marker ? { marker } : {}) })
        expect(answer.total).toBe(30)
        return answer
      }
      const walked = await walk(page)
      expect(new Set(walked.map(({ id }) => id)).size).toBe(30)
      const by = sort.replace('-', '') as 'name' | 'createdAt' | 'updatedAt' | 'state'
      const values = walked.map((item) => item[by])
      expect(values).toEqual(sort.startsWith('-') ? values.toSorted().reverse() : values.toSorted())
      const { marker } = await page()
      const other = sort === 'name' ? 'state' : 'name'
      await expect(resources().list(sessions, { limit: 7, sort: other, marker: marker! })).rejects.toThrow(BadMarker)
    })

    test('read no row twice to tell of it: at rest a page costs the database nothing', async () => {
      await made(createSession(testStore.store, 'a'))
      await names()
      await under.run(testStore.dataDir, testStore.database, `update resources set name = 'past the store'`)
      expect(await names()).toEqual(['a'])
    })

    test('all are counted by kind and state', async () => {
      const ids: string[] = []
      for (const name of ['a', 'b', 'c']) ids.push((await made(createSession(testStore.store, name))).id)
      await observe(ids[0]!, 'RUNNING')
      await resources().requestDeletion('session', ids[1]!, { cascade: false, force: false }, CALLER)
      const counts = (await resources().counts()).filter(({ count }) => count > 0)
      expect(counts.map(({ kind, state, count }) => `${count} ${kind} ${state}`).sort()).toEqual([
        '1 session DELETING',
        '1 session PENDING',
        '1 session RUNNING',
      ])
    })
  })
