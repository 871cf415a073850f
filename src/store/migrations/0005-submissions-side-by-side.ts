/**
 * Several main()s of a session may run at the same time. What an attempt has had beside it stands with it; those of
 * before were sent one at a time.
 */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const submissionsSideBySide: Migration = {
  async up(db) {
    await db.schema.dropIndex('job_attempts_submitting').execute()
    await db.schema
      .createIndex('job_attempts_submitting')
      .on('job_attempts')
      .column('session')
      .where(sql.ref('phase'), '=', sql.lit('SUBMITTING'))
      .execute()
    await db.schema
      .alterTable('job_attempts')
      .addColumn('company', 'text', (c) => c.notNull().defaultTo('NONE'))
      .execute()
  },
}
