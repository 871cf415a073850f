/** Kubernetes clusters are the kind `kubeCluster` in the feed, so that no reader takes them for Flink clusters. */
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

export const kubeClusterKind: Migration = {
  async up(db) {
    await sql`update changes set kind = 'kubeCluster' where kind = 'cluster'`.execute(db)
  },
}
