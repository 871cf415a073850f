/** Marking for deletion. The mark goes down to a session's jobs in the same transaction, and is only ever widened. */
import { isoTime } from '../domain/clock.ts'
import type { Kind } from '../domain/kinds.ts'
import type { Deletion } from '../domain/resource.ts'
import { ENDED_STATES } from '../domain/status.ts'
import type { Access, Tx } from './access.ts'
import { rowToChange, unchanged, writeChange } from './change.ts'
import { insertEvent } from './events.ts'
import type { ChangeOutcome, Resources } from './store.ts'
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
      if (row.kind === 'session') {
        const jobs = await tx.db
          .selectFrom('resources')
          .selectAll()
          .where('parent', '=', id)
          .orderBy('sequence')
          .execute()
        const live = jobs.filter((job) => job.deletion === null && !ENDED_STATES.includes(job.state))
        if (live.length > 0 && !deletion.cascade)
          return { outcome: 'IN_USE', jobs: live.map((job) => ({ id: job.id, name: job.name })) }
        for (const job of jobs) await mark(tx, job, { ...request, deletion: { cascade: false, force: deletion.force } })
      }
      return mark<K>(tx, row, request)
    })

async function mark<K extends Kind>(
  tx: Tx,
  row: ResourceRow,
  { deletion, by, at }: Request,
): Promise<ChangeOutcome<K>> {
  const before: Deletion | undefined = row.deletion === null ? undefined : JSON.parse(row.deletion)
  const after: Deletion = {
    requestedAt: before?.requestedAt ?? at,
    cascade: (before?.cascade ?? false) || deletion.cascade,
    force: (before?.force ?? false) || deletion.force,
  }
  if (before && before.cascade === after.cascade && before.force === after.force) return unchanged(row)
  const how = [after.cascade ? 'with its jobs' : '', after.force ? 'without waiting for Flink' : '']
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
