/** Workspaces and clusters as callers see them. */
import type { Static } from 'typebox'
import type { KubeCluster as StoredKubeCluster, Workspace as StoredWorkspace, Target } from '../store/targets.ts'
import type { ApiPorts } from './ports.ts'
import type { Cluster, TargetStatus } from './schemas/kube-clusters.ts'
import type { Workspace } from './schemas/organization.ts'

type Ages = Pick<ApiPorts, 'clock' | 'staleAfterMs' | 'targetStaleAfterMs'>

const common = ({ id, name, createdAt, updatedAt, revision }: Target) => ({ id, name, createdAt, updatedAt, revision })

export function renderKubeCluster(cluster: StoredKubeCluster, ages: Ages): Static<typeof Cluster> {
  const { server, authKind } = cluster
  return {
    ...common(cluster),
    kubeClusterConfig: { cluster: server, auth: { kind: authKind } },
    status: renderStatus(cluster, ages),
  }
}

export function renderWorkspace(workspace: StoredWorkspace, ages: Ages): Static<typeof Workspace> {
  const { kubernetes: target, deletion } = workspace
  const status = renderStatus(workspace, ages)
  return {
    ...common(workspace),
    ...(target && {
      kubeClusterId: target.cluster,
      kubeNamespace: target.namespace,
      kubeServiceAccount: target.serviceAccount,
    }),
    ...(target?.storage !== undefined && { kubeStorage: target.storage }),
    state: deletion ? 'DELETING' : 'ACTIVE',
    // This machine needs no looking at: nothing of it can be out of date.
    status: target ? status : { ...status, stale: false },
  }
}

function renderStatus({ status, createdAt, checkRequestedAt }: Target, ages: Ages): Static<typeof TargetStatus> {
  const seenAt = Date.parse(status.observedAt ?? createdAt)
  const stale = ages.clock.now() - seenAt > (ages.targetStaleAfterMs ?? ages.staleAfterMs)
  return { ...status, ...(checkRequestedAt !== undefined && { checkRequestedAt }), stale }
}
