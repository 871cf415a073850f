/** What the store says of a create or a change, as the API says it. */
import type { ArtifactAdded, MissingArtifact } from '../store/artifact-records.ts'
import type { ChangeOutcome, CreateOutcome } from '../store/store.ts'
import type { Target, TargetChanged, WorkspaceCreated } from '../store/targets.ts'
import type { Collection } from './collection.ts'
import { staleRevision } from './conditions.ts'
import { ApiError } from './errors.ts'
import { notFound } from './find.ts'
import { refusal } from './spec-checks.ts'
import { suggestion } from './violations.ts'

interface Done<R> {
  outcome: 'CREATED' | 'REPEATED' | 'CHANGED' | 'UNCHANGED'
  resource: R
}
type NotCreated = Exclude<
  CreateOutcome | WorkspaceCreated | ArtifactAdded,
  { resource: unknown } | { artifact: unknown }
>
type NotChanged = Exclude<ChangeOutcome | TargetChanged<Target>, { resource: unknown }>

/** What was to be created, with the IDs that a refusal may be about. */
interface Wanted {
  name: string
  workspace?: string
  parent?: { kind: string; id: string }
  kubeClusterId?: string
  kubeNamespace?: string
}

/** The created resource, or the one that an earlier request with the same key created. Throws ApiError. */
export function created<R>(is: string, wanted: Wanted, outcome: Done<R> | NotCreated): R {
  if ('resource' in outcome) return outcome.resource
  throw notCreated(is, wanted, outcome)
}

export function notCreated(is: string, wanted: Wanted, outcome: NotCreated): ApiError {
  const { name, workspace = '', parent = { kind: '', id: '' }, kubeClusterId = '', kubeNamespace = '' } = wanted
  switch (outcome.outcome) {
    case 'NAME_TAKEN':
      return nameTaken(is, name, outcome)
    case 'KEY_REUSED':
      return new ApiError(
        'IDEMPOTENCY_KEY_REUSED',
        'This Idempotency-Key came with another body before; use a new key for a new request.',
      )
    case 'GONE':
      return new ApiError(
        'IDEMPOTENCY_RESOURCE_GONE',
        'What this Idempotency-Key created has been deleted since; use a new one.',
      )
    case 'PARENT_MISSING':
      return notFound(parent.kind, parent.id)
    case 'PARENT_DELETING':
      return beingDeleted(parent.kind, parent.id, `so it takes no new ${is}`)
    case 'WORKSPACE_MISSING':
      return notFound('workspace', workspace)
    case 'WORKSPACE_DELETING':
      return workspaceDeleting(workspace)
    case 'ARTIFACTS_MISSING':
      return refusal(outcome.missing.map((one) => ({ path: one.path, message: notUploaded(one) })))
    case 'CLUSTER_MISSING':
      return notFound('cluster', kubeClusterId)
    case 'NAMESPACE_TAKEN':
      return new ApiError(
        'NAMESPACE_TAKEN',
        `The namespace ${kubeNamespace} of the cluster ${kubeClusterId} belongs to the workspace ${outcome.id} ` +
          `(${outcome.name}); a namespace belongs to one.`,
        [{ path: '/kubeNamespace', message: `belongs to ${outcome.id}` }],
      )
  }
}

/** The resource after the change. Throws ApiError. */
export function changed<R>(
  { is, inUse }: Pick<Collection<never>, 'is' | 'inUse'>,
  { id, name = '' }: { id: string; name?: string },
  outcome: Done<R> | NotChanged,
): R {
  switch (outcome.outcome) {
    case 'MISSING':
      throw notFound(is, id)
    case 'STALE':
      throw staleRevision(outcome.revision)
    case 'NAME_TAKEN':
      throw nameTaken(is, name, outcome)
    case 'DELETING':
      throw beingDeleted(is, id, 'so it cannot be changed')
    case 'IN_USE': {
      if (!inUse) throw new Error(`something is in the ${is} ${id}, which can hold nothing`)
      const users = namedFew('jobs' in outcome ? outcome.jobs : outcome.by)
      throw new ApiError(inUse.code, `The ${is} ${id} still has ${inUse.by}: ${users}. ${inUse.remedy}`)
    }
    default:
      return outcome.resource
  }
}

const beingDeleted = (is: string, id: string, therefore: string): ApiError =>
  new ApiError('BEING_DELETED', `The ${is} ${id} is being deleted, ${therefore}.`)

export const workspaceDeleting = (id: string): ApiError => beingDeleted('workspace', id, 'so it takes nothing new')

function nameTaken(is: string, name: string, taken: { id: string; deleting: boolean }): ApiError {
  const it = `The ${is} ${taken.id} has the name ${JSON.stringify(name)}`
  const message = taken.deleting
    ? `${it} until it is gone; it is being deleted. Wait, or choose another name.`
    : `${it} already.`
  return new ApiError('NAME_TAKEN', message, [{ path: '/name', message: `is the name of ${taken.id}` }])
}

/** The first ten by ID and name, and how many there are beyond. */
function namedFew(all: readonly { id: string; name: string }[]): string {
  const named = all.slice(0, 10).map(({ id, name }) => `${id} (${name})`)
  return named.join(', ') + (all.length > named.length ? `, and ${all.length - named.length} more` : '')
}

/** The same with what each is. */
export const usersOf = (all: readonly { kind: string; id: string; name: string }[]): string =>
  namedFew(all.map(({ kind, id, name }) => ({ id: `the ${kind} ${id}`, name })))

function notUploaded({ name, version, versions, names }: MissingArtifact): string {
  if (versions.length > 0)
    return `there is no version ${version} of ${name} in this workspace; there are ${versions.join(', ')}`
  const near = suggestion(name, names)
  return `no ${name} was uploaded to this workspace${near || `; \`weir artifact upload ${name}\` does`}`
}
