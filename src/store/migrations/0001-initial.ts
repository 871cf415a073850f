/** The first schema. */

import type { CreateTableBuilder, Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Database } from '../backend.ts'

export const initial = (database: Database): Migration => ({
  async up(db) {
    await accounts(db, database)
    await resources(db, database)
    await clusters(db, database)
    await records(db, database)
  },
})

/** A number of its own for each row, never given twice, also after the last row is gone. */
function numbered(
  db: Kysely<any>,
  database: Database,
  table: string,
  column = 'sequence',
): CreateTableBuilder<any, any> {
  return database === 'sqlite'
    ? db.schema.createTable(table).addColumn(column, 'integer', (c) => c.primaryKey().autoIncrement())
    : db.schema.createTable(table).addColumn(column, 'bigint', (c) => c.primaryKey().generatedByDefaultAsIdentity())
}

async function accounts(db: Kysely<any>, database: Database): Promise<void> {
  await db.schema
    .createTable('installation')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('anchor', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute()
  await numbered(db, database, 'organizations')
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .execute()
  await numbered(db, database, 'workspaces')
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('organization', 'text', (c) => c.notNull().references('organizations.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('revision', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('workspaces_name', ['organization', 'name'])
    .execute()
  await numbered(db, database, 'service_accounts')
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('organization', 'text', (c) => c.notNull().references('organizations.id'))
    .addColumn('username', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addUniqueConstraint('service_accounts_username', ['organization', 'username'])
    .execute()
  await db.schema
    .createTable('keys')
    .addColumn('hash', 'text', (c) => c.primaryKey())
    .addColumn('owner_kind', 'text', (c) => c.notNull())
    .addColumn('owner_id', 'text', (c) => c.references('service_accounts.id').onDelete('cascade'))
    .addColumn('created_at', 'text', (c) => c.notNull())
    .execute()
}

async function resources(db: Kysely<any>, database: Database): Promise<void> {
  await numbered(db, database, 'resources')
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('parent', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('name_key', 'text', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('desired_state', 'text', (c) => c.notNull())
    .addColumn('revision', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('updated_at', 'text', (c) => c.notNull())
    .addColumn('deletion', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('observed_at', 'text')
    .addColumn('observed_sequence', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('resources_name', ['workspace', 'kind', 'parent', 'name_key'])
    .execute()
  await db.schema
    .createIndex('resources_list')
    .on('resources')
    .columns(['workspace', 'kind', 'parent', 'sequence'])
    .execute()
  await db.schema.createIndex('resources_kind').on('resources').columns(['kind', 'sequence']).execute()
  await db.schema.createIndex('resources_parent').on('resources').columns(['parent', 'sequence']).execute()
  await db.schema
    .createTable('resource_labels')
    .addColumn('resource', 'text', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('resource_labels_key', ['resource', 'key'])
    .execute()
}

async function clusters(db: Kysely<any>, database: Database): Promise<void> {
  await db.schema
    .createTable('generations')
    .addColumn('resource', 'text', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('spec', 'text', (c) => c.notNull())
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('up_at', 'text')
    .addColumn('ended_at', 'text')
    .addColumn('ending', 'text')
    .addColumn('removed_at', 'text')
    .addPrimaryKeyConstraint('generations_key', ['resource', 'generation'])
    .execute()
  await numbered(db, database, 'processes')
    .addColumn('uuid', 'text', (c) => c.notNull().unique())
    .addColumn('resource', 'text', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('ordinal', 'integer', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('memory_bytes', 'bigint', (c) => c.notNull())
    .addColumn('stop_requested', 'integer', (c) => c.notNull())
    .addColumn('pid', 'integer')
    .addColumn('start_time', 'text')
    .addColumn('boot_id', 'text')
    .addColumn('rest_port', 'integer')
    .addColumn('rpc_port', 'integer')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('exited_at', 'text')
    .addColumn('exit', 'text')
    .execute()
  await db.schema.createIndex('processes_resource').on('processes').columns(['resource', 'sequence']).execute()
  await attempts(db)
}

/** Attempts outlive their job: whatever of it Flink still runs has to be recognised. They go with their session. */
async function attempts(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('job_attempts')
    .addColumn('job', 'text', (c) => c.notNull())
    .addColumn('n', 'integer', (c) => c.notNull())
    .addColumn('session', 'text', (c) => c.notNull())
    .addColumn('flink_job_id', 'text', (c) => c.notNull().unique())
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('incarnation', 'text', (c) => c.notNull())
    .addColumn('phase', 'text', (c) => c.notNull())
    .addColumn('started_from', 'text')
    .addColumn('checkpoint_folder', 'text')
    .addColumn('last_checkpoint', 'text')
    .addColumn('outcome', 'text')
    .addColumn('created_at', 'text', (c) => c.notNull())
    .addColumn('ended_at', 'text')
    .addPrimaryKeyConstraint('job_attempts_key', ['job', 'n'])
    .execute()
  await db.schema.createIndex('job_attempts_session').on('job_attempts').column('session').execute()
  await db.schema
    .createIndex('job_attempts_submitting')
    .on('job_attempts')
    .column('session')
    .unique()
    .where(sql.ref('phase'), '=', sql.lit('SUBMITTING'))
    .execute()
}

async function records(db: Kysely<any>, database: Database): Promise<void> {
  await numbered(db, database, 'events', 'id')
    .addColumn('resource', 'text', (c) => c.notNull().references('resources.id').onDelete('cascade'))
    .addColumn('at', 'text', (c) => c.notNull())
    .addColumn('severity', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('by', 'text', (c) => c.notNull())
    .addColumn('key', 'text')
    .addUniqueConstraint('events_key', ['resource', 'key'])
    .execute()
  await db.schema.createIndex('events_resource').on('events').columns(['resource', 'id']).execute()
  await db.schema
    .createTable('idempotency')
    .addColumn('claim', 'text', (c) => c.primaryKey())
    .addColumn('body_hash', 'text', (c) => c.notNull())
    .addColumn('resource', 'text', (c) => c.notNull())
    .addColumn('claimed_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('idempotency_age').on('idempotency').column('claimed_at').execute()
  await numbered(db, database, 'changes')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('workspace', 'text', (c) => c.notNull())
    .addColumn('parent', 'text', (c) => c.notNull())
    .addColumn('what', 'text', (c) => c.notNull())
    .execute()
}
