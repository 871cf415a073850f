/** What was applied on Kubernetes for each generation: written down before it is applied. */
import type { Selectable } from 'kysely'
import type { KubeLaunch, KubeLedger } from '../domain/kubernetes.ts'
import type { Access } from './access.ts'
import type { KubeLaunchTable } from './tables.ts'

export const kubeLaunchesOf = (access: Access): KubeLedger => ({
  async get({ resource, generation }) {
    const row = await access.db
      .selectFrom('kube_launches')
      .selectAll()
      .where('resource', '=', resource)
      .where('generation', '=', generation)
      .executeTakeFirst()
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
      const {
        resource,
        generation,
        namespace,
        name,
        manifest,
        uid = null,
        incarnation = null,
        reached,
        createdAt,
      } = launch
      const row = {
        resource,
        generation,
        namespace,
        name,
        manifest,
        uid,
        incarnation,
        reached: Number(reached),
        created_at: createdAt,
      }
      await tx.db
        .insertInto('kube_launches')
        .values(row)
        .onConflict((conflict) => conflict.columns(['resource', 'generation']).doNothing())
        .execute()
      return launchOf(
        await tx.db
          .selectFrom('kube_launches')
          .selectAll()
          .where('resource', '=', resource)
          .where('generation', '=', generation)
          .executeTakeFirstOrThrow(),
      )
    }),

  update: ({ resource, generation }, { uid, incarnation, reached }) =>
    access.write(async (tx) => {
      const set = {
        ...(uid === undefined ? {} : { uid }),
        ...(incarnation === undefined ? {} : { incarnation }),
        ...(reached === undefined ? {} : { reached: Number(reached) }),
      }
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
