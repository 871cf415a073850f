/** Resources as the store knows them: how they are made, changed and found, and what each of it may answer. */
import type { Kind } from '../domain/kinds.ts'
import type { AnyResource, Deletion, NewEvent, ResourceOf, SpecOf } from '../domain/resource.ts'
import type { State, Status } from '../domain/status.ts'
import type { MissingArtifact } from './artifact-records.ts'
import type { IdempotencyClaim } from './idempotency.ts'
import type { Sort } from './listed-views.ts'
import type { Page, PageQuery } from './marker.ts'

export interface NewResource<K extends Kind = Kind> {
  kind: K
  workspace: string
  parent?: string
  name: string
  spec: SpecOf[K]
  /** The caller's descriptor, for the event. */
  by: string
}

export type CreateOutcome<K extends Kind = Kind> =
  | { outcome: 'CREATED' | 'REPEATED'; resource: ResourceOf[K] }
  | { outcome: 'NAME_TAKEN'; id: string; deleting: boolean }
  | { outcome: 'KEY_REUSED' }
  | { outcome: 'GONE' } // repeated key whose resource was deleted since
  | { outcome: 'PARENT_MISSING' }
  | { outcome: 'PARENT_DELETING' }
  | { outcome: 'WORKSPACE_MISSING' } // it was removed since the caller was admitted to it
  | { outcome: 'WORKSPACE_DELETING' }
  /** The spec names uploaded files that there are not. */
  | { outcome: 'ARTIFACTS_MISSING'; missing: MissingArtifact[] }

export type ChangeOutcome<K extends Kind = Kind> =
  | { outcome: 'CHANGED' | 'UNCHANGED'; resource: ResourceOf[K] }
  | { outcome: 'MISSING' }
  | { outcome: 'STALE'; revision: number }
  | { outcome: 'NAME_TAKEN'; id: string; deleting: boolean }
  | { outcome: 'DELETING' }
  /** A session's jobs that stand in the way of its deletion. */
  | { outcome: 'IN_USE'; jobs: { id: string; name: string }[] }

export interface ResourceFilter<K extends Kind = Kind> {
  workspace: string
  kind: K
  parent?: string
  name?: string
  state?: State
  /** `key` or `key=value`. */
  label?: string
  /** A part of the name, whatever its case. */
  q?: string
}

/** What lists tell of a resource. */
export interface ResourceSummary {
  id: string
  name: string
  /** DELETING, once that is asked for. */
  state: State
  createdAt: string
  updatedAt: string
  /** Of the last observation. */
  observedAt?: string
}

/** `total`: of all that the filter lets through, those that can't be read included. */
export type ResourcePage = Page<ResourceSummary> & { total: number }
export type ResourceHead = Pick<AnyResource, 'kind' | 'id' | 'revision'> & { sequence: number }

export interface Resources {
  /**
   * All in one transaction: checks of workspace and parent, unique name, idempotency claim, row, `Created` event, feed
   * entry; uploaded files that the spec names are pinned to a version and recorded as used.
   */
  create<K extends Kind>(resource: NewResource<K>, claim?: IdempotencyClaim): Promise<CreateOutcome<K>>
  /**
   * `status.observedAt` is of the last observation, here and in all that answer resources.
   * Throws UnreadableRecord; not for one that is being deleted by force, whose spec is then an empty one.
   */
  get<K extends Kind>(kind: K, id: string): Promise<ResourceOf[K] | undefined>
  /**
   * In order of creation unless another is asked for. A walk never repeats nor skips what was there throughout, and
   * kept its position where the order is one that changes. Throws BadMarker.
   */
  list(filter: ResourceFilter, page: PageQuery & { sort?: Sort }): Promise<ResourcePage>
  /** How many there are, by kind and by state as it is shown. */
  counts(): Promise<{ kind: Kind; state: State; count: number }[]>
  /**
   * All resources of a kind, of every workspace, oldest first. Those whose spec can't be read are among them, with an
   * empty one.
   */
  all<K extends Kind>(kind: K): Promise<ResourceOf[K][]>
  /** The states of those in it, as callers see them; one for each. */
  childStates(parent: string): Promise<State[]>
  /**
   * What there is, of every kind and workspace, in the order of the sequence, from after that one on: no more of each
   * than tells whether it has changed.
   */
  heads(after: number, limit: number): Promise<ResourceHead[]>
  rename<K extends Kind>(kind: K, id: string, name: string, by: string, ifRevision?: number): Promise<ChangeOutcome<K>>
  /** Marks for deletion. A second request may only widen `cascade` and `force`; it never resets them. */
  requestDeletion<K extends Kind>(
    kind: K,
    id: string,
    deletion: Omit<Deletion, 'requestedAt'>,
    by: string,
    ifRevision?: number,
  ): Promise<ChangeOutcome<K>>
  /**
   * Persists what was seen, with its events. Changes neither revision nor updatedAt. A removed resource is ignored.
   * Where nothing is new but the time, nothing is written: as observedAgain.
   */
  observed(id: string, observation: { state: State; status: Status; events?: NewEvent[] }): Promise<void>
  /**
   * These were seen at that time (ISO 8601) as they are known. In memory: it is written within a minute and when the
   * store is closed, and a server that is killed before forgets it.
   */
  observedAgain(ids: readonly string[], at: string): void
  /** Removes the row and everything of it but its attempts' Flink job IDs (see Attempts.abandoned). */
  remove(id: string): Promise<void>
}
