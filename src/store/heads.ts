/** Little about many: what the reconciler needs of resources whose specs it has no use for. */
import { sql } from 'kysely'
import type { Access } from './access.ts'
import type { Resources } from './resource-records.ts'

export const counting = (access: Access): Pick<Resources, 'childStates' | 'heads'> => ({
  async childStates(parent) {
    const rows = await access.db
      .selectFrom('resources')
      .select(['state', sql<number>`deletion is not null`.as('deleting'), access.db.fn.countAll<number>().as('count')])
      .where('parent', '=', parent)
      .groupBy(['state', 'deleting'])
      .execute()
    // PostgreSQL answers booleans, and counts as text.
    return rows.flatMap(({ state, deleting, count }) =>
      Array.from({ length: Number(count) }, () => (deleting ? ('DELETING' as const) : state)),
    )
  },

  heads: (after, limit) =>
    access.db
      .selectFrom('resources')
      .select(['sequence', 'kind', 'id', 'revision'])
      .where('sequence', '>', after)
      .orderBy('sequence')
      .limit(limit)
      .execute(),
})
