/** What workspaces and clusters do alike as rows: being read, listed, looked at, and having names. */

import { isDeepStrictEqual } from 'node:util'
import type { Kysely, Selectable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import type { PlaceStatus } from '../domain/kubernetes.ts'
import type { Access, Tx } from './access.ts'
import { appendChange } from './changes.ts'
import { earlierClaim } from './idempotency.ts'
import { decodeMarker, pageOf } from './marker.ts'
import type { Clusters, Place, PlaceChanged, PlaceCreated } from './places.ts'
import { normalName } from './rows.ts'
import type { Change, IdempotencyClaim } from './store.ts'
import type { PlaceTable, Tables } from './tables.ts'

type PlaceRow = Selectable<PlaceTable>
/** The columns that both tables have, by which one code serves both. */
type Common = Kysely<Record<'workspaces' | 'clusters', PlaceTable>>

/** One of the two kinds: its table, and how its rows are read. */
export interface PlaceKind<P extends Place> {
  kind: 'workspace' | 'cluster'
  table: 'workspaces' | 'clusters'
  /** Of a whole row of that table. */
  placeOf(row: PlaceRow): P
}

export const commonOf = (row: PlaceRow): Place => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  revision: row.revision,
  status: { ...(row.observed_at === null ? {} : { observedAt: row.observed_at }), ...JSON.parse(row.status) },
  ...(row.check_requested_at === null ? {} : { checkRequestedAt: row.check_requested_at }),
})

type Alike<P extends Place> = Pick<Clusters, 'observed'> & {
  get(id: string): Promise<P | undefined>
  list(...query: Parameters<Clusters['list']>): Promise<{ items: P[]; marker?: string }>
  all(): Promise<P[]>
  requestCheck(id: string): Promise<P | undefined>
}

export function placesOf<P extends Place>(access: Access, { kind, table, placeOf }: PlaceKind<P>): Alike<P> {
  const rows = () => commonly(access.db).selectFrom(table).selectAll()
  return {
    async get(id) {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row && placeOf(row)
    },
    async list(page, { name } = {}) {
      let query = rows().where('sequence', '>', decodeMarker(kind, page.marker))
      if (name !== undefined) query = query.where('name', '=', normalName(name))
      return pageOf(
        kind,
        await query
          .orderBy('sequence')
          .limit(page.limit + 1)
          .execute(),
        page,
        (row) => row.sequence,
        placeOf,
      )
    },
    all: async () => (await rows().orderBy('sequence').execute()).map(placeOf),
    observed: (id, seen) => observe(access, { kind, table }, id, seen),
    requestCheck: (id) =>
      access.write(async (tx) => {
        const row = await commonly(tx.db)
          .updateTable(table)
          .set({ check_requested_at: isoTime(access.clock.now()) })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst()
        if (row) await placeChanged(tx, { kind }, id, 'UPDATED')
        return row && placeOf(row)
      }),
  }
}

const commonly = (db: Kysely<Tables>): Common => db as unknown as Common

/** What has nothing new in it but the time does not wait for the disk. */
async function observe(
  access: Access,
  { kind, table }: Pick<PlaceKind<Place>, 'kind' | 'table'>,
  id: string,
  seen: PlaceStatus,
): Promise<void> {
  const { observedAt, ...found } = seen
  const set = { status: JSON.stringify(found), observed_at: observedAt ?? null }
  const current = (db: Kysely<Tables>) =>
    commonly(db).selectFrom(table).select('status').where('id', '=', id).executeTakeFirst()
  const update = async (db: Kysely<Tables>): Promise<void> => {
    await commonly(db).updateTable(table).set(set).where('id', '=', id).execute()
  }
  const isNews = (row: { status: string }): boolean =>
    !isDeepStrictEqual(JSON.parse(row.status), JSON.parse(set.status))
  const row = await current(access.db)
  if (!row) return
  if (!isNews(row)) return access.relaxed(update)
  await access.write(async (tx) => {
    // Once more, now that nobody else writes: it may have been removed.
    const row = await current(tx.db)
    if (!row) return
    if (isNews(row)) await placeChanged(tx, { kind }, id, 'OBSERVED')
    await update(tx.db)
  })
}

/** Tells the feed of it. */
export const placeChanged = (
  tx: Tx,
  { kind }: Pick<PlaceKind<Place>, 'kind'>,
  id: string,
  what: Change['what'],
): Promise<number> => appendChange(tx, { kind, id, workspace: kind === 'workspace' ? id : '', parent: '' }, what)

/** Who in the organization has that name, which is one in its kept form. */
export function nameHolder(
  tx: Tx,
  table: PlaceKind<Place>['table'],
  organization: string,
  name: string,
): Promise<PlaceRow | undefined> {
  return commonly(tx.db)
    .selectFrom(table)
    .selectAll()
    .where('organization', '=', organization)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** What an earlier request with the same key has made; undefined when there was none. */
export async function placeRepeated<P extends Place>(
  tx: Tx,
  { table, placeOf }: PlaceKind<P>,
  claim: IdempotencyClaim,
  now: number,
): Promise<PlaceCreated<P> | undefined> {
  const earlier = await earlierClaim(tx, claim, now)
  if (earlier === undefined) return undefined
  if (earlier === 'OTHER_BODY') return { outcome: 'KEY_REUSED' }
  const row = await commonly(tx.db).selectFrom(table).selectAll().where('id', '=', earlier.resource).executeTakeFirst()
  return row ? { outcome: 'REPEATED', resource: placeOf(row) } : { outcome: 'GONE' }
}

/** Why a row can't be changed by a caller who has seen that revision. */
export function refusal(
  row: PlaceRow | undefined,
  ifRevision: number | undefined,
): Extract<PlaceChanged<never>, { outcome: 'MISSING' | 'STALE' }> | undefined {
  if (!row) return { outcome: 'MISSING' }
  return ifRevision === undefined || ifRevision === row.revision
    ? undefined
    : { outcome: 'STALE', revision: row.revision }
}
