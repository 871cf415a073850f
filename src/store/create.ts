/** Creating a resource: all of it in one transaction, or nothing. */
import { isoTime } from '../domain/clock.ts'
import { newResourceId } from '../domain/ids.ts'
import type { Kind } from '../domain/kinds.ts'
import { NEW_STATUS } from '../domain/status.ts'
import type { Access, Tx } from './access.ts'
import { appendChange } from './changes.ts'
import { insertEvent } from './events.ts'
import type { IdempotencyClaim } from './idempotency.ts'
import { earlierClaim, recordClaim } from './idempotency.ts'
import { parentKind } from './kinds.ts'
import { pinArtifacts, recordUses } from './pinning.ts'
import type { CreateOutcome, NewResource, Resources } from './resource-records.ts'
import { normalName, resourceOf, statusColumns } from './rows.ts'
import type { ResourceRow } from './tables.ts'

export const creating =
  (access: Access): Resources['create'] =>
  <K extends Kind>(resource: NewResource<K>, claim?: IdempotencyClaim): Promise<CreateOutcome<K>> =>
    access.write(async (tx) => {
      const now = access.clock.now()
      const repeated = claim && (await repetition<K>(tx, claim, now))
      if (repeated) return repeated
      const refused = (await workspaceOutcome(tx, resource)) ?? (await parentOutcome(tx, resource))
      if (refused) return refused
      const pinned = await pinArtifacts(tx, resource)
      if ('missing' in pinned) return { outcome: 'ARTIFACTS_MISSING', missing: pinned.missing }
      const row = await insertResource(tx, { ...resource, spec: pinned.spec }, isoTime(now))
      if (!row) return nameTaken(tx, { ...resource, parent: resource.parent ?? '' }, resource.name)
      const labels = resource.spec.labels ?? {}
      await insertLabels(tx, row.id, labels)
      tx.listed.push({ row, labels })
      await recordUses(tx, row.id, pinned.uses)
      await insertEvent(tx, row.id, row.created_at, {
        severity: 'INFO',
        reason: 'Created',
        message: `The ${row.kind} "${row.name}" was created`,
        by: resource.by,
      })
      await appendChange(tx, row, 'CREATED')
      if (claim) await recordClaim(tx, claim, row.id, now)
      return { outcome: 'CREATED', resource: resourceOf<K>(row, tx.times) }
    })

async function repetition<K extends Kind>(
  tx: Tx,
  claim: IdempotencyClaim,
  now: number,
): Promise<CreateOutcome<K> | undefined> {
  const earlier = await earlierClaim(tx, claim, now)
  if (earlier === undefined) return undefined
  if (earlier === 'OTHER_BODY') return { outcome: 'KEY_REUSED' }
  const row = await tx.db.selectFrom('resources').selectAll().where('id', '=', earlier.resource).executeTakeFirst()
  return row ? { outcome: 'REPEATED', resource: resourceOf<K>(row, tx.times) } : { outcome: 'GONE' }
}

/**
 * Why the workspace takes nothing new: looked at here and not before, so that no session slips into one that is on its
 * way out.
 */
export async function workspaceOutcome(
  tx: Tx,
  { workspace }: Pick<NewResource, 'workspace'>,
): Promise<Extract<CreateOutcome, { outcome: 'WORKSPACE_MISSING' | 'WORKSPACE_DELETING' }> | undefined> {
  const row = await tx.db.selectFrom('workspaces').select('deletion').where('id', '=', workspace).executeTakeFirst()
  if (!row) return { outcome: 'WORKSPACE_MISSING' }
  return row.deletion === null ? undefined : { outcome: 'WORKSPACE_DELETING' }
}

/** Why the parent can't have this child; undefined when it can, or when none is named. */
async function parentOutcome(
  tx: Tx,
  { kind, parent, workspace }: NewResource,
): Promise<CreateOutcome<never> | undefined> {
  if (parent === undefined) return undefined
  const wanted = parentKind(kind)
  if (wanted === undefined) return { outcome: 'PARENT_MISSING' }
  const row = await tx.db
    .selectFrom('resources')
    .select('deletion')
    .where('id', '=', parent)
    .where('kind', '=', wanted)
    .where('workspace', '=', workspace)
    .executeTakeFirst()
  if (!row) return { outcome: 'PARENT_MISSING' }
  return row.deletion === null ? undefined : { outcome: 'PARENT_DELETING' }
}

/** Answers nothing when a sibling has the name: the unique index decides. */
function insertResource(
  tx: Tx,
  { kind, workspace, parent, name, spec }: NewResource,
  at: string,
): Promise<ResourceRow | undefined> {
  const shown = normalName(name)
  return tx.db
    .insertInto('resources')
    .values({
      id: newResourceId(),
      kind,
      workspace,
      parent: parent ?? '',
      name: shown,
      name_key: shown,
      spec: JSON.stringify({ ...spec, name: shown }),
      desired_state: 'RUNNING',
      revision: 1,
      created_at: at,
      updated_at: at,
      state: 'PENDING',
      ...statusColumns(NEW_STATUS),
      observed_sequence: 0,
    })
    .onConflict((conflict) => conflict.columns(['workspace', 'kind', 'parent', 'name_key']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

async function insertLabels(tx: Tx, resource: string, labels: Record<string, string>): Promise<void> {
  const rows = Object.entries(labels).map(([key, value]) => ({ resource, key, value }))
  if (rows.length > 0) await tx.db.insertInto('resource_labels').values(rows).execute()
}

type Siblings = Pick<ResourceRow, 'workspace' | 'kind' | 'parent'>

/** Who among the siblings has that name. */
export async function sibling(tx: Tx, of: Siblings, name: string): Promise<ResourceRow | undefined> {
  return tx.db
    .selectFrom('resources')
    .selectAll()
    .where('workspace', '=', of.workspace)
    .where('kind', '=', of.kind)
    .where('parent', '=', of.parent)
    .where('name_key', '=', normalName(name))
    .executeTakeFirst()
}

async function nameTaken(tx: Tx, of: Siblings, name: string): Promise<CreateOutcome<never>> {
  const holder = await sibling(tx, of, name)
  if (!holder) throw new Error(`The name "${name}" was taken and free again within one transaction`)
  return { outcome: 'NAME_TAKEN', id: holder.id, deleting: holder.deletion !== null }
}
