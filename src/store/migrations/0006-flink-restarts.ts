/** What Flink restarts by itself is counted with the attempt: a server that dies neither forgets nor doubles one. */
import type { Migration } from 'kysely/migration'

export const flinkRestarts: Migration = {
  async up(db) {
    await db.schema.alterTable('job_attempts').addColumn('flink_restarts', 'text').execute()
  },
}
