/** All named components of the contract, in the order in which it lists them. */
import type { Static } from 'typebox'
import type * as kubernetes from '../../domain/kubernetes.ts'
import type * as domain from '../../domain/spec.ts'
import { Artifact, ArtifactList } from './artifacts.ts'
import { ErrorAnswer, ResourceId, State, Status } from './common.ts'
import {
  ContainerResource,
  FlinkPlugin,
  FlinkRuntime,
  FlinkRuntimeInfo,
  FlinkRuntimeList,
  TaskManagerBounds,
  UpgradeMode,
} from './flink.ts'
import {
  Cluster,
  ClusterList,
  ClusterSpec,
  ClusterUpdate,
  KubeAuth,
  KubeClusterConfig,
  KubeServer,
  TargetStatus,
} from './kube-clusters.ts'
import {
  CurrentIdentity,
  ServiceAccount,
  Workspace,
  WorkspaceList,
  WorkspaceSpec,
  WorkspaceUpdate,
} from './organization.ts'
import {
  FlinkJob,
  FlinkJobSpec,
  FlinkSessionJob,
  FlinkSessionJobSpec,
  FlinkSessionJobSummary,
  FlinkSessionJobSummaryList,
  FlinkSessionJobUpdate,
} from './session-jobs.ts'
import {
  FlinkSession,
  FlinkSessionSpec,
  FlinkSessionSummary,
  FlinkSessionSummaryList,
  FlinkSessionUpdate,
} from './sessions.ts'
import { ProcessLog, ProcessLogList, ResourceEvent, ResourceEventList } from './timeline.ts'

export const COMPONENTS = [
  ErrorAnswer,
  ResourceId,
  State,
  Status,
  FlinkRuntime,
  UpgradeMode,
  ContainerResource,
  FlinkPlugin,
  TaskManagerBounds,
  FlinkRuntimeInfo,
  FlinkRuntimeList,
  FlinkSessionSpec,
  FlinkSessionUpdate,
  FlinkSessionSummary,
  FlinkSessionSummaryList,
  FlinkSession,
  FlinkJobSpec,
  FlinkJob,
  FlinkSessionJobSpec,
  FlinkSessionJobUpdate,
  FlinkSessionJobSummary,
  FlinkSessionJobSummaryList,
  FlinkSessionJob,
  Artifact,
  ArtifactList,
  ResourceEvent,
  ResourceEventList,
  ProcessLog,
  ProcessLogList,
  ServiceAccount,
  CurrentIdentity,
  TargetStatus,
  WorkspaceSpec,
  WorkspaceUpdate,
  Workspace,
  WorkspaceList,
  KubeServer,
  KubeAuth,
  KubeClusterConfig,
  ClusterSpec,
  ClusterUpdate,
  Cluster,
  ClusterList,
]

/**
 * Compiles only while what the schemas accept is what the domain speaks: a field that is added to one and forgotten
 * in the other is found here. `id` of a job is the one field that callers don't write.
 */
type Same<Wire extends Domain, Domain> = Exclude<keyof Domain, keyof Wire> extends never ? true : false
type JobOnWire = Omit<domain.JobSpec, 'id'>
const schemasMatchDomain: [
  Same<Static<typeof FlinkSessionSpec>, domain.SessionSpec>,
  Same<Static<typeof FlinkSessionJobSpec>, domain.SessionJobSpec>,
  Same<Static<typeof FlinkJobSpec>, JobOnWire>,
  Same<Static<typeof ContainerResource>, domain.ContainerResource>,
  Same<Static<typeof FlinkPlugin>, domain.FlinkPlugin>,
  Same<Static<typeof TaskManagerBounds>, domain.TaskManagerBounds>,
  Same<Static<typeof KubeServer>, kubernetes.KubeServer>,
  Same<Static<typeof KubeAuth>, kubernetes.KubeAuth>,
  Same<Static<typeof KubeClusterConfig>, kubernetes.KubeClusterConfig>,
] = [true, true, true, true, true, true, true, true, true]
void schemasMatchDomain
