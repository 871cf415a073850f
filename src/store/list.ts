/** Reading resources. Lists go by the sequence, which follows the order of commits: no page repeats or skips. */
import { setImmediate } from 'node:timers/promises'
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Kind } from '../domain/kinds.ts'
import type { ResourceOf } from '../domain/resource.ts'
import type { Access } from './access.ts'
import { parentKind } from './kinds.ts'
import { decodeMarker, itemsWithin, pageOf } from './marker.ts'
import type { ResourceFilter, Resources } from './resource-records.ts'
import { normalName, readable, readRow } from './rows.ts'
import type { ResourceRow, Tables } from './tables.ts'
import type { UnreadableNotes } from './unreadable.ts'

/** How much is read at once where all are wanted: each batch keeps the event loop waiting, and a row may have megabytes. */
const BATCH = { first: 10, most: 500, bytes: 4 * 1024 ** 2 }

export const reading = (access: Access): Pick<Resources, 'get' | 'list' | 'all' | 'children'> => ({
  async get(kind, id) {
    const row = await access.db
      .selectFrom('resources')
      .selectAll()
      .where('id', '=', id)
      .where('kind', '=', kind)
      .executeTakeFirst()
    return row && noted(access, row)
  },

  async list(filter, page) {
    const inOrder = filtered(access.db, filter)
      .where('sequence', '>', decodeMarker(filter.kind, page.marker))
      .orderBy('sequence')
    // How long a text is the databases know without reading it.
    const bytes = sql<number>`octet_length(spec) + octet_length(status)`.as('bytes')
    const sizes = (await inOrder.select(bytes).limit(page.limit).execute()).map((row) => row.bytes)
    const limit = itemsWithin(sizes, page.limit, READ_BYTES)
    const rows = await inOrder
      .selectAll()
      .limit(limit + 1)
      .execute()
    return pageOf(
      filter.kind,
      rows,
      { ...page, limit },
      (row) => row.sequence,
      (row) => noted<typeof filter.kind>(access, row),
    )
  },

  all: (kind) => everything(access, access.db.selectFrom('resources').selectAll().where('kind', '=', kind)),
  children: (parent) => everything(access, access.db.selectFrom('resources').selectAll().where('parent', '=', parent)),
})

/** The resource, with what is damaged of it written down. Throws UnreadableRecord. */
function noted<K extends Kind>({ unreadable, observedTimes }: Access, row: ResourceRow): ResourceOf[K] {
  const read = readRow<K>({ ...row, observed_at: observedTimes.newest(row.id, row.observed_at) })
  note(unreadable, row, read.damaged)
  return readable(read)
}

function remains<K extends Kind>({ unreadable }: Access, row: ResourceRow): ResourceOf[K] {
  const { resource, damaged } = readRow<K>(row)
  note(unreadable, row, damaged)
  return resource
}

function note(unreadable: UnreadableNotes, { kind, id }: ResourceRow, damaged: readonly string[]): void {
  if (damaged.length === 0) unreadable.forget(kind, id)
  for (const column of damaged) unreadable.note({ kind, id, column })
}

/** What is read for a page, of which summaries tell little; one resource has a megabyte at most. */
const READ_BYTES = 4 * 1024 ** 2

type Query = SelectQueryBuilder<Tables, 'resources', ResourceRow>
type Filtered = SelectQueryBuilder<Tables, 'resources', object>

function filtered(db: Kysely<Tables>, { workspace, kind, parent, name, state, label }: ResourceFilter): Filtered {
  let query: Filtered = db.selectFrom('resources').where('workspace', '=', workspace).where('kind', '=', kind)
  // What is made in a workspace has no parent; to say so lets the index give the order.
  const within = parent ?? (parentKind(kind) === undefined ? '' : undefined)
  if (within !== undefined) query = query.where('parent', '=', within)
  if (name !== undefined) query = query.where('name_key', '=', normalName(name))
  if (state === 'DELETING') query = query.where('deletion', 'is not', null)
  else if (state !== undefined) query = query.where('deletion', 'is', null).where('state', '=', state)
  if (label !== undefined) query = query.where('id', 'in', labelled(db, label))
  return query
}

/** `key`, or `key=value`: the value is what follows the first `=`, and may be empty. */
function labelled(db: Kysely<Tables>, label: string) {
  const [, key = '', value] = /^([^=]*)(?:=(.*))?$/su.exec(label) ?? []
  const query = db.selectFrom('resource_labels').select('resource').where('key', '=', key)
  return value === undefined ? query : query.where('value', '=', value)
}

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
