/** Renaming: the name stands beside the spec and in it. */
import { isoTime } from '../domain/clock.ts'
import type { Access } from './access.ts'
import { rowToChange, unchanged, writeChange } from './change.ts'
import { sibling } from './create.ts'
import { insertEvent } from './events.ts'
import type { Resources } from './resource-records.ts'
import { normalName, resourceOf } from './rows.ts'

export const renaming =
  (access: Access): Resources['rename'] =>
  (kind, id, name, by, ifRevision) =>
    access.write(async (tx) => {
      const found = await rowToChange(tx, kind, id, ifRevision)
      if ('refused' in found) return found.refused
      const { row } = found
      if (row.deletion !== null) return { outcome: 'DELETING' }
      const { spec: before } = resourceOf<typeof kind>(row, tx.times)
      const shown = normalName(name)
      if (shown === row.name) return unchanged(tx, row)
      const holder = await sibling(tx, row, shown)
      if (holder) return { outcome: 'NAME_TAKEN', id: holder.id, deleting: holder.deletion !== null }
      const at = isoTime(access.clock.now())
      await insertEvent(tx, id, at, {
        severity: 'INFO',
        reason: 'Renamed',
        message: `Renamed from "${row.name}" to "${shown}"`,
        by,
      })
      const spec = JSON.stringify({ ...before, name: shown })
      return writeChange(tx, row, at, { name: shown, name_key: shown, spec })
    })
