/**
 * Kubernetes clusters: how each is reached. What is secret of it is sealed (secrets.ts) and only opened by `config`.
 */

import { isDeepStrictEqual } from 'node:util'
import type { Selectable, Updateable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { newResourceId } from '../domain/ids.ts'
import type { KubeAuth, KubeClusterConfig, KubeServer } from '../domain/kubernetes.ts'
import { NEW_TARGET_STATUS } from '../domain/kubernetes.ts'
import type { Access, Tx } from './access.ts'
import { StoreError } from './errors.ts'
import { recordClaim } from './idempotency.ts'
import { normalName } from './rows.ts'
import type { Sealer, Secrets } from './secrets.ts'
import { isServer } from './shapes.ts'
import type { ClusterTable } from './tables.ts'
import type { TargetKind } from './target-rows.ts'
import { commonOf, nameHolder, refusal, targetChanged, targetRepeated, targetsOf } from './target-rows.ts'
import type { KubeAuthKind, KubeCluster, KubeClusters } from './targets.ts'
import { readJson, UnreadableRecord } from './unreadable.ts'

type ClusterRow = Selectable<ClusterTable>

/** What is sealed. A proxy's address is kept in it only when it holds a password. */
interface SecretPart {
  auth: KubeAuth
  proxyUrl?: string
}

const KUBE_CLUSTER: TargetKind<KubeCluster> = {
  kind: 'kubeCluster',
  table: 'clusters',
  targetOf: (row) => clusterOf(row as ClusterRow),
}

export const kubeClustersOf = (access: Access, secrets: Secrets): KubeClusters => ({
  ...targetsOf(access, KUBE_CLUSTER),
  create: creating(access, secrets),
  update: updating(access, secrets),

  async config(id) {
    const row = await access.db.selectFrom('clusters').selectAll().where('id', '=', id).executeTakeFirst()
    return row && configOf(row, secrets)
  },

  remove: (id, ifRevision) =>
    access.write(async (tx) => {
      const row = await clusterRow(tx, id)
      const refused = refusal(row, ifRevision)
      if (refused) return refused
      const by = await tx.db
        .selectFrom('workspaces')
        .select(['id', 'name'])
        .where('kube_cluster', '=', id)
        .orderBy('sequence')
        .execute()
      if (by.length > 0) return { outcome: 'IN_USE', by }
      await tx.db.deleteFrom('clusters').where('id', '=', id).execute()
      await targetChanged(tx, KUBE_CLUSTER, id, 'REMOVED')
      return { outcome: 'REMOVED' }
    }),
})

const creating =
  (access: Access, secrets: Secrets): KubeClusters['create'] =>
  async ({ organization, name, config }, claim) => {
    const others = await access.db.selectFrom('clusters').select('id').limit(1).executeTakeFirst()
    const sealer = await secrets.sealer(others === undefined)
    // The body holds secrets: its hash must be of no use to someone who guesses passwords.
    const bound = claim && { ...claim, bodyHash: sealer.digest(claim.bodyHash) }
    return access.write(async (tx) => {
      const now = access.clock.now()
      const repeated = bound && (await targetRepeated(tx, KUBE_CLUSTER, bound, now))
      if (repeated) return repeated
      const taken = await nameTaken(tx, organization, normalName(name))
      if (taken) return taken
      const [id, at] = [newResourceId(), isoTime(now)]
      const row = await tx.db
        .insertInto('clusters')
        .values({
          id,
          organization,
          name: normalName(name),
          revision: 1,
          created_at: at,
          updated_at: at,
          status: JSON.stringify(NEW_TARGET_STATUS),
          ...configColumns(id, config, sealer),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      await targetChanged(tx, KUBE_CLUSTER, id, 'CREATED')
      if (bound) await recordClaim(tx, bound, id, now)
      return { outcome: 'CREATED', resource: clusterOf(row) }
    })
  }

const updating =
  (access: Access, secrets: Secrets): KubeClusters['update'] =>
  async (id, change, ifRevision) => {
    const sealer = change.config && (await secrets.sealer(true))
    const known = sealer && (await readable(access, id, secrets))
    return access.write(async (tx) => {
      const row = await clusterRow(tx, id)
      const refused = refusal(row, ifRevision)
      if (refused || !row) return refused ?? { outcome: 'MISSING' }
      const name = change.name === undefined ? row.name : normalName(change.name)
      const taken = name === row.name ? undefined : await nameTaken(tx, row.organization, name)
      if (taken) return taken
      const isNew = sealer && !(known?.auth === row.auth && isDeepStrictEqual(known.config, change.config))
      const set: Updateable<ClusterTable> = {
        name,
        ...(isNew && change.config && configColumns(id, change.config, sealer)),
      }
      if (name === row.name && !isNew) return { outcome: 'UNCHANGED', resource: clusterOf(row) }
      const changed = await tx.db
        .updateTable('clusters')
        .set({ ...set, revision: row.revision + 1, updated_at: isoTime(access.clock.now()) })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow()
      await targetChanged(tx, KUBE_CLUSTER, id, 'UPDATED')
      return { outcome: 'CHANGED', resource: clusterOf(changed) }
    })
  }

const clusterRow = (tx: Tx, id: string): Promise<ClusterRow | undefined> =>
  tx.db.selectFrom('clusters').selectAll().where('id', '=', id).executeTakeFirst()

async function nameTaken(tx: Tx, organization: string, name: string) {
  const holder = await nameHolder(tx, 'clusters', organization, name)
  return holder && { outcome: 'NAME_TAKEN' as const, id: holder.id, deleting: false }
}

/** The present configuration with the sealed text that it was read from; undefined where it can't be read any more. */
async function readable(
  access: Access,
  id: string,
  secrets: Secrets,
): Promise<{ config: KubeClusterConfig; auth: string } | undefined> {
  const row = await access.db.selectFrom('clusters').selectAll().where('id', '=', id).executeTakeFirst()
  try {
    return row && { config: await configOf(row, secrets), auth: row.auth }
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined
    if (error instanceof StoreError && error.code === 'SECRETS_UNREADABLE') return undefined
    throw error
  }
}

async function configOf(row: ClusterRow, secrets: Secrets): Promise<KubeClusterConfig> {
  const { auth, proxyUrl } = JSON.parse(await secrets.unseal(row.id, row.auth)) as SecretPart
  return { cluster: { ...clusterOf(row).server, ...defined({ proxyUrl }) }, auth }
}

function configColumns(
  id: string,
  { cluster, auth }: KubeClusterConfig,
  sealer: Sealer,
): Pick<ClusterRow, 'server' | 'auth_kind' | 'auth'> {
  const proxyUrl = cluster.proxyUrl === undefined ? undefined : masked(cluster.proxyUrl)
  const secret: SecretPart = {
    auth,
    ...(proxyUrl !== cluster.proxyUrl && cluster.proxyUrl !== undefined && { proxyUrl: cluster.proxyUrl }),
  }
  const [kind] = Object.keys(auth) as KubeAuthKind[]
  if (kind === undefined) throw new Error('a cluster needs one kind of credentials')
  return {
    server: JSON.stringify({ ...cluster, ...defined({ proxyUrl }) }),
    auth_kind: kind,
    auth: sealer.seal(id, JSON.stringify(secret)),
  }
}

/** Without what stands before the host: user and password. */
const masked = (url: string): string => url.replace(/^([a-z0-9+.-]+:\/\/)[^/?#]*@/i, '$1***@')

function clusterOf(row: ClusterRow): KubeCluster {
  const server = readJson<KubeServer>(row.server, isServer)
  const cluster = { ...commonOf(row), server: server ?? {}, authKind: row.auth_kind }
  if (!server) throw new UnreadableRecord({ kind: 'cluster', id: row.id, column: 'server' }, cluster)
  return cluster
}
