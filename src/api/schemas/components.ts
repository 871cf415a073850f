/** All named components of the contract: whatever has a `$id` in the schemas' files, or among the shapes there. */
import type { Static, TSchema } from 'typebox'
import type * as kubernetes from '../../domain/kubernetes.ts'
import type * as domain from '../../domain/spec.ts'
import * as artifacts from './artifacts.ts'
import * as common from './common.ts'
import * as flink from './flink.ts'
import * as kubeClusters from './kube-clusters.ts'
import * as organization from './organization.ts'
import * as sessionJobs from './session-jobs.ts'
import * as sessions from './sessions.ts'
import * as timeline from './timeline.ts'

const files = [common, flink, sessions, sessionJobs, artifacts, timeline, organization, kubeClusters]
const values: unknown[] = files.flatMap((file) => Object.values<unknown>(file))
const isComponent = (value: unknown): value is TSchema & { $id: string } => Object.hasOwn(Object(value), '$id')

/** Each once: a target's summary is the target itself. */
export const COMPONENTS = new Set(
  values.flatMap((value) => (isComponent(value) ? [value] : Object.values(Object(value)).filter(isComponent))),
)

/**
 * Compiles only while what the schemas accept is what the domain speaks: a field that is added to one and forgotten
 * in the other is found here. `id` of a job is the one field that callers don't write.
 */
type Same<Wire extends Domain, Domain> = Exclude<keyof Domain, keyof Wire> extends never ? true : false
type JobOnWire = Omit<domain.JobSpec, 'id'>
const schemasMatchDomain: [
  Same<Static<typeof sessions.FlinkSession.spec>, domain.SessionSpec>,
  Same<Static<typeof sessionJobs.FlinkSessionJob.spec>, domain.SessionJobSpec>,
  Same<Static<typeof sessionJobs.FlinkJobSpec>, JobOnWire>,
  Same<Static<typeof flink.ContainerResource>, domain.ContainerResource>,
  Same<Static<typeof flink.FlinkPlugin>, domain.FlinkPlugin>,
  Same<Static<typeof flink.TaskManagerBounds>, domain.TaskManagerBounds>,
  Same<Static<typeof kubeClusters.KubeServer>, kubernetes.KubeServer>,
  Same<Static<typeof kubeClusters.KubeAuth>, kubernetes.KubeAuth>,
  Same<Static<typeof kubeClusters.KubeClusterConfig>, kubernetes.KubeClusterConfig>,
] = [true, true, true, true, true, true, true, true, true]
void schemasMatchDomain
