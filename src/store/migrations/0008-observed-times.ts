/** When resources were last seen as their rows have them, a thousand in a row: see store/observed-times.ts. */
import type { Migration } from 'kysely/migration'

export const observedTimes: Migration = {
  async up(db) {
    await db.schema
      .createTable('observed_times')
      .addColumn('part', 'integer', (c) => c.primaryKey())
      .addColumn('times', 'text', (c) => c.notNull())
      .execute()
  },
}
