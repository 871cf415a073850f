/** Kubernetes: clusters, workspaces that are targets in them, and what was applied there for each generation. */
import type { Migration } from 'kysely/migration'
import type { Database } from '../backend.ts'

export const kubernetes = (database: Database): Migration => ({
  async up(db) {
    const clusters = db.schema.createTable('clusters')
    // A number of its own for each row, never given twice, also after the last row is gone.
    await (database === 'sqlite'
      ? clusters.addColumn('sequence', 'integer', (c) => c.primaryKey().autoIncrement())
      : clusters.addColumn('sequence', 'bigint', (c) => c.primaryKey().generatedByDefaultAsIdentity())
    )
      .addColumn('id', 'text', (c) => c.notNull().unique())
      .addColumn('organization', 'text', (c) => c.notNull().references('organizations.id'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('server', 'text', (c) => c.notNull())
      .addColumn('auth_kind', 'text', (c) => c.notNull())
      .addColumn('auth', 'text', (c) => c.notNull())
      .addColumn('revision', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addColumn('updated_at', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('observed_at', 'text')
      .addColumn('check_requested_at', 'text')
      .addUniqueConstraint('clusters_name', ['organization', 'name'])
      .execute()
    // SQLite adds one column at a time.
    for (const column of [
      'kube_namespace',
      'kube_service_account',
      'kube_storage',
      'observed_at',
      'check_requested_at',
      'deletion',
    ]) {
      await db.schema.alterTable('workspaces').addColumn(column, 'text').execute()
    }
    await db.schema
      .alterTable('workspaces')
      .addColumn('kube_cluster', 'text', (c) => c.references('clusters.id'))
      .execute()
    await db.schema
      .alterTable('workspaces')
      .addColumn('status', 'text', (c) => c.notNull().defaultTo('{"conditions":[]}'))
      .execute()
    // A namespace belongs to one workspace. Workspaces of this machine have NULLs, which an index takes for different.
    await db.schema
      .createIndex('workspaces_namespace')
      .on('workspaces')
      .columns(['kube_cluster', 'kube_namespace'])
      .unique()
      .execute()
    await db.schema
      .createTable('kube_launches')
      .addColumn('resource', 'text', (c) => c.notNull().references('resources.id').onDelete('cascade'))
      .addColumn('generation', 'integer', (c) => c.notNull())
      .addColumn('namespace', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('manifest', 'text', (c) => c.notNull())
      .addColumn('uid', 'text')
      .addColumn('incarnation', 'text')
      .addColumn('reached', 'integer', (c) => c.notNull())
      .addColumn('created_at', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('kube_launches_key', ['resource', 'generation'])
      .execute()
  },
})
