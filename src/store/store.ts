/**
 * The store: what was asked for, what was intended, what was seen. One schema on two databases (SQLite, PostgreSQL).
 * It may import domain only, and must never start, stop or call anything: it remembers. `openStore` of open.ts makes
 * one. It fails with a StoreError (errors.ts) where people can do something about it: a full disk, a second server,
 * a newer schema, a database that does not answer.
 *
 * Every promise resolves when its change is durable: what was acknowledged survives `kill -9`. Groups are plain
 * objects of functions; `transaction` gives the same groups bound to one transaction.
 */
import type { ClusterRef, EffectiveClusterSpec, Generation, GenerationEnd, JobAttempt } from '../domain/cluster.ts'
import type { Kind } from '../domain/kinds.ts'
import type { KubeLedger } from '../domain/kubernetes.ts'
import type { ProcessLedger } from '../domain/process.ts'
import type { AnyResource, Deletion, NewEvent, ResourceEvent, ResourceOf, SpecOf } from '../domain/resource.ts'
import type { State, Status } from '../domain/status.ts'
import type { Artifacts, MissingArtifact } from './artifact-records.ts'
import type { KubeClusters, Workspaces } from './targets.ts'

/** A page of a list. `marker` is opaque to callers; absent on the last page. */
export interface Page<T> {
  items: T[]
  marker?: string
}

export interface PageQuery {
  limit: number
  marker?: string
}

/** A caller's `Idempotency-Key` with what it is bound to; `bodyHash` tells whether the body is the same. */
export interface IdempotencyClaim {
  identity: string
  method: string
  path: string
  key: string
  bodyHash: string
}

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
}

export interface Resources {
  /**
   * All in one transaction: checks of workspace and parent, unique name, idempotency claim, row, `Created` event, feed
   * entry; uploaded files that the spec names are pinned to a version and recorded as used.
   */
  create<K extends Kind>(resource: NewResource<K>, claim?: IdempotencyClaim): Promise<CreateOutcome<K>>
  get<K extends Kind>(kind: K, id: string): Promise<ResourceOf[K] | undefined>
  /** In order of creation; a walk never repeats nor skips what was there throughout. Throws BadMarker. */
  list<K extends Kind>(filter: ResourceFilter<K>, page: PageQuery): Promise<Page<ResourceOf[K]>>
  /** All resources of a kind, of every workspace, oldest first: the reconciler's resync. */
  all<K extends Kind>(kind: K): Promise<ResourceOf[K][]>
  children(parent: string): Promise<AnyResource[]>
  rename<K extends Kind>(kind: K, id: string, name: string, by: string, ifRevision?: number): Promise<ChangeOutcome<K>>
  /** Marks for deletion. A second request may only widen `cascade` and `force`; it never resets them. */
  requestDeletion<K extends Kind>(
    kind: K,
    id: string,
    deletion: Omit<Deletion, 'requestedAt'>,
    by: string,
    ifRevision?: number,
  ): Promise<ChangeOutcome<K>>
  /** Persists what was seen, with its events. Changes neither revision nor updatedAt. A removed resource is ignored. */
  observed(id: string, seen: { state: State; status: Status; events?: NewEvent[] }): Promise<void>
  /** Removes the row and everything of it but its attempts' Flink job IDs (see Attempts.abandoned). */
  remove(id: string): Promise<void>
}

export interface Generations {
  list(resource: string): Promise<Generation[]>
  /** Records the intent of the next generation; its number is one more than the last. */
  begin(resource: string, spec: EffectiveClusterSpec): Promise<Generation>
  up(ref: ClusterRef): Promise<void>
  /** Only the first end counts. */
  end(ref: ClusterRef, end: GenerationEnd): Promise<void>
  removed(ref: ClusterRef): Promise<void>
}

export interface Attempts {
  list(job: string): Promise<JobAttempt[]>
  /**
   * Records an attempt in SUBMITTING, unless another attempt of the same session is in SUBMITTING
   * (submissions are serialised per session) or the job or its session is being deleted: then undefined.
   */
  begin(attempt: Omit<JobAttempt, 'n' | 'phase' | 'createdAt'>): Promise<JobAttempt | undefined>
  /** Changes nothing of an attempt that has ENDED, except adding checkpoints. */
  update(
    job: string,
    n: number,
    change: Partial<Pick<JobAttempt, 'phase' | 'outcome' | 'flinkJobId' | 'lastCheckpoint' | 'checkpointFolder'>>,
  ): Promise<void>
  /** Flink job IDs of a session that must not run: of jobs that are gone, and of attempts that ENDED as FAILED. */
  abandoned(session: string): Promise<string[]>
}

export interface Events {
  append(resource: string, event: NewEvent): Promise<void>
  list(resource: string, page: PageQuery): Promise<Page<ResourceEvent>>
}

/** What the change feed tells of. */
export type FeedKind = Kind | 'workspace' | 'kubeCluster'

/** One entry of the change feed; `sequence` grows in the order of commits. */
export interface Change {
  sequence: number
  kind: FeedKind
  id: string
  /** Of a workspace its own ID; empty for a cluster. */
  workspace: string
  parent?: string
  what: 'CREATED' | 'UPDATED' | 'OBSERVED' | 'REMOVED'
}

export interface Changes {
  /** Entries after a sequence, oldest first. */
  since(sequence: number, limit: number): Promise<Change[]>
  /** The newest sequence; 0 when nothing was ever written. */
  head(): Promise<number>
  /** Calls back after commits of this process (and, on PostgreSQL, of others). The answer unsubscribes. */
  onChange(callback: () => void): () => void
}

export interface ServiceAccount {
  id: string
  organization: string
  username: string
  description: string
  createdAt: string
  updatedAt: string
}

export interface Organization {
  id: string
  name: string
}

export type Principal = { kind: 'root' } | { kind: 'service-account'; account: ServiceAccount }

export interface Accounts {
  /** First start: organization and workspace `default`, service account `admin`. Does nothing when they are there. */
  bootstrap(): Promise<{ organization: Organization; admin: ServiceAccount }>
  /** Makes a key with that hash (SHA-256, hex) known; a known one changes nothing. */
  ensureKey(key: { hash: string; owner: { kind: 'root' } | { kind: 'service-account'; id: string } }): Promise<void>
  /** Who holds the key of that hash. */
  principal(keyHash: string): Promise<Principal | undefined>
}

export interface StoreGroups {
  resources: Resources
  generations: Generations
  attempts: Attempts
  events: Events
  accounts: Accounts
  workspaces: Workspaces
  kubeClusters: KubeClusters
  processes: ProcessLedger
  kubeLaunches: KubeLedger
  artifacts: Artifacts
}

export interface Store extends StoreGroups {
  /** One per store, bound to its data folder: a copied folder gets a new one. */
  readonly installation: string
  /** Since when (ISO 8601). What was recorded before is the business of the installation that this store was copied from. */
  readonly installedAt: string
  changes: Changes
  /**
   * All that `work` does through the groups it is given happens, or none of it. Keep it short, it holds up every
   * other writer; and call no function of the store itself inside, which would wait for this very transaction.
   */
  transaction<T>(work: (groups: StoreGroups) => Promise<T>): Promise<T>
  /** True when the database answers: for /readyz. */
  ready(): Promise<boolean>
  close(): Promise<void>
}

/** The caller's `marker` is none of ours. */
export class BadMarker extends Error {}
