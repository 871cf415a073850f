import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TestApi } from '../../tests/support/api.ts'
import { startApi } from '../../tests/support/api.ts'

const idOf = (path: string) => path.split('/').at(-1)!

/** Walks the whole list, and does something between any two pages. */
async function walk(
  api: TestApi,
  limit: number,
  between: (page: number) => Promise<void> = async () => {},
): Promise<string[]> {
  const ids: string[] = []
  let marker: string | undefined
  for (let page = 0; page === 0 || marker !== undefined; page++) {
    if (page > 0) await between(page)
    const query = new URLSearchParams({ limit: String(limit), ...(marker !== undefined && { marker }) })
    const { body } = await api.call('GET', `${api.base}/sessions?${query}`)
    expect(body.items.length).toBeLessThanOrEqual(limit)
    ids.push(...body.items.map(({ id }: { id: string }) => id))
    marker = body.marker
  }
  return ids
}

test('a walk answers each item once, in order of creation, and ends without a marker', async () => {
  const api = await startApi()
  const made = [] as string[]
  for (let i = 0; i < 5; i++) made.push(idOf(await api.session({ name: `s${i}` })))
  for (const limit of [1, 2, 5, 100]) expect(await walk(api, limit)).toEqual(made)
  expect(await walk(await startApi(), 3)).toEqual([])
})

async function clear({ store, ws }: TestApi): Promise<void> {
  const { items } = await store.resources.list({ workspace: ws, kind: 'session' }, { limit: 100 })
  for (const { id } of items) await store.resources.remove(id)
}

test('a walk over a list that changes meanwhile neither repeats nor skips what was there throughout', async () => {
  const api = await startApi()
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ remove: fc.nat({ max: 5 }), add: fc.boolean(), rename: fc.nat({ max: 5 }) }), {
        maxLength: 6,
      }),
      async (limit, steps) => {
        await clear(api)
        const made: string[] = []
        for (let i = 0; i < 6; i++) made.push(idOf(await api.session({ name: `s${i}` })))
        const removed = new Set<string>()
        const observed = await walk(api, limit, async (page) => {
          const step = steps[page - 1]
          if (!step) return
          const [victim, renamed] = [made[step.remove]!, made[step.rename]!]
          removed.add(victim)
          await api.store.resources.remove(victim)
          if (!removed.has(renamed))
            await api.call('PATCH', `${api.base}/sessions/${renamed}`, { body: { name: `renamed ${page}` } })
          if (step.add) await api.session({ name: `late ${page}` })
        })
        expect(new Set(observed).size).toBe(observed.length)
        for (const id of made) if (!removed.has(id)) expect(observed).toContain(id)
      },
    ),
    { numRuns: 10 },
  )
})
