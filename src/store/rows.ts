/** Resources as rows and back. */
import type { Kind } from '../domain/kinds.ts'
import type { ResourceOf } from '../domain/resource.ts'
import type { Status } from '../domain/status.ts'
import type { ResourceRow } from './tables.ts'

/** How names are kept and compared: trimmed, and in one of the ways in which Unicode can spell them. */
export const normalName = (name: string): string => name.trim().normalize('NFC')

/**
 * The caller has asked for rows of kind K: here, and nowhere else, what is kept as text becomes what its kind says it
 * is.
 */
export function resourceOf<K extends Kind>(row: ResourceRow): ResourceOf[K] {
  const observed = JSON.parse(row.status) as Omit<Status, 'observedAt'>
  return {
    id: row.id,
    kind: row.kind,
    workspace: row.workspace,
    ...(row.parent === '' ? {} : { parent: row.parent }),
    name: row.name,
    spec: JSON.parse(row.spec),
    desiredState: row.desired_state,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.deletion === null ? {} : { deletion: JSON.parse(row.deletion) }),
    state: row.state,
    status: row.observed_at === null ? observed : { observedAt: row.observed_at, ...observed },
  } as ResourceOf[K]
}

/** A status as its two columns. */
export function statusColumns({ observedAt, ...observed }: Status): { status: string; observed_at: string | null } {
  return { status: JSON.stringify(observed), observed_at: observedAt ?? null }
}
