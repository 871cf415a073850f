/** Resources as rows and back. */
import { KINDS, type Kind } from '../domain/kinds.ts'
import type { Deletion, ResourceOf, SpecOf } from '../domain/resource.ts'
import { FLINK_RUNTIMES } from '../domain/spec.ts'
import { NEW_STATUS, type Status } from '../domain/status.ts'
import type { ObservedTimes } from './observed-times.ts'
import { isDeletion, isSpecOf, isStatus } from './shapes.ts'
import type { ResourceRow } from './tables.ts'
import { readJson, UnreadableRecord } from './unreadable.ts'

/** How names are kept and compared: trimmed, and in one of the ways in which Unicode can spell them. */
export const normalName = (name: string): string => name.trim().normalize('NFC')

/** In place of a status that can't be read: it is observed anew. */
const UNREADABLE_STATUS: Status = {
  ...NEW_STATUS,
  detail: 'what was observed before cannot be read any more, so it is being observed anew',
}

/**
 * The caller has asked for rows of kind K: here, and nowhere else, what is kept as text becomes what its kind says it
 * is. Throws UnreadableRecord where the spec can't be read, unless the resource is only to be torn down by force.
 */
export const resourceOf = <K extends Kind>(row: ResourceRow, times: Times): ResourceOf[K] =>
  readable(readRow<K>(row, times))

type Times = Pick<ObservedTimes, 'of'>

interface ReadRow<K extends Kind> {
  resource: ResourceOf[K]
  /** The columns that hold no JSON of their shape. */
  damaged: string[]
}

/** Throws UnreadableRecord. */
export function readable<K extends Kind>({ resource, damaged }: ReadRow<K>): ResourceOf[K] {
  const { kind, id, deletion } = resource
  if (damaged.includes('spec') && !deletion?.force) throw new UnreadableRecord({ kind, id, column: 'spec' }, resource)
  return resource
}

/** What a row still tells, with nothing in place of what it does not. */
export function readRow<K extends Kind>(row: ResourceRow, times: Times): ReadRow<K> {
  const spec = readJson<SpecOf[Kind]>(row.spec, isSpecOf(row.kind))
  const observed = readJson<Omit<Status, 'observedAt'>>(row.status, isStatus)
  const { deletion, isKnown } = deletionOf(row)
  const resource = {
    id: row.id,
    kind: row.kind,
    workspace: row.workspace,
    ...(row.parent === '' ? {} : { parent: row.parent }),
    name: row.name,
    spec: spec ?? emptySpec(row),
    desiredState: row.desired_state,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(deletion && { deletion }),
    state: row.state,
    status: statusOf(observed, times.of(row)),
  } as ResourceOf[K]
  const damaged = [!spec && 'spec', !observed && 'status', !isKnown && 'deletion'].filter((column) => column !== false)
  return { resource, damaged }
}

function statusOf(observed: Omit<Status, 'observedAt'> | undefined, at: string | null): Status {
  if (!observed) return UNREADABLE_STATUS
  return at === null ? observed : { observedAt: at, ...observed }
}

/** That it was asked for is certain. How, may not be: then it is the way that takes nothing along. */
export function deletionOf({ deletion: text, updated_at: at }: ResourceRow): {
  deletion: Deletion | undefined
  isKnown: boolean
} {
  if (text === null) return { deletion: undefined, isKnown: true }
  const deletion = readJson<Deletion>(text, isDeletion)
  return { deletion: deletion ?? { requestedAt: at, cascade: false, force: false }, isKnown: deletion !== undefined }
}

/** Of nothing: only ever torn down. */
function emptySpec({ kind, name }: ResourceRow): object {
  const cluster = {
    runtime: FLINK_RUNTIMES.at(-1),
    jars: [],
    plugins: [],
    logConfiguration: {},
    jobManagerResource: {},
    taskManagerResource: {},
  }
  return {
    name,
    flinkConfiguration: {},
    ...(KINDS[kind].cluster && cluster),
    ...(KINDS[kind].run && { job: { args: [] } }),
  }
}

/** A status as its two columns. */
export function statusColumns({ observedAt, ...observed }: Status): { status: string; observed_at: string | null } {
  return { status: JSON.stringify(observed), observed_at: observedAt ?? null }
}
