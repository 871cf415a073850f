/**
 * Marking for deletion. The mark goes down to what is in a resource in the same transaction, and is only ever widened.
 */
import { isoTime } from '../domain/clock.ts'
import type { Kind } from '../domain/kinds.ts'
import type { Deletion } from '../domain/resource.ts'
import { ENDED_STATES } from '../domain/status.ts'
import type { Access, Tx } from './access.ts'
import { rowToChange, unchanged, writeChange } from './change.ts'
import { insertEvent } from './events.ts'
import { STORED_KINDS } from './kinds.ts'
import type { ChangeOutcome, Resources } from './resource-records.ts'
import { deletionOf } from './rows.ts'
import type { ResourceRow } from './tables.ts'

interface Request {
  deletion: Omit<Deletion, 'requestedAt'>
  by: string
  at: string
}

export const deleting =
  (access: Access): Resources['requestDeletion'] =>
  <K extends Kind>(
    kind: K,
    id: string,
    deletion: Request['deletion'],
    by: string,
    ifRevision?: number,
  ): Promise<ChangeOutcome<K>> =>
    access.write(async (tx) => {
      const found = await rowToChange(tx, kind, id, ifRevision)
      if ('refused' in found) return found.refused
      const { row } = found
      const request = { deletion, by, at: isoTime(access.clock.now()) }
      if (STORED_KINDS[kind].contents !== null) {
        const children = await childrenOf(tx, id)
        const live = children.filter((child) => child.deletion === null && !ENDED_STATES.includes(child.state))
        if (live.length > 0 && !deletion.cascade)
          return { outcome: 'IN_USE', jobs: live.map(({ id, name }) => ({ id, name })) }
        const along = { ...request, deletion: { cascade: false, force: deletion.force } }
        for (const child of children) await mark(tx, child, along)
      }
      return mark<K>(tx, row, request)
    })

const childrenOf = (tx: Tx, parent: string): Promise<ResourceRow[]> =>
  tx.db.selectFrom('resources').selectAll().where('parent', '=', parent).orderBy('sequence').execute()

async function mark<K extends Kind>(
  tx: Tx,
  row: ResourceRow,
  { deletion, by, at }: Request,
): Promise<ChangeOutcome<K>> {
  const { deletion: before, isKnown } = deletionOf(row)
  const after: Deletion = {
    requestedAt: before?.requestedAt ?? at,
    cascade: (before?.cascade ?? false) || deletion.cascade,
    force: (before?.force ?? false) || deletion.force,
  }
  if (before && isKnown && before.cascade === after.cascade && before.force === after.force) return unchanged(tx, row)
  const { contents } = STORED_KINDS[row.kind]
  const how = [
    after.cascade && contents !== null ? `with ${contents}` : '',
    after.force ? 'without waiting for Flink' : '',
  ]
    .filter(Boolean)
    .join(', ')
  await insertEvent(tx, row.id, at, {
    severity: 'INFO',
    reason: 'DeletionRequested',
    message: `Deletion was requested${how && ` (${how})`}`,
    by,
  })
  return writeChange(tx, row, at, { deletion: JSON.stringify(after) })
}
