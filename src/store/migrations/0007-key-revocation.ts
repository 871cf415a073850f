/** A revoked key is remembered: the file that still holds it must not make it valid again at the next start. */
import type { Migration } from 'kysely/migration'

export const keyRevocation: Migration = {
  async up(db) {
    await db.schema.alterTable('keys').addColumn('revoked_at', 'text').execute()
  },
}
