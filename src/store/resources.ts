/** Sessions, jobs and applications: what callers asked for, and beside it what was last seen. */
import type { Access } from './access.ts'
import { appendChange } from './changes.ts'
import { creating } from './create.ts'
import { deleting } from './deletion.ts'
import { counting } from './heads.ts'
import { reading } from './list.ts'
import { observing } from './observed.ts'
import { renaming } from './rename.ts'
import type { Resources } from './resource-records.ts'

export const resourcesOf = (access: Access): Resources => ({
  ...reading(access),
  ...counting(access),
  create: creating(access),
  rename: renaming(access),
  requestDeletion: deleting(access),
  observed: observing(access),
  observedAgain: (ids, at) => access.times.again(ids, at),

  remove: (id) =>
    access.write(async (tx) => {
      // Labels, generations, processes and events go with the row: foreign keys.
      const row = await tx.db.deleteFrom('resources').where('id', '=', id).returningAll().executeTakeFirst()
      if (!row) return
      await tx.db.deleteFrom('job_attempts').where('session', '=', id).execute()
      await appendChange(tx, row, 'REMOVED')
      access.unreadable.forget(row.kind, id)
      access.times.forget(row)
      tx.listed.push({ row, gone: true })
    }),
})
