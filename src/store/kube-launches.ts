/** What was applied on Kubernetes for each generation: written down before it is applied. */
import type { Kysely, Selectable } from 'kysely'
import type { ClusterRef } from '../domain/cluster.ts'
import { defined } from '../domain/defined.ts'
import type { KubeLaunch, KubeLedger } from '../domain/kubernetes.ts'
import type { Access } from './access.ts'
import type { KubeLaunchTable, Tables } from './tables.ts'

export const kubeLaunchesOf = (access: Access): KubeLedger => ({
  async get(cluster) {
    const row = await rowOf(access.db, cluster).executeTakeFirst()
    return row && launchOf(row)
  },

  async list(resource) {
    const rows = await access.db
      .selectFrom('kube_launches')
      .selectAll()
      .where('resource', '=', resource)
      .orderBy('generation')
      .execute()
    return rows.map(launchOf)
  },

  begin: (launch) =>
    access.write(async (tx) => {
      await tx.db
        .insertInto('kube_launches')
        .values(columnsOf(launch))
        .onConflict((conflict) => conflict.columns(['resource', 'generation']).doNothing())
        .execute()
      return launchOf(await rowOf(tx.db, launch).executeTakeFirstOrThrow())
    }),

  update: ({ resource, generation }, { uid, incarnation, reached }) =>
    access.write(async (tx) => {
      const set = defined({ uid, incarnation, reached: reached === undefined ? undefined : Number(reached) })
      if (Object.keys(set).length === 0) return
      await tx.db
        .updateTable('kube_launches')
        .set(set)
        .where('resource', '=', resource)
        .where('generation', '=', generation)
        .execute()
    }),

  remove: ({ resource, generation }) =>
    access.write(async (tx) => {
      await tx.db
        .deleteFrom('kube_launches')
        .where('resource', '=', resource)
        .where('generation', '=', generation)
        .execute()
    }),
})

const rowOf = (db: Kysely<Tables>, { resource, generation }: ClusterRef) =>
  db.selectFrom('kube_launches').selectAll().where('resource', '=', resource).where('generation', '=', generation)

const columnsOf = (launch: KubeLaunch): KubeLaunchTable => ({
  resource: launch.resource,
  generation: launch.generation,
  namespace: launch.namespace,
  name: launch.name,
  manifest: launch.manifest,
  uid: launch.uid ?? null,
  incarnation: launch.incarnation ?? null,
  reached: Number(launch.reached),
  created_at: launch.createdAt,
})

const launchOf = (row: Selectable<KubeLaunchTable>): KubeLaunch => ({
  resource: row.resource,
  generation: row.generation,
  namespace: row.namespace,
  name: row.name,
  manifest: row.manifest,
  ...(row.uid === null ? {} : { uid: row.uid }),
  ...(row.incarnation === null ? {} : { incarnation: row.incarnation }),
  reached: row.reached === 1,
  createdAt: row.created_at,
})
