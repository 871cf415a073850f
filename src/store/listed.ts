/**
 * What lists tell of resources, in memory: this server is the only writer of its database. A collection (the resources
 * of a kind in a workspace or a parent) is read when it is first listed, and from then on follows each commit. It keeps
 * views of itself, each a filter and an order, so that a page, its position after a marker and the total are found
 * without going over the others. docs/decisions/lists-in-memory.md tells why.
 */
import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Kind } from '../domain/kinds.ts'
import type { State } from '../domain/status.ts'
import { createView, type Listed, type View, type ViewOf, viewKey } from './listed-views.ts'
import type { ResourceRow, Tables } from './tables.ts'

export interface Collection {
  workspace: string
  kind: Kind
  parent: string
}

type ListedRow = Pick<
  ResourceRow,
  | 'sequence'
  | 'id'
  | 'workspace'
  | 'kind'
  | 'parent'
  | 'name'
  | 'state'
  | 'deletion'
  | 'created_at'
  | 'updated_at'
  | 'observed_at'
>

/** A resource that a transaction has written or removed. */
export interface ListedChange {
  row: ListedRow
  /** Of a new one. */
  labels?: Listed['labels']
  gone?: boolean
}

export interface ListedResources {
  /** In the order of commits, before anybody is told of them. */
  apply(changes: readonly ListedChange[]): void
  /** What is committed is not known: all is read again when it is asked for. */
  forget(): void
  view(db: Kysely<Tables>, collection: Collection, of: ViewOf): Promise<readonly Listed[]>
}

interface Kept {
  entries: Map<number, Listed>
  views: Map<string, View>
  /** While it is read: what has changed since, which is newer than what is read. */
  changed: Set<number> | undefined
  loaded: Promise<void>
}

/** Of a collection: whoever looks for something else each time must not fill the memory. */
const VIEWS = 16
/** Rows that are read at once: each slice keeps the event loop waiting. */
const SLICE = 500

export function listedResources(): ListedResources {
  const collections = new Map<string, Kept>()

  async function collection(db: Kysely<Tables>, of: Collection): Promise<Kept> {
    const key = keyOf(of)
    for (;;) {
      const kept = collections.get(key) ?? begin(key, db, of)
      await kept.loaded
      // Another while it was read: that one may know of less.
      if (collections.get(key) === kept) return kept
    }
  }

  function begin(key: string, db: Kysely<Tables>, of: Collection): Kept {
    const kept: Kept = { entries: new Map(), views: new Map(), changed: new Set(), loaded: Promise.resolve() }
    kept.loaded = load(db, of, kept).catch((error) => {
      if (collections.get(key) === kept) collections.delete(key)
      throw error
    })
    collections.set(key, kept)
    return kept
  }

  return {
    apply(changes) {
      for (const change of changes) {
        const kept = collections.get(keyOf(change.row))
        if (kept) applyTo(kept, change)
      }
    },
    forget: () => collections.clear(),
    async view(db, of, wanted) {
      const kept = await collection(db, of)
      return viewIn(kept, wanted).items
    },
  }
}

const keyOf = ({ workspace, kind, parent }: Collection): string => `${workspace} ${kind} ${parent}`

function listedOf(row: ListedRow, labels: Listed['labels']): Listed {
  const { sequence, id, name, created_at: createdAt, updated_at: updatedAt, observed_at: observedAt } = row
  const state: State = row.deletion === null ? row.state : 'DELETING'
  return { sequence, id, name, folded: name.toLowerCase(), state, createdAt, updatedAt, observedAt, labels }
}

function applyTo({ entries, views, changed }: Kept, { row, labels, gone }: ListedChange): void {
  const before = entries.get(row.sequence)
  // Labels are never changed.
  const after = gone ? undefined : listedOf(row, labels ?? before?.labels)
  changed?.add(row.sequence)
  if (after) entries.set(row.sequence, Object.assign(after, { isReadable: before?.isReadable ?? false }))
  else entries.delete(row.sequence)
  for (const view of views.values()) view.replace(before, after)
}

async function load(db: Kysely<Tables>, of: Collection, kept: Kept): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await slice(db, of, after)
    const labels = await labelsOf(
      db,
      rows.map(({ id }) => id),
    )
    for (const row of rows) {
      const known = kept.entries.get(row.sequence)
      if (known) known.labels = labels.get(row.id)
      else if (!kept.changed?.has(row.sequence)) kept.entries.set(row.sequence, listedOf(row, labels.get(row.id)))
    }
    const last = rows.at(-1)
    if (!last || rows.length < SLICE) break
    after = last.sequence
    await setImmediate()
  }
  kept.changed = undefined
}

const slice = (db: Kysely<Tables>, { workspace, kind, parent }: Collection, after: number): Promise<ListedRow[]> =>
  db
    .selectFrom('resources')
    .select(['sequence', 'id', 'workspace', 'kind', 'parent', 'name', 'state', 'deletion'])
    .select(['created_at', 'updated_at', 'observed_at'])
    .where('workspace', '=', workspace)
    .where('kind', '=', kind)
    .where('parent', '=', parent)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(SLICE)
    .execute()

async function labelsOf(db: Kysely<Tables>, ids: string[]): Promise<Map<string, Record<string, string>>> {
  const found = new Map<string, Record<string, string>>()
  if (ids.length === 0) return found
  const rows = await db.selectFrom('resource_labels').selectAll().where('resource', 'in', ids).execute()
  for (const { resource, key, value } of rows) found.set(resource, { ...found.get(resource), [key]: value })
  return found
}

/** The one that was asked for longest ago goes; those of which others are made stay as long as these are asked for. */
function viewIn({ entries, views }: Pick<Kept, 'entries' | 'views'>, of: ViewOf): View {
  const key = viewKey(of)
  const all: ViewOf = { sort: of.sort }
  const view =
    views.get(key) ?? createView(of, viewKey(all) === key ? entries.values() : viewIn({ entries, views }, all).items)
  views.delete(key)
  views.set(key, view)
  const [oldest] = views.keys()
  if (views.size > VIEWS && oldest !== undefined) views.delete(oldest)
  return view
}
