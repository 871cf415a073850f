/**
 * Which runtime a workspace's clusters run on: this machine's, or one for each target on Kubernetes, made when it is
 * first needed. Workspaces of one cluster share its connection, which is made anew when the cluster's credentials
 * change.
 */
import type { ClusterRef } from '../domain/cluster.ts'
import { Failure } from '../domain/failure.ts'
import type { TargetObservation } from '../domain/kubernetes.ts'
import type { ConfiguredCluster, KubernetesTargets } from '../runtimes/kubernetes/targets.ts'
import type { Runtime, Runtimes } from '../runtimes/runtime.ts'
import { unreachableRuntime } from '../runtimes/unreachable.ts'
import { StoreError } from '../store/errors.ts'
import type { Store } from '../store/store.ts'

export interface RuntimesOptions {
  local: Runtime
  store: Store
  /** Loads and makes what only servers with a workspace on Kubernetes need. */
  kubernetes(): Promise<KubernetesTargets>
}

export function createRuntimes({ local, store, kubernetes }: RuntimesOptions): Runtimes {
  let targets: Promise<KubernetesTargets> | undefined
  const callbacks = new Set<(cluster: ClusterRef) => void>()
  const loaded = (): Promise<KubernetesTargets> =>
    (targets ??= kubernetes().then((made) => {
      made.onSignal((cluster) => {
        for (const callback of callbacks) callback(cluster)
      })
      return made
    }))
  /** As last read: every cycle asks for a runtime, and secrets need not be opened for each. */
  const configured = new Map<string, ConfiguredCluster>()
  const configOf = async (id: string): Promise<ConfiguredCluster> => {
    const revision = (await store.kubeClusters.get(id))?.revision
    const known = configured.get(id)
    if (known && known.revision === revision) return known
    configured.delete(id)
    const config = await store.kubeClusters.config(id)
    if (revision === undefined || !config)
      throw new Failure('RUNTIME_UNREACHABLE', `the cluster ${id} of the workspace is not known any more`)
    configured.set(id, { id, revision, config })
    return { id, revision, config }
  }
  const workspaceOf = async (id: string) => {
    const workspace = await store.workspaces.get(id)
    return workspace?.kubernetes && { id, target: workspace.kubernetes }
  }
  return {
    async of(id) {
      const workspace = await workspaceOf(id)
      if (!workspace) return local
      try {
        return (await loaded()).runtime(workspace, await configOf(workspace.target.cluster))
      } catch (error) {
        return unreachableRuntime(reasonOf(error))
      }
    },

    onSignal(callback) {
      callbacks.add(callback)
      const stop = local.onSignal(callback)
      return () => {
        callbacks.delete(callback)
        stop()
      }
    },

    async inspectWorkspace(id) {
      const workspace = await workspaceOf(id)
      if (!workspace) return undefined
      return inspected(async () =>
        (await loaded()).inspectWorkspace(workspace, await configOf(workspace.target.cluster)),
      )
    },
    inspectCluster: (id) => inspected(async () => (await loaded()).inspectCluster(await configOf(id))),

    async claim(id) {
      const workspace = await workspaceOf(id)
      if (workspace)
        await reaching(async () => (await loaded()).claim(workspace, await configOf(workspace.target.cluster)))
    },
    async release(id) {
      const workspace = await workspaceOf(id)
      if (workspace)
        await reaching(async () => (await loaded()).release(workspace, await configOf(workspace.target.cluster)))
    },

    counts: async () => (targets ? (await targets).counts() : { requests: 0, corrections: 0 }),

    async close() {
      await Promise.all([local.close(), targets?.then((made) => made.close())])
    },
  }
}

/** Secrets that can't be read, and settings that can't work, are told where the clusters are looked at. */
async function inspected(inspect: () => Promise<TargetObservation>): Promise<TargetObservation> {
  try {
    return await inspect()
  } catch (error) {
    return { findings: [{ type: 'Reachable', status: 'False', reason: 'Unusable', message: reasonOf(error) }] }
  }
}

async function reaching(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw error instanceof Failure ? error : new Failure('RUNTIME_UNREACHABLE', reasonOf(error))
  }
}

/** A store that does not answer says nothing about the cluster: the cycle fails, and is tried again. */
function reasonOf(error: unknown): string {
  const shown =
    error instanceof Failure ||
    (error instanceof StoreError && error.code === 'SECRETS_UNREADABLE') ||
    (error as Error).name === 'KubeUnreachable'
  if (shown) return (error as Error).message
  throw error
}
