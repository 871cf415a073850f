/**
 * Brings a store's schema up to this program's, or refuses. One file a migration, each for both databases; a
 * migration that was released is never changed. The list is static: nothing is read from disk at run time.
 */

import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { Migrator } from 'kysely/migration'
import type { Database } from '../backend.ts'
import { StoreError } from '../errors.ts'
import { initial } from './0001-initial.ts'
import { kubernetes } from './0002-kubernetes.ts'
import { artifacts } from './0003-artifacts.ts'
import { kubeClusterKind } from './0004-kube-cluster-kind.ts'
import { submissionsSideBySide } from './0005-submissions-side-by-side.ts'
import { flinkRestarts } from './0006-flink-restarts.ts'
import { keyRevocation } from './0007-key-revocation.ts'
import { observedTimes } from './0008-observed-times.ts'
import { counts } from './0009-counts.ts'
import { spares } from './0010-spares.ts'

const migrations = (database: Database): Record<string, Migration> => ({
  '0001_initial': initial(database),
  '0002_kubernetes': kubernetes(database),
  '0003_artifacts': artifacts(database),
  '0004_kube_cluster_kind': kubeClusterKind,
  '0005_submissions_side_by_side': submissionsSideBySide,
  '0006_flink_restarts': flinkRestarts,
  '0007_key_revocation': keyRevocation,
  '0008_observed_times': observedTimes,
  '0009_counts': counts,
  '0010_spares': spares,
})

/** @throws StoreError SCHEMA_NEWER when the store knows migrations that this program does not. */
export async function migrate(db: Kysely<any>, database: Database, address: string): Promise<void> {
  const known = migrations(database)
  const unknown = (await applied(db)).filter((name) => !(name in known))
  if (unknown.length > 0) {
    throw new StoreError(
      'SCHEMA_NEWER',
      `${address} was written by a newer Weir (schema ${unknown.at(-1)}; this one knows up to ` +
        `${Object.keys(known).sort().at(-1)}). Start the newer Weir, or choose another data folder or database.`,
    )
  }
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => known } }).migrateToLatest()
  if (error !== undefined) throw error
}

async function applied(db: Kysely<any>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map((row) => row.name)
}
