/**
 * Clusters and workspaces on Kubernetes: inspects them now and then, and when asked; marks a workspace's namespace as
 * its own and lets go of it when the workspace is deleted. What an inspection means stands in domain/target-status.ts.
 */
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { TargetObservation } from '../../domain/kubernetes.ts'
import { nextInspection, targetStatus } from '../../domain/target-status.ts'
import type { KubeCluster, Workspace } from '../../store/targets.ts'
import type { ReconcileContext } from '../context.ts'
import type { Controller } from '../cycle.ts'
import { readable } from '../readable.ts'
import { type Act, type ActionTable, type DueAction, due } from './actions.ts'

interface Inspected {
  /** Absent where no inspection was due. */
  observation?: TargetObservation
  /** When (ms) it began. */
  at: number
}

type TargetAction = { type: 'CLAIM' } | { type: 'RELEASE' }
type TargetContext = Pick<ReconcileContext, 'store' | 'runtimes' | 'clock'>
type Known<Target> = { target: Target; observation?: TargetObservation }
interface WorkspaceTurn {
  context: TargetContext
  workspace: Workspace
}

export type WorkspaceController = Controller<Workspace, Inspected, Known<Workspace>, DueAction, Act>
export type KubeClusterController = Controller<KubeCluster, Inspected, Known<KubeCluster>, DueAction, Act>

/** A cluster that is gone for good must not keep a workspace from being deleted. */
const RELEASE_DEADLINE_MS = 30_000
const SOON_MS = 1_000

export const TARGET_ACTIONS: ActionTable<WorkspaceTurn, TargetAction, TargetAction> = {
  /** Marks a namespace as the workspace's own, and has it inspected again. */
  CLAIM: {
    intend: async (_turn, action) => action,
    async act({ context: { store, runtimes }, workspace }) {
      await settled(() => runtimes.claim(workspace.id))
      return async () => void (await store.workspaces.requestCheck(workspace.id))
    },
  },
  /** Lets go of the namespace, then forgets the workspace. */
  RELEASE: {
    intend: async (_turn, action) => action,
    async act({ context: { store, runtimes, clock }, workspace }) {
      const released = await settled(() => runtimes.release(workspace.id))
      const waited = clock.now() - Date.parse(workspace.deletion?.requestedAt ?? '')
      return released || waited > RELEASE_DEADLINE_MS
        ? async () => void (await store.workspaces.remove(workspace.id))
        : undefined
    },
  },
}

export function workspaceController(context: TargetContext): WorkspaceController {
  const { store, runtimes, clock } = context
  return {
    load: (id) => store.workspaces.get(id),

    async observe(workspace) {
      const at = clock.now()
      if (!workspace.kubernetes || workspace.deletion || nextInspection(workspace) > at) return { at }
      const observation = await runtimes.inspectWorkspace(workspace.id)
      return { at, ...defined({ observation }) }
    },

    async persist(workspace, { observation, at }) {
      if (!observation) return { target: workspace }
      const status = targetStatus(workspace.status, observation, at)
      await store.workspaces.observed(workspace.id, status)
      return { target: { ...workspace, status }, observation }
    },

    validate: async () => true,

    plan({ target: workspace, observation }) {
      const dueNow = (type: TargetAction['type']) => ({
        actions: [due(TARGET_ACTIONS, { context, workspace }, { type })],
        again: SOON_MS,
      })
      if (workspace.deletion) return dueNow('RELEASE')
      if (observation?.claimable) return dueNow('CLAIM')
      const again = workspace.kubernetes ? Math.max(SOON_MS, nextInspection(workspace) - clock.now()) : Infinity
      return { actions: [], again }
    },

    intend: async (_known, action) => action.intend(),
    act: async (_known, _action, act) => act(),
  }
}

export function kubeClusterController({ store, runtimes, clock }: TargetContext): KubeClusterController {
  return {
    load: (id) => readable(() => store.kubeClusters.get(id)),

    async observe(cluster) {
      const at = clock.now()
      return nextInspection(cluster) > at ? { at } : { at, observation: await runtimes.inspectCluster(cluster.id) }
    },

    async persist(cluster, { observation, at }) {
      if (!observation) return { target: cluster }
      const status = targetStatus(cluster.status, observation, at)
      await store.kubeClusters.observed(cluster.id, status)
      return { target: { ...cluster, status }, observation }
    },

    validate: async () => true,
    plan: ({ target }) => ({ actions: [], again: Math.max(SOON_MS, nextInspection(target) - clock.now()) }),
    intend: async () => undefined,
    act: async () => undefined,
  }
}

/** False where the target could not be asked, or is somebody else's: the next inspection says so. */
async function settled(work: () => Promise<void>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}
