/**
 * Clusters and workspaces on Kubernetes: looks at them now and then, and when asked; marks a workspace's namespace as its own
 * and lets go of it when the workspace is deleted. What a look means stands in domain/target-status.ts.
 */
import { Failure } from '../domain/failure.ts'
import type { TargetObservation } from '../domain/kubernetes.ts'
import { nextInspection, targetStatus } from '../domain/target-status.ts'
import type { KubeCluster, Workspace } from '../store/targets.ts'
import type { Controller } from './cycle.ts'
import type { ReconcileContext } from './sessions.ts'

interface Sight {
  report?: TargetObservation
  /** When (ms) the look began. */
  at: number
}

type TargetAction = { type: 'CLAIM' } | { type: 'RELEASE' }

export type WorkspaceController = Controller<Workspace, Sight, TargetAction, TargetAction>
export type KubeClusterController = Controller<KubeCluster, Sight, never, never>

/** A cluster that is gone for good must not keep a workspace from being deleted. */
const RELEASE_DEADLINE_MS = 30_000
const SOON_MS = 1_000

export function workspaceController({ store, runtimes, clock }: ReconcileContext): WorkspaceController {
  return {
    load: (id) => store.workspaces.get(id),

    async observe(workspace) {
      const at = clock.now()
      if (!workspace.kubernetes || workspace.deletion || nextInspection(workspace) > at) return { at }
      const report = await runtimes.inspectWorkspace(workspace.id)
      return { at, ...(report && { report }) }
    },

    async persist(workspace, { report, at }) {
      if (!report) return workspace
      const status = targetStatus(workspace.status, report, at)
      await store.workspaces.observed(workspace.id, status)
      return { ...workspace, status }
    },

    validate: async () => true,

    plan(workspace, { report }) {
      if (workspace.deletion) return { actions: [{ type: 'RELEASE' }], again: SOON_MS }
      if (report?.claimable) return { actions: [{ type: 'CLAIM' }], again: SOON_MS }
      return {
        actions: [],
        again: workspace.kubernetes ? Math.max(SOON_MS, nextInspection(workspace) - clock.now()) : Infinity,
      }
    },

    intend: async (_workspace, action) => action,

    async act(workspace, { type }) {
      if (type === 'CLAIM') {
        await settled(() => runtimes.claim(workspace.id))
        return async () => void (await store.workspaces.requestCheck(workspace.id))
      }
      const released = await settled(() => runtimes.release(workspace.id))
      const waited = clock.now() - Date.parse(workspace.deletion?.requestedAt ?? '')
      return released || waited > RELEASE_DEADLINE_MS
        ? async () => void (await store.workspaces.remove(workspace.id))
        : undefined
    },
  }
}

export function kubeClusterController({ store, runtimes, clock }: ReconcileContext): KubeClusterController {
  return {
    load: (id) => store.kubeClusters.get(id),

    async observe(cluster) {
      const at = clock.now()
      return nextInspection(cluster) > at ? { at } : { at, report: await runtimes.inspectCluster(cluster.id) }
    },

    async persist(cluster, { report, at }) {
      if (!report) return cluster
      const status = targetStatus(cluster.status, report, at)
      await store.kubeClusters.observed(cluster.id, status)
      return { ...cluster, status }
    },

    validate: async () => true,
    plan: (cluster) => ({ actions: [], again: Math.max(SOON_MS, nextInspection(cluster) - clock.now()) }),
    intend: async () => undefined,
    act: async () => undefined,
  }
}

/** False where the target could not be asked, or is somebody else's: the next look says so. */
async function settled(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}
