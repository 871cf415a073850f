/** Resources as rows and back. */
import type { Resource } from '../domain/resource.ts'
import type { Status } from '../domain/status.ts'
import type { ResourceRow } from './tables.ts'

/** How names are kept and compared: trimmed, and in one of the ways in which Unicode can spell them. */
export const normalName = (name: string): string => name.trim().normalize('NFC')

export function resourceOf(row: ResourceRow): Resource {
  const seen = JSON.parse(row.status) as Omit<Status, 'observedAt'>
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
    status: row.observed_at === null ? seen : { observedAt: row.observed_at, ...seen },
  }
}

/** A status as its two columns. */
export function statusColumns({ observedAt, ...seen }: Status): { status: string; observed_at: string | null } {
  return { status: JSON.stringify(seen), observed_at: observedAt ?? null }
}
