/** What workspaces and clusters do alike as rows: being read, listed, looked at, and having names. */

import { isDeepStrictEqual } from 'node:util'
import { type Kysely, type Selectable, sql } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { NEW_TARGET_STATUS, type TargetStatus } from '../domain/kubernetes.ts'
import type { Access, Tx } from './access.ts'
import { appendChange } from './changes.ts'
import type { Change } from './feed.ts'
import type { IdempotencyClaim } from './idempotency.ts'
import { earlierClaim } from './idempotency.ts'
import { decodeMarker, itemsWithin, pageOf } from './marker.ts'
import { normalName } from './rows.ts'
import { isTargetStatus } from './shapes.ts'
import type { Tables, TargetTable } from './tables.ts'
import type { KubeClusters, Target, TargetChanged, TargetCreated } from './targets.ts'
import { readJson, UnreadableRecord } from './unreadable.ts'

type TargetRow = Selectable<TargetTable>
/** The columns that both tables have, by which one code serves both. */
type Common = Kysely<Record<'workspaces' | 'clusters', TargetTable>>

/** One of the two kinds: its table, and how its rows are read. */
export interface TargetKind<P extends Target> {
  kind: 'workspace' | 'kubeCluster'
  table: 'workspaces' | 'clusters'
  /** Of a whole row of that table. Throws UnreadableRecord, whose remains are a whole target, too. */
  targetOf(row: TargetRow): P
}

export const commonOf = (row: TargetRow): Target => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  revision: row.revision,
  status: statusOf(row),
  ...(row.check_requested_at === null ? {} : { checkRequestedAt: row.check_requested_at }),
})

/** One that can't be read is as good as none: the target is inspected anew. */
function statusOf({ status: text, observed_at: observedAt }: TargetRow): TargetStatus {
  const status = readJson<TargetStatus>(text, isTargetStatus)
  return status ? { ...defined({ observedAt: observedAt ?? undefined }), ...status } : NEW_TARGET_STATUS
}

type Alike<P extends Target> = Pick<KubeClusters, 'observed'> & {
  get(id: string): Promise<P | undefined>
  list(...query: Parameters<KubeClusters['list']>): Promise<{ items: P[]; marker?: string }>
  all(): Promise<P[]>
  requestCheck(id: string): Promise<P | undefined>
}

export function targetsOf<P extends Target>(access: Access, { kind, table, targetOf }: TargetKind<P>): Alike<P> {
  const rows = () => commonly(access.db).selectFrom(table).selectAll()
  const noted = (row: TargetRow): P => {
    try {
      return targetOf(row)
    } catch (error) {
      if (error instanceof UnreadableRecord) access.unreadable.note(error)
      throw error
    }
  }
  const remains = (row: TargetRow): P => {
    try {
      return noted(row)
    } catch (error) {
      if (error instanceof UnreadableRecord) return error.remains as P
      throw error
    }
  }
  return {
    async get(id) {
      const row = await rows().where('id', '=', id).executeTakeFirst()
      return row && noted(row)
    },
    async list(page, { name } = {}) {
      let query = commonly(access.db).selectFrom(table).where('sequence', '>', decodeMarker(kind, page.marker))
      if (name !== undefined) query = query.where('name', '=', normalName(name))
      const inOrder = query.orderBy('sequence')
      const sizes = (await inOrder.select(bytesOf(table)).limit(page.limit).execute()).map(({ bytes }) => bytes)
      const limit = itemsWithin(sizes, page.limit)
      const found = await inOrder
        .selectAll()
        .limit(limit + 1)
        .execute()
      return pageOf(kind, found, { ...page, limit }, (row) => row.sequence, noted)
    },
    all: async () => (await rows().orderBy('sequence').execute()).map(remains),
    observed: (id, observation) => observe(access, { kind, table }, id, observation),
    requestCheck: (id) =>
      access.write(async (tx) => {
        const row = await commonly(tx.db)
          .updateTable(table)
          .set({ check_requested_at: isoTime(access.clock.now()) })
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst()
        if (row) await targetChanged(tx, { kind }, id, 'UPDATED')
        return row && targetOf(row)
      }),
  }
}

/** Of a row, as far as it may be large: certificates are. */
const bytesOf = (table: TargetKind<Target>['table']) =>
  (table === 'clusters'
    ? sql<number>`octet_length(status) + octet_length(server)`
    : sql<number>`octet_length(status)`
  ).as('bytes')

const commonly = (db: Kysely<Tables>): Common => db as unknown as Common

/** What has nothing new in it but the time does not wait for the disk. */
async function observe(
  access: Access,
  { kind, table }: Pick<TargetKind<Target>, 'kind' | 'table'>,
  id: string,
  observation: TargetStatus,
): Promise<void> {
  const { observedAt, ...found } = observation
  const set = { status: JSON.stringify(found), observed_at: observedAt ?? null }
  const current = (db: Kysely<Tables>) =>
    commonly(db).selectFrom(table).select('status').where('id', '=', id).executeTakeFirst()
  const update = async (db: Kysely<Tables>): Promise<void> => {
    await commonly(db).updateTable(table).set(set).where('id', '=', id).execute()
  }
  const isNews = (row: { status: string }): boolean =>
    !isDeepStrictEqual(readJson(row.status, isTargetStatus), JSON.parse(set.status))
  const row = await current(access.db)
  if (!row) return
  if (!isNews(row)) return access.relaxed(update)
  await access.write(async (tx) => {
    // Once more, now that nobody else writes: it may have been removed.
    const row = await current(tx.db)
    if (!row) return
    if (isNews(row)) await targetChanged(tx, { kind }, id, 'OBSERVED')
    await update(tx.db)
  })
}

/** Tells the feed of it. */
export const targetChanged = (
  tx: Tx,
  { kind }: Pick<TargetKind<Target>, 'kind'>,
  id: string,
  what: Change['what'],
): Promise<number> => appendChange(tx, { kind, id, workspace: kind === 'workspace' ? id : '', parent: '' }, what)

/** Who in the organization has that name, which is one in its kept form. */
export function nameHolder(
  tx: Tx,
  table: TargetKind<Target>['table'],
  organization: string,
  name: string,
): Promise<TargetRow | undefined> {
  return commonly(tx.db)
    .selectFrom(table)
    .selectAll()
    .where('organization', '=', organization)
    .where('name', '=', name)
    .executeTakeFirst()
}

/** What an earlier request with the same key has made; undefined when there was none. */
export async function targetRepeated<P extends Target>(
  tx: Tx,
  { table, targetOf }: TargetKind<P>,
  claim: IdempotencyClaim,
  now: number,
): Promise<TargetCreated<P> | undefined> {
  const earlier = await earlierClaim(tx, claim, now)
  if (earlier === undefined) return undefined
  if (earlier === 'OTHER_BODY') return { outcome: 'KEY_REUSED' }
  const row = await commonly(tx.db).selectFrom(table).selectAll().where('id', '=', earlier.resource).executeTakeFirst()
  return row ? { outcome: 'REPEATED', resource: targetOf(row) } : { outcome: 'GONE' }
}

/** Why a row can't be changed by a caller who has seen that revision. */
export function refusal(
  row: TargetRow | undefined,
  ifRevision: number | undefined,
): Extract<TargetChanged<never>, { outcome: 'MISSING' | 'STALE' }> | undefined {
  if (!row) return { outcome: 'MISSING' }
  return ifRevision === undefined || ifRevision === row.revision
    ? undefined
    : { outcome: 'STALE', revision: row.revision }
}
