/**
 * The tables as Kysely sees them; `migrations/` makes them. The same on both databases: times are ISO 8601 text,
 * JSON is text (PostgreSQL's jsonb refuses the NUL characters that arguments may hold), booleans are 0 and 1.
 */
import type { Generated, Selectable } from 'kysely'
import type { JobAttempt } from '../domain/cluster.ts'
import type { Kind } from '../domain/kinds.ts'
import type { KubeAuth } from '../domain/kubernetes.ts'
import type { ProcessRecord, ProcessRole } from '../domain/process.ts'
import type { Resource, ResourceEvent } from '../domain/resource.ts'
import type { State } from '../domain/status.ts'
import type { Change, FeedKind } from './feed.ts'

export interface Tables {
  installation: InstallationTable
  organizations: NamedTable
  workspaces: WorkspaceTable
  clusters: ClusterTable
  kube_launches: KubeLaunchTable
  artifacts: ArtifactTable
  artifact_names: { workspace: string; name: string; last_version: number }
  artifact_uses: { resource: string; artifact: string }
  service_accounts: ServiceAccountTable
  keys: KeyTable
  resources: ResourceTable
  /** A thousand times as one text: see packed-times.ts. */
  observed_times: { part: number; times: string }
  resource_labels: { resource: string; key: string; value: string }
  generations: GenerationTable
  processes: ProcessTable
  spares: SpareTable
  job_attempts: AttemptTable
  events: EventTable
  idempotency: IdempotencyTable
  changes: ChangeTable
}

/** One row. `anchor` is the identity of a file in the data folder: see installation.ts. */
export interface InstallationTable {
  id: string
  anchor: string
  created_at: string
}

export interface NamedTable {
  sequence: Generated<number>
  id: string
  name: string
  created_at: string
  updated_at: string
}

/** What clusters and workspaces have in common: both are looked at. */
export interface TargetTable extends NamedTable {
  organization: string
  revision: number
  /** Without `observedAt`, which has a column of its own. */
  status: Generated<string>
  observed_at: string | null
  check_requested_at: string | null
}

export interface WorkspaceTable extends TargetTable {
  /** This one and the next two are NULL together, for a workspace on this machine. */
  kube_cluster: string | null
  kube_namespace: string | null
  kube_service_account: string | null
  kube_storage: string | null
  /** When it was asked for. */
  deletion: string | null
}

export interface ClusterTable extends TargetTable {
  /** How it is reached, as JSON, with nothing secret in it. */
  server: string
  auth_kind: keyof KubeAuth
  /** The secrets, sealed: see secrets.ts. */
  auth: string
}

export interface KubeLaunchTable {
  resource: string
  generation: number
  namespace: string
  name: string
  manifest: string
  uid: string | null
  incarnation: string | null
  reached: number
  created_at: string
}

export interface ArtifactTable {
  sequence: Generated<number>
  id: string
  workspace: string
  name: string
  version: number
  size_bytes: number
  sha256: string
  content_type: string | null
  inspection: string | null
  created_at: string
}

export interface ServiceAccountTable {
  sequence: Generated<number>
  id: string
  organization: string
  username: string
  description: string
  created_at: string
  updated_at: string
}

export interface KeyTable {
  hash: string
  owner_kind: 'root' | 'service-account'
  owner_id: string | null
  created_at: string
  revoked_at: Generated<string | null>
}

export interface ResourceTable {
  sequence: Generated<number>
  id: string
  kind: Kind
  workspace: string
  /** Empty when there is none: in a unique index two NULLs would be two different parents. */
  parent: string
  name: string
  name_key: string
  spec: string
  desired_state: Resource['desiredState']
  revision: number
  created_at: string
  updated_at: string
  deletion: string | null
  state: State
  /** Without `observedAt`, which has a column of its own, so that looking again rewrites nothing else. */
  status: string
  observed_at: string | null
  /** The feed entry of the last visible observation. */
  observed_sequence: number
}
export type ResourceRow = Selectable<ResourceTable>

export interface GenerationTable {
  resource: string
  generation: number
  spec: string
  created_at: string
  up_at: string | null
  ended_at: string | null
  ending: string | null
  removed_at: string | null
}

export interface ProcessTable {
  sequence: Generated<number>
  uuid: string
  resource: string
  generation: number
  role: ProcessRole
  ordinal: number
  state: ProcessRecord['state']
  memory_bytes: number
  stop_requested: number
  pid: number | null
  start_time: string | null
  boot_id: string | null
  rest_port: number | null
  rpc_port: number | null
  created_at: string
  exited_at: string | null
  exit: string | null
}

/** A JVM that waits for a cluster. */
export interface SpareTable {
  uuid: string
  role: string
  memory_bytes: number
  created_at: string
}

export interface AttemptTable {
  job: string
  n: number
  session: string
  flink_job_id: string
  generation: number
  incarnation: string
  phase: JobAttempt['phase']
  company: Generated<JobAttempt['company']>
  started_from: string | null
  checkpoint_folder: string | null
  last_checkpoint: string | null
  /** As JSON: see domain/cluster.ts. */
  flink_restarts: string | null
  outcome: string | null
  created_at: string
  ended_at: string | null
}

export interface EventTable {
  id: Generated<number>
  resource: string
  at: string
  severity: ResourceEvent['severity']
  reason: string
  message: string
  by: string
  key: string | null
}

export interface IdempotencyTable {
  /** SHA-256 of identity, method, path and key. */
  claim: string
  body_hash: string
  resource: string
  /** Milliseconds since the epoch. */
  claimed_at: number
}

export interface ChangeTable {
  sequence: Generated<number>
  kind: FeedKind
  id: string
  /** Empty for a cluster. */
  workspace: string
  parent: string
  what: Change['what']
}
