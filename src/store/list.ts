/** Reading resources. Lists go by the sequence, which follows the order of commits: no page repeats or skips. */
import type { Kysely, SelectQueryBuilder } from 'kysely'
import type { Kind } from '../domain/kinds.ts'
import type { ResourceOf } from '../domain/resource.ts'
import type { Access } from './access.ts'
import { parentKind } from './kinds.ts'
import { decodeMarker, pageOf } from './marker.ts'
import type { ResourceFilter, Resources } from './resource-records.ts'
import { normalName, readable, readRow } from './rows.ts'
import type { ResourceRow, Tables } from './tables.ts'

/** How many rows are read at once where all are wanted: each batch keeps the event loop waiting. */
const BATCH = 500

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
    const rows = await filtered(access.db, filter)
      .where('sequence', '>', decodeMarker(filter.kind, page.marker))
      .orderBy('sequence')
      .limit(page.limit + 1)
      .execute()
    return pageOf(
      filter.kind,
      rows,
      page,
      (row) => row.sequence,
      (row) => noted<typeof filter.kind>(access, row),
    )
  },

  all: (kind) => everything(access, access.db.selectFrom('resources').selectAll().where('kind', '=', kind)),
  children: (parent) => everything(access, access.db.selectFrom('resources').selectAll().where('parent', '=', parent)),
})

/** The resource, with what is damaged of it written down. Throws UnreadableRecord. */
function noted<K extends Kind>({ unreadable }: Access, row: ResourceRow): ResourceOf[K] {
  const read = readRow<K>(row)
  for (const column of read.damaged) unreadable.note({ kind: row.kind, id: row.id, column })
  return readable(read)
}

function remains<K extends Kind>({ unreadable }: Access, row: ResourceRow): ResourceOf[K] {
  const { resource, damaged } = readRow<K>(row)
  for (const column of damaged) unreadable.note({ kind: row.kind, id: row.id, column })
  return resource
}

type Query = SelectQueryBuilder<Tables, 'resources', ResourceRow>

function filtered(db: Kysely<Tables>, { workspace, kind, parent, name, state, label }: ResourceFilter): Query {
  let query = db.selectFrom('resources').selectAll().where('workspace', '=', workspace).where('kind', '=', kind)
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
  for (let after = 0; ; ) {
    const rows = await query.where('sequence', '>', after).orderBy('sequence').limit(BATCH).execute()
    found.push(...rows.map((row) => remains<K>(access, row)))
    const last = rows.at(-1)
    if (!last || rows.length < BATCH) return found
    after = last.sequence
  }
}
