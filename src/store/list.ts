/** Reading resources, one or all. What is read in pages stands in listing.ts. */
import { setImmediate } from 'node:timers/promises'
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Kind } from '../domain/kinds.ts'
import type { ResourceOf } from '../domain/resource.ts'
import type { Access } from './access.ts'
import { noted, remains } from './damage.ts'
import { listing } from './listing.ts'
import type { Resources } from './resource-records.ts'
import type { ResourceRow, Tables } from './tables.ts'

/** How much is read at once where all are wanted: each batch keeps the event loop waiting, and a row may have megabytes. */
const BATCH = { first: 10, most: 500, bytes: 4 * 1024 ** 2 }

export const reading = (access: Access): Pick<Resources, 'get' | 'list' | 'counts' | 'all'> => ({
  async get(kind, id) {
    const row = await access.db
      .selectFrom('resources')
      .selectAll()
      .where('id', '=', id)
      .where('kind', '=', kind)
      .executeTakeFirst()
    return row && noted(access, row)
  },

  list: (filter, page) => listing(access, filter, page),

  async counts() {
    const rows = await access.db
      .selectFrom('resources')
      .select(['kind', 'state', sql<number>`count(*)`.as('count'), sql<number>`count(deletion)`.as('deleting')])
      .groupBy(['kind', 'state'])
      .execute()
    return rows.flatMap(({ kind, state, count, deleting }) => [
      { kind, state, count: Number(count) - Number(deleting) },
      { kind, state: 'DELETING' as const, count: Number(deleting) },
    ])
  },

  all: (kind) => everything(access, access.db.selectFrom('resources').selectAll().where('kind', '=', kind)),
})

type Query = SelectQueryBuilder<Tables, 'resources', ResourceRow>

async function everything<K extends Kind>(access: Access, query: Query): Promise<ResourceOf[K][]> {
  const found: ResourceOf[K][] = []
  let [after, limit] = [0, BATCH.first]
  for (;;) {
    const rows = await query.where('sequence', '>', after).orderBy('sequence').limit(limit).execute()
    found.push(...rows.map((row) => remains<K>(access, row)))
    const last = rows.at(-1)
    if (!last || rows.length < limit) return found
    const bytes = rows.reduce((sum, { spec, status }) => sum + spec.length + status.length, 0) / rows.length
    after = last.sequence
    limit = Math.max(1, Math.min(BATCH.most, 2 * limit, Math.floor(BATCH.bytes / bytes)))
    // SQLite answers before anybody else has had a turn.
    await setImmediate()
  }
}
