/** JVMs that wait for a cluster: recorded before they are spawned, and no cluster's yet. */
import type { Migration } from 'kysely/migration'

export const spares: Migration = {
  async up(db) {
    await db.schema
      .createTable('spares')
      .addColumn('uuid', 'text', (c) => c.primaryKey())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('memory_bytes', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .execute()
  },
}
