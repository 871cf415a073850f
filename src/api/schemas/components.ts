/** All named components of the contract, in the order in which it lists them. */
import type { Static } from 'typebox'
import type { ContainerResource as ContainerResourceType, FlinkPlugin as FlinkPluginType, SessionJobSpec, SessionSpec } from '../../domain/spec.ts'
import { ErrorAnswer, ResourceId, State, Status } from './common.ts'
import { ContainerResource, FlinkPlugin, FlinkRuntime, FlinkRuntimeInfo, FlinkRuntimeList, TaskManagerBounds, UpgradeMode } from './flink.ts'
import { CurrentIdentity, ServiceAccount, Workspace, WorkspaceList } from './organization.ts'
import {
  FlinkJob, FlinkJobSpec, FlinkSessionJob, FlinkSessionJobSpec, FlinkSessionJobSummary, FlinkSessionJobSummaryList, FlinkSessionJobUpdate,
} from './session-jobs.ts'
import { FlinkSession, FlinkSessionSpec, FlinkSessionSummary, FlinkSessionSummaryList, FlinkSessionUpdate } from './sessions.ts'
import { ProcessLog, ProcessLogList, ResourceEvent, ResourceEventList } from './timeline.ts'

export const COMPONENTS = [
  ErrorAnswer, ResourceId, State, Status,
  FlinkRuntime, UpgradeMode, ContainerResource, FlinkPlugin, TaskManagerBounds, FlinkRuntimeInfo, FlinkRuntimeList,
  FlinkSessionSpec, FlinkSessionUpdate, FlinkSessionSummary, FlinkSessionSummaryList, FlinkSession,
  FlinkJobSpec, FlinkJob,
  FlinkSessionJobSpec, FlinkSessionJobUpdate, FlinkSessionJobSummary, FlinkSessionJobSummaryList, FlinkSessionJob,
  ResourceEvent, ResourceEventList, ProcessLog, ProcessLogList,
  ServiceAccount, CurrentIdentity, Workspace, WorkspaceList,
]

/**
 * Compiles only while what the schemas accept is what the domain speaks: a field added to one and forgotten in the
 * other is found here.
 */
type Same<Wire, Domain> = Wire extends Domain ? (keyof Domain extends keyof Wire ? true : never) : never
export type SchemasMatchDomain = [
  Same<Static<typeof FlinkSessionSpec>, SessionSpec>,
  Same<Static<typeof FlinkSessionJobSpec>, SessionJobSpec>,
  Same<Static<typeof ContainerResource>, ContainerResourceType>,
  Same<Static<typeof FlinkPlugin>, FlinkPluginType>,
]
const matches: SchemasMatchDomain = [true, true, true, true]
void matches
