/** What the store says of a create or a change, as the API says it. */
import type { Resource } from '../domain/resource.ts'
import type { MissingArtifact } from '../store/artifact-records.ts'
import type { ChangeOutcome, CreateOutcome } from '../store/store.ts'
import { notFound } from './access.ts'
import { staleRevision } from './conditions.ts'
import { ApiError } from './errors.ts'
import { refuse } from './spec-checks.ts'
import { suggestion } from './violations.ts'

type Noun = 'session' | 'job'

export const nameTaken = (
  noun: Noun | 'workspace' | 'cluster',
  name: string,
  taken: { id: string; deleting: boolean },
): ApiError =>
  new ApiError(
    'NAME_TAKEN',
    taken.deleting
      ? `The ${noun} ${taken.id} has the name ${JSON.stringify(name)} until it is gone; it is being deleted. Wait, or choose another name.`
      : `The ${noun} ${taken.id} has the name ${JSON.stringify(name)} already.`,
    [{ path: '/name', message: `is the name of ${taken.id}` }],
  )

export const keyReused = (): ApiError =>
  new ApiError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key came with another body before; use a new key for a new request.',
  )

export const keyGone = (): ApiError =>
  new ApiError('IDEMPOTENCY_RESOURCE_GONE', 'What this Idempotency-Key created has been deleted since; use a new one.')

/** The first ten by ID and name, and how many there are beyond. */
export function namedFew(all: readonly { id: string; name: string }[]): string {
  const named = all.slice(0, 10).map(({ id, name }) => `${id} (${name})`)
  return named.join(', ') + (all.length > named.length ? `, and ${all.length - named.length} more` : '')
}

/** The same with what each is. */
export const usersOf = (all: readonly { kind: string; id: string; name: string }[]): string =>
  namedFew(all.map(({ kind, id, name }) => ({ id: `the ${kind} ${id}`, name })))

/** The created resource, or the one that an earlier request with the same key created. Throws ApiError. */
export function created(
  noun: Noun,
  wanted: { workspace: string; name: string; parent?: string },
  outcome: CreateOutcome,
): Resource {
  switch (outcome.outcome) {
    case 'CREATED':
    case 'REPEATED':
      return outcome.resource
    case 'NAME_TAKEN':
      throw nameTaken(noun, wanted.name, outcome)
    case 'KEY_REUSED':
      throw keyReused()
    case 'GONE':
      throw keyGone()
    case 'PARENT_MISSING':
      throw notFound('session', wanted.parent ?? '')
    case 'PARENT_DELETING':
      throw new ApiError(
        'BEING_DELETED',
        `The session ${wanted.parent ?? ''} is being deleted, so it takes no new job.`,
      )
    case 'WORKSPACE_MISSING':
      throw notFound('workspace', wanted.workspace)
    case 'WORKSPACE_DELETING':
      throw workspaceDeleting(wanted.workspace)
    case 'ARTIFACTS_MISSING':
      return refuse(outcome.missing.map((one) => ({ path: one.path, message: notUploaded(one) })))
  }
}

export const workspaceDeleting = (id: string): ApiError =>
  new ApiError('BEING_DELETED', `The workspace ${id} is being deleted, so it takes nothing new.`)

function notUploaded({ name, version, versions, names }: MissingArtifact): string {
  if (versions.length > 0)
    return `there is no version ${version} of ${name} in this workspace; there are ${versions.join(', ')}`
  const near = suggestion(name, names)
  return `no ${name} was uploaded to this workspace${near || `; \`weir artifact upload ${name}\` does`}`
}

type NotChanged = Exclude<ChangeOutcome, { outcome: 'CHANGED' | 'UNCHANGED' | 'IN_USE' }>

/** Why nothing was changed, in the cases that are the same for everything that can be. */
export function notChanged(
  noun: Noun | 'workspace' | 'cluster',
  wanted: { id: string; name?: string },
  outcome: NotChanged,
): ApiError {
  switch (outcome.outcome) {
    case 'MISSING':
      return notFound(noun, wanted.id)
    case 'STALE':
      return staleRevision(outcome.revision)
    case 'NAME_TAKEN':
      return nameTaken(noun, wanted.name ?? '', outcome)
    case 'DELETING':
      return new ApiError('BEING_DELETED', `The ${noun} ${wanted.id} is being deleted, so it cannot be changed.`)
  }
}

/** The resource after the change. Throws ApiError. */
export function changed(noun: Noun, wanted: { id: string; name?: string }, outcome: ChangeOutcome): Resource {
  switch (outcome.outcome) {
    case 'CHANGED':
    case 'UNCHANGED':
      return outcome.resource
    case 'IN_USE':
      throw new ApiError(
        'SESSION_HAS_JOBS',
        `The session ${wanted.id} still has jobs: ${namedFew(outcome.jobs)}. Delete them first, or add ?cascade=true.`,
      )
    default:
      throw notChanged(noun, wanted, outcome)
  }
}
