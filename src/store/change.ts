/** What callers' changes have in common: the row, its revision, the refusal of a stale one. */

import type { Updateable } from 'kysely'
import type { Kind } from '../domain/kinds.ts'
import type { Tx } from './access.ts'
import { appendChange } from './changes.ts'
import type { ChangeOutcome } from './resource-records.ts'
import { resourceOf } from './rows.ts'
import type { ResourceRow, ResourceTable } from './tables.ts'

/** The row that a caller wants to change, or why it can't. */
export async function rowToChange<K extends Kind>(
  tx: Tx,
  kind: K,
  id: string,
  ifRevision: number | undefined,
): Promise<{ row: ResourceRow } | { refused: ChangeOutcome<K> }> {
  const row = await tx.db
    .selectFrom('resources')
    .selectAll()
    .where('id', '=', id)
    .where('kind', '=', kind)
    .executeTakeFirst()
  if (!row) return { refused: { outcome: 'MISSING' } }
  if (ifRevision !== undefined && ifRevision !== row.revision)
    return { refused: { outcome: 'STALE', revision: row.revision } }
  return { row }
}

export const unchanged = <K extends Kind>(tx: Tx, row: ResourceRow): ChangeOutcome<K> => ({
  outcome: 'UNCHANGED',
  resource: resourceOf<K>(row, tx.times),
})

/** Writes a caller's change: one revision more, and an entry in the feed. */
export async function writeChange<K extends Kind>(
  tx: Tx,
  row: ResourceRow,
  at: string,
  change: Updateable<ResourceTable>,
): Promise<ChangeOutcome<K>> {
  const changed = await tx.db
    .updateTable('resources')
    .set({ ...change, revision: row.revision + 1, updated_at: at })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await appendChange(tx, changed, 'UPDATED')
  tx.listed.push({ row: changed })
  return { outcome: 'CHANGED', resource: resourceOf<K>(changed, tx.times) }
}
