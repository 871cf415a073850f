/** Pages of resources: what is in them comes from memory (listed.ts), each row is read once to see whether it can be. */
import { setImmediate } from 'node:timers/promises'
import { defined } from '../domain/defined.ts'
import type { Access } from './access.ts'
import { noted } from './damage.ts'
import { firstAfter, type Listed, positionOf, type Sort } from './listed-views.ts'
import { decodePosition, encodePosition, type PageQuery } from './marker.ts'
import type { ResourceFilter, ResourcePage, ResourceSummary } from './resource-records.ts'
import { normalName } from './rows.ts'
import { UnreadableRecord } from './unreadable.ts'

export async function listing(
  access: Access,
  { workspace, kind, parent = '', name, ...filter }: ResourceFilter,
  { limit, marker, sort = 'createdAt' }: PageQuery & { sort?: Sort },
): Promise<ResourcePage> {
  const list = listName(kind, sort)
  const position = marker === undefined ? undefined : decodePosition(list, marker)
  const shown = { ...filter, ...defined({ name: name === undefined ? undefined : normalName(name) }), sort }
  const all = await access.listed.view(access.db, { workspace, kind, parent }, shown)
  const from = position ? firstAfter(all, sort, position) : 0
  const [total, listed, isLast] = [all.length, all.slice(from, from + limit), from + limit >= all.length]
  const last = listed.at(-1)
  const next = isLast || !last ? undefined : encodePosition(list, positionOf(sort, last))
  const unreadable = await unreadableOf(access, listed)
  const items = listed.filter(({ id }) => !unreadable.has(id)).map((one) => summaryOf(access, one))
  const damaged = unreadable.size === 0 ? undefined : [...unreadable.values()]
  return { items, ...defined({ unreadable: damaged, marker: next }), total }
}

/** Markers of the order in which everything is listed are as they always were. */
const listName = (kind: string, sort: Sort): string => (sort === 'createdAt' ? kind : `${kind}.${sort}`)

function summaryOf({ times }: Access, { id, sequence, observedAt, ...listed }: Listed): ResourceSummary {
  const { name, state, createdAt, updatedAt } = listed
  const at = times.of({ id, sequence, observed_at: observedAt }) ?? undefined
  return { id, name, state, createdAt, updatedAt, ...defined({ observedAt: at }) }
}

/** Rows that are read at once: each may have a megabyte, and keeps the event loop waiting. */
const AT_ONCE = 10

type Unreadable = NonNullable<ResourcePage['unreadable']>[number]

/** Reads those that were not found readable yet. */
async function unreadableOf(access: Access, listed: readonly Listed[]): Promise<Map<string, Unreadable>> {
  const unreadable = new Map<string, Unreadable>()
  const unknown = listed.filter((one) => !one.isReadable)
  for (let n = 0; n < unknown.length; n += AT_ONCE) {
    const some = new Map(unknown.slice(n, n + AT_ONCE).map((one) => [one.id, one]))
    const rows = await access.db
      .selectFrom('resources')
      .selectAll()
      .where('id', 'in', [...some.keys()])
      .execute()
    for (const row of rows) {
      try {
        noted(access, row)
        Object.assign(some.get(row.id) ?? {}, { isReadable: true })
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error
        unreadable.set(row.id, { id: row.id, name: row.name, message: error.message })
      }
    }
    await setImmediate()
  }
  return unreadable
}
