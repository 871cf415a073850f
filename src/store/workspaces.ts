/** Workspaces: what sessions live in, on this machine or in a namespace of a Kubernetes cluster. */
import type { Selectable, Updateable } from 'kysely'
import { isoTime } from '../domain/clock.ts'
import { newResourceId } from '../domain/ids.ts'
import type { KubeTarget } from '../domain/kubernetes.ts'
import type { Access, Tx } from './access.ts'
import { recordClaim } from './idempotency.ts'
import { normalName } from './rows.ts'
import type { WorkspaceTable } from './tables.ts'
import type { TargetKind } from './target-rows.ts'
import { commonOf, nameHolder, refusal, targetChanged, targetRepeated, targetsOf } from './target-rows.ts'
import type { TargetChanged, Workspace, WorkspaceCreated, Workspaces } from './targets.ts'

type WorkspaceRow = Selectable<WorkspaceTable>
type NewWorkspace = Parameters<Workspaces['create']>[0]

const WORKSPACE: TargetKind<Workspace> = {
  kind: 'workspace',
  table: 'workspaces',
  targetOf: (row) => workspaceOf(row as WorkspaceRow),
}

export const workspacesOf = (access: Access): Workspaces => ({
  ...targetsOf(access, WORKSPACE),

  create: (workspace, claim) =>
    access.write(async (tx) => {
      const now = access.clock.now()
      const repeated = claim && (await targetRepeated(tx, WORKSPACE, claim, now))
      if (repeated) return repeated
      const refused = await refusedTarget(tx, workspace)
      if (refused) return refused
      const created = workspaceOf(await insertWorkspace(tx, workspace, isoTime(now)))
      if (claim) await recordClaim(tx, claim, created.id, now)
      return { outcome: 'CREATED', resource: created }
    }),

  rename: (id, name, ifRevision) =>
    access.write(async (tx) => {
      const row = await workspaceRow(tx, id)
      const refused = refusal(row, ifRevision)
      if (refused || !row) return refused ?? { outcome: 'MISSING' }
      if (row.deletion !== null) return { outcome: 'DELETING' }
      const shown = normalName(name)
      if (shown === row.name) return { outcome: 'UNCHANGED', resource: workspaceOf(row) }
      return (
        (await nameTaken(tx, row.organization, shown)) ?? change(tx, row, isoTime(access.clock.now()), { name: shown })
      )
    }),

  requestDeletion: (id, ifRevision) =>
    access.write(async (tx) => {
      const row = await workspaceRow(tx, id)
      const refused = refusal(row, ifRevision)
      if (refused || !row) return refused ?? { outcome: 'MISSING' }
      if (row.deletion !== null) return { outcome: 'UNCHANGED', resource: workspaceOf(row) }
      const live = await tx.db
        .selectFrom('resources')
        .select(['id', 'name'])
        .where('workspace', '=', id)
        .where('parent', '=', '')
        .where('deletion', 'is', null)
        .orderBy('sequence')
        .execute()
      if (live.length > 0) return { outcome: 'IN_USE', by: live }
      const at = isoTime(access.clock.now())
      return change(tx, row, at, { deletion: at })
    }),

  remove: (id) =>
    access.write(async (tx) => {
      if (await tx.db.selectFrom('resources').select('id').where('workspace', '=', id).limit(1).executeTakeFirst())
        return false
      const row = await tx.db.deleteFrom('workspaces').where('id', '=', id).returning('id').executeTakeFirst()
      if (row) await targetChanged(tx, WORKSPACE, id, 'REMOVED')
      return true
    }),
})

/** Writes the row and tells the feed. Name, cluster and namespace must be free. */
export async function insertWorkspace(
  tx: Tx,
  { organization, name, kubernetes }: NewWorkspace,
  at: string,
): Promise<WorkspaceRow> {
  const row = await tx.db
    .insertInto('workspaces')
    .values({
      id: newResourceId(),
      organization,
      name: normalName(name),
      revision: 1,
      created_at: at,
      updated_at: at,
      ...kubeColumns(kubernetes),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await targetChanged(tx, WORKSPACE, row.id, 'CREATED')
  return row
}

const kubeColumns = (target: KubeTarget | undefined) =>
  target && {
    kube_cluster: target.cluster,
    kube_namespace: target.namespace,
    kube_service_account: target.serviceAccount,
    kube_storage: target.storage ?? null,
  }

async function refusedTarget(
  tx: Tx,
  { organization, name, kubernetes }: NewWorkspace,
): Promise<WorkspaceCreated | undefined> {
  const taken = await nameTaken(tx, organization, normalName(name))
  if (taken || !kubernetes) return taken
  const { cluster, namespace } = kubernetes
  const known = await tx.db
    .selectFrom('clusters')
    .select('id')
    .where('id', '=', cluster)
    .where('organization', '=', organization)
    .executeTakeFirst()
  if (!known) return { outcome: 'CLUSTER_MISSING' }
  const holder = await tx.db
    .selectFrom('workspaces')
    .select(['id', 'name'])
    .where('kube_cluster', '=', cluster)
    .where('kube_namespace', '=', namespace)
    .executeTakeFirst()
  return holder && { outcome: 'NAMESPACE_TAKEN', ...holder }
}

async function nameTaken(tx: Tx, organization: string, name: string) {
  const holder = await nameHolder(tx, 'workspaces', organization, name)
  if (!holder) return undefined
  return {
    outcome: 'NAME_TAKEN' as const,
    id: holder.id,
    deleting: workspaceOf(holder as WorkspaceRow).deletion !== undefined,
  }
}

const workspaceRow = (tx: Tx, id: string): Promise<WorkspaceRow | undefined> =>
  tx.db.selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst()

async function change(
  tx: Tx,
  row: WorkspaceRow,
  at: string,
  set: Updateable<WorkspaceTable>,
): Promise<TargetChanged<Workspace>> {
  const changed = await tx.db
    .updateTable('workspaces')
    .set({ ...set, revision: row.revision + 1, updated_at: at })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await targetChanged(tx, WORKSPACE, row.id, 'UPDATED')
  return { outcome: 'CHANGED', resource: workspaceOf(changed) }
}

function workspaceOf(row: WorkspaceRow): Workspace {
  const {
    kube_cluster: cluster,
    kube_namespace: namespace,
    kube_service_account: serviceAccount,
    kube_storage: storage,
  } = row
  return {
    ...commonOf(row),
    ...(cluster === null || namespace === null || serviceAccount === null
      ? {}
      : { kubernetes: { cluster, namespace, serviceAccount, ...(storage === null ? {} : { storage }) } }),
    ...(row.deletion === null ? {} : { deletion: { requestedAt: row.deletion } }),
  }
}
