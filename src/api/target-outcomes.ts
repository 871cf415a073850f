/** What the store says of workspaces and clusters, as the API says it. */
import type {
  KubeCluster,
  Target,
  TargetChanged,
  TargetCreated,
  Workspace,
  WorkspaceCreated,
} from '../store/targets.ts'
import { notFound } from './access.ts'
import { ApiError } from './errors.ts'
import { keyGone, keyReused, namedFew, nameTaken, notChanged } from './outcomes.ts'

type Noun = 'workspace' | 'cluster'

/** The created target, or the one that an earlier request with the same key created. Throws ApiError. */
export function targetCreated<P extends Target>(noun: Noun, wanted: { name: string }, outcome: TargetCreated<P>): P {
  switch (outcome.outcome) {
    case 'CREATED':
    case 'REPEATED':
      return outcome.resource
    case 'NAME_TAKEN':
      throw nameTaken(noun, wanted.name, outcome)
    case 'KEY_REUSED':
      throw keyReused()
    case 'GONE':
      throw keyGone()
  }
}

/** The same for a workspace, whose cluster and namespace may stand in the way. */
export function workspaceCreated(
  wanted: { name: string; kubernetes?: { cluster: string; namespace: string } },
  outcome: WorkspaceCreated,
): Workspace {
  const { cluster = '', namespace = '' } = wanted.kubernetes ?? {}
  if (outcome.outcome === 'CLUSTER_MISSING') throw notFound('cluster', cluster)
  if (outcome.outcome !== 'NAMESPACE_TAKEN') return targetCreated('workspace', wanted, outcome)
  throw new ApiError(
    'NAMESPACE_TAKEN',
    `The namespace ${namespace} of the cluster ${cluster} belongs to the workspace ${outcome.id} (${outcome.name}); a namespace belongs to one.`,
    [{ path: '/kubeNamespace', message: `belongs to ${outcome.id}` }],
  )
}

/** The target after the change. Throws ApiError. */
export function targetChanged<P extends KubeCluster | Workspace>(
  noun: Noun,
  wanted: { id: string; name?: string },
  outcome: TargetChanged<P>,
): P {
  switch (outcome.outcome) {
    case 'CHANGED':
    case 'UNCHANGED':
      return outcome.resource
    case 'IN_USE':
      throw noun === 'cluster'
        ? new ApiError(
            'CLUSTER_HAS_WORKSPACES',
            `The cluster ${wanted.id} still has workspaces: ${namedFew(outcome.by)}. Delete them first.`,
          )
        : new ApiError(
            'WORKSPACE_HAS_SESSIONS',
            `The workspace ${wanted.id} still has sessions: ${namedFew(outcome.by)}. Delete them first.`,
          )
    default:
      throw notChanged(noun, wanted, outcome)
  }
}
