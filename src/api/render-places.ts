/** Workspaces and clusters as callers see them. */
import type { Static } from 'typebox'
import type { Place, Cluster as StoredCluster, Workspace as StoredWorkspace } from '../store/places.ts'
import type { ApiPorts } from './ports.ts'
import type { Cluster, PlaceStatus } from './schemas/clusters.ts'
import type { Workspace } from './schemas/organization.ts'

type Ages = Pick<ApiPorts, 'clock' | 'staleAfterMs' | 'placeStaleAfterMs'>

const common = ({ id, name, createdAt, updatedAt, revision }: Place) => ({ id, name, createdAt, updatedAt, revision })

export function renderCluster(cluster: StoredCluster, ages: Ages): Static<typeof Cluster> {
  const { server, authKind } = cluster
  return {
    ...common(cluster),
    kubeClusterConfig: { cluster: server, auth: { kind: authKind } },
    status: renderStatus(cluster, ages),
  }
}

export function renderWorkspace(workspace: StoredWorkspace, ages: Ages): Static<typeof Workspace> {
  const { kubernetes: place, deletion } = workspace
  const status = renderStatus(workspace, ages)
  return {
    ...common(workspace),
    ...(place && {
      kubeClusterId: place.cluster,
      kubeNamespace: place.namespace,
      kubeServiceAccount: place.serviceAccount,
    }),
    ...(place?.storage !== undefined && { kubeStorage: place.storage }),
    state: deletion ? 'DELETING' : 'ACTIVE',
    // This machine needs no looking at: nothing of it can be out of date.
    status: place ? status : { ...status, stale: false },
  }
}

function renderStatus({ status, createdAt, checkRequestedAt }: Place, ages: Ages): Static<typeof PlaceStatus> {
  const seenAt = Date.parse(status.observedAt ?? createdAt)
  const stale = ages.clock.now() - seenAt > (ages.placeStaleAfterMs ?? ages.staleAfterMs)
  return { ...status, ...(checkRequestedAt !== undefined && { checkRequestedAt }), stale }
}
