/** A stored resource: what callers asked for, and beside it what was last seen. */
import { type ClusterKind, KINDS, type Kind, type RunKind } from './kinds.ts'
import type { ApplicationSpec, SessionJobSpec, SessionSpec } from './spec.ts'
import type { State, Status } from './status.ts'

/** How a resource is to go. `cascade`: a session takes its jobs along; `force`: Flink is not waited for. */
export interface Deletion {
  requestedAt: string
  cascade: boolean
  force: boolean
}

export interface Resource<Spec = SpecOf[Kind]> {
  id: string
  kind: Kind
  workspace: string
  /** The resource that it is in; left out where that is the workspace. */
  parent?: string
  name: string
  spec: Spec
  desiredState: 'RUNNING' | 'SUSPENDED'
  /** Counts callers' changes, from 1. */
  revision: number
  createdAt: string
  updatedAt: string
  deletion?: Deletion
  /** As the reconciler last saw it; a resource with a `deletion` is DELETING whatever stands here. */
  state: State
  status: Status
}

export type SessionResource = Resource<SessionSpec> & { kind: 'session' }
export type JobResource = Resource<SessionJobSpec> & { kind: 'job'; parent: string }
export type ApplicationResource = Resource<ApplicationSpec> & { kind: 'application' }

/** A resource by its kind, and its spec. */
export interface ResourceOf {
  session: SessionResource
  job: JobResource
  application: ApplicationResource
}
export interface SpecOf {
  session: SessionSpec
  job: SessionJobSpec
  application: ApplicationSpec
}

export type AnyResource = ResourceOf[Kind]
export type ClusterResource = ResourceOf[ClusterKind]
export type RunResource = ResourceOf[RunKind]

/** Whether it owns generations of a cluster. */
export const keepsCluster = (resource: AnyResource): resource is ClusterResource => KINDS[resource.kind].cluster

/** Whether it owns attempts at running a job. */
export const keepsRun = (resource: AnyResource): resource is RunResource => KINDS[resource.kind].run

/** The state that callers see. */
export function stateOf(resource: Pick<Resource, 'deletion' | 'state'>): State {
  return resource.deletion ? 'DELETING' : resource.state
}

/** One line of a resource's timeline, written for people. */
export interface ResourceEvent {
  /** Ever growing; the order in which things happened. */
  id: number
  resource: string
  at: string
  severity: 'INFO' | 'WARNING'
  /** CamelCase word for programs, e.g. `TaskManagerExited`. */
  reason: string
  message: string
  /** `system`, or the descriptor of the caller (`service-account:ID`). */
  by: string
}

/** An event about to be recorded. One with a `key` is recorded once per resource however often it is seen. */
export interface NewEvent {
  severity: 'INFO' | 'WARNING'
  reason: string
  message: string
  by?: string
  key?: string
}
