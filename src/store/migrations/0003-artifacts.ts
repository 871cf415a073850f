/** Uploaded files: their versions, which number comes next, and which resources use them. */
import type { Migration } from 'kysely/migration'
import type { Database } from '../backend.ts'

export const artifacts = (database: Database): Migration => ({
  async up(db) {
    const table = db.schema.createTable('artifacts')
    // A number of its own for each row, never given twice, also after the last row is gone.
    await (database === 'sqlite'
      ? table.addColumn('sequence', 'integer', (c) => c.primaryKey().autoIncrement())
      : table.addColumn('sequence', 'bigint', (c) => c.primaryKey().generatedByDefaultAsIdentity())
    )
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('workspace', 'text', (c) => c.notNull().references('workspaces.id').onDelete('cascade'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('version', 'integer', (c) => c.notNull())
      .addColumn('size_bytes', 'bigint', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('content_type', 'text')
      .addColumn('inspection', 'text')
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addUniqueConstraint('artifacts_version', ['workspace', 'name', 'version'])
      .execute()
    await db.schema.createIndex('artifacts_sha256').on('artifacts').column('sha256').execute()
    // Apart from the versions that are there, so that the number of a deleted one is not given again.
    await db.schema
      .createTable('artifact_names')
      .addColumn('workspace', 'text', (c) => c.notNull().references('workspaces.id').onDelete('cascade'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('last_version', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('artifact_names_key', ['workspace', 'name'])
      .execute()
    await db.schema
      .createTable('artifact_uses')
      .addColumn('resource', 'text', (c) => c.notNull().references('resources.id').onDelete('cascade'))
      .addColumn('artifact', 'text', (c) => c.notNull().references('artifacts.id'))
      .addPrimaryKeyConstraint('artifact_uses_key', ['resource', 'artifact'])
      .execute()
    await db.schema.createIndex('artifact_uses_artifact').on('artifact_uses').column('artifact').execute()
  },
})
