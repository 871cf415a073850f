/** Resources and deployment targets as callers see them. */
import type { Static } from 'typebox'
import { defined } from '../domain/defined.ts'
import type { JobResource, Resource, SessionResource } from '../domain/resource.ts'
import { stateOf } from '../domain/resource.ts'
import { ENDED_STATES, newerCheckpoint } from '../domain/status.ts'
import type { ResourceSummary } from '../store/store.ts'
import type { KubeCluster, Target, Workspace } from '../store/targets.ts'
import type { ApiPorts } from './ports.ts'
import type { Status } from './schemas/common.ts'
import type { Cluster, TargetStatus } from './schemas/kube-clusters.ts'
import type * as organization from './schemas/organization.ts'
import type { FlinkSessionJob } from './schemas/session-jobs.ts'
import type { FlinkSession } from './schemas/sessions.ts'

export function renderSummary(resource: Resource, ports: ApiPorts): Static<typeof FlinkSession.summary> {
  const { observedAt } = resource.status
  return renderListed({ ...known(resource), ...defined({ observedAt }) }, ports)
}

export function renderListed(summary: ResourceSummary, ports: ApiPorts): Static<typeof FlinkSession.summary> {
  const { id, name, state, createdAt, updatedAt, observedAt } = summary
  return { id, name, state, createdAt, updatedAt, stale: isStale(summary, ports), ...defined({ observedAt }) }
}

function known(resource: Resource) {
  const { id, name, createdAt, updatedAt } = resource
  return { id, name, state: stateOf(resource), createdAt, updatedAt }
}

/** What never changes again cannot be out of date, however long ago it was observed. */
const isStale = (
  { state, observedAt, createdAt }: Pick<ResourceSummary, 'state' | 'observedAt' | 'createdAt'>,
  { clock, staleAfterMs }: ApiPorts,
): boolean => !ENDED_STATES.includes(state) && isOlder(observedAt ?? createdAt, staleAfterMs, clock)

type Rendered<S extends { full: object }> = Promise<Static<S['full']>>

export async function renderSession(session: SessionResource, ports: ApiPorts): Rendered<typeof FlinkSession> {
  return { ...session.spec, ...described(session, ports) }
}

/** The job is that of the newest attempt; before there is one, the ID is what the first will have. */
export async function renderJob(job: JobResource, ports: ApiPorts): Rendered<typeof FlinkSessionJob> {
  const { id: firstId = '', ...spec } = job.spec.job
  const latest = (await ports.store.attempts.list(job.id)).at(-1)
  const known = { id: latest?.flinkJobId ?? firstId, name: job.status.flinkJobName ?? job.name }
  return { ...job.spec, ...described(job, ports), job: { ...spec, ...known } }
}

function described(resource: Resource, ports: ApiPorts) {
  const { revision, desiredState, status: kept } = resource
  const { flinkJobName: _, ...status } = kept
  const lastCheckpoint = newerCheckpoint(kept.lastCheckpoint, ports.lastCheckpoint?.(resource.id))
  const rendered: Static<typeof Status> = {
    ...status,
    ...defined({ lastCheckpoint }),
    stale: isStale({ ...known(resource), ...defined({ observedAt: status.observedAt }) }, ports),
  }
  return { ...known(resource), revision, desiredState, status: rendered }
}

const isOlder = (time: string, ms: number, { now }: ApiPorts['clock']): boolean => now() - Date.parse(time) > ms

export function renderKubeCluster(cluster: KubeCluster, ports: ApiPorts): Static<typeof Cluster.full> {
  const { server, authKind } = cluster
  const { status, ...known } = describedTarget(cluster, ports)
  return { ...known, kubeClusterConfig: { cluster: server, auth: { kind: authKind } }, status }
}

export function renderWorkspace(workspace: Workspace, ports: ApiPorts): Static<typeof organization.Workspace.full> {
  const { kubernetes: target, deletion } = workspace
  const { status, ...known } = describedTarget(workspace, ports)
  return {
    ...known,
    ...(target && {
      kubeClusterId: target.cluster,
      kubeNamespace: target.namespace,
      kubeServiceAccount: target.serviceAccount,
    }),
    ...defined({ kubeStorage: target?.storage }),
    state: deletion ? 'DELETING' : 'ACTIVE',
    // This machine is not inspected: nothing of it can be out of date.
    status: target ? status : { ...status, stale: false },
  }
}

function describedTarget({ status, checkRequestedAt, ...target }: Target, ports: ApiPorts) {
  const { id, name, createdAt, updatedAt, revision } = target
  const stale = isOlder(status.observedAt ?? createdAt, ports.targetStaleAfterMs ?? ports.staleAfterMs, ports.clock)
  const rendered: Static<typeof TargetStatus> = { ...status, ...defined({ checkRequestedAt }), stale }
  return { id, name, createdAt, updatedAt, revision, status: rendered }
}
