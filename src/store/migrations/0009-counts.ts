/** What was counted and looked for by going over all rows has an index. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const counts: Migration = {
  async up(db) {
    await db.schema.createIndex('resources_counts').on('resources').columns(['kind', 'state', 'deletion']).execute()
    await db.schema
      .createIndex('processes_live')
      .on('processes')
      .column('sequence')
      .where(sql.ref('state'), '!=', sql.lit('EXITED'))
      .execute()
  },
}
