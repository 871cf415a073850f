/** All targets on Kubernetes that one server looks after: a connection for each cluster, a runtime for each workspace. */
import type { ClusterRef } from '../../domain/cluster.ts'
import type { KubeClusterConfig, KubeTarget, TargetObservation } from '../../domain/kubernetes.ts'
import type { Runtime } from '../runtime.ts'
import { inspectTarget, observeCluster } from './check.ts'
import { claimNamespace, releaseNamespace } from './claim.ts'
import { type KubeApi, kubeApi } from './client/api.ts'
import { connect, type KubeConnection } from './client/connection.ts'
import type { KubeContext } from './context.ts'
import { refusedFailure } from './failures.ts'
import { createKubernetesRuntime, type KubernetesRuntime } from './runtime.ts'

/** A cluster as it is configured now; another revision may have other credentials. */
export interface ConfiguredCluster {
  id: string
  revision: number
  config: KubeClusterConfig
}

export interface PlacedWorkspace {
  id: string
  target: KubeTarget
}

/** All may throw KubeUnreachable where the configuration of the cluster can't work at all. */
export interface KubernetesTargets {
  runtime(workspace: PlacedWorkspace, cluster: ConfiguredCluster): Runtime
  inspectCluster(cluster: ConfiguredCluster): Promise<TargetObservation>
  inspectWorkspace(workspace: PlacedWorkspace, cluster: ConfiguredCluster): Promise<TargetObservation>
  /** Throw Failure. */
  claim(workspace: PlacedWorkspace, cluster: ConfiguredCluster): Promise<void>
  release(workspace: PlacedWorkspace, cluster: ConfiguredCluster): Promise<void>
  onSignal(callback: (cluster: ClusterRef) => void): () => void
  /** `requests` to API servers so far, those to Flink that went through them among them; `corrections` by resyncs. */
  counts(): { requests: number; corrections: number }
  close(): Promise<void>
}

export type TargetsOptions = Omit<KubeContext, 'workspace' | 'target' | 'connection' | 'api' | 'flinkAccess'> & {
  /** `auto`: directly where the server itself runs in that cluster. */
  flinkAccess: 'auto' | 'proxy' | 'direct'
}

interface Link {
  revision: number
  sent: number
  connection: KubeConnection
  api: KubeApi
  runtimes: Map<string, KubernetesRuntime>
}

export function createKubernetesTargets(options: TargetsOptions): KubernetesTargets {
  const { installation, clock } = options
  const links = new Map<string, Link>()
  const callbacks = new Set<(cluster: ClusterRef) => void>()
  /** Of connections that have ended. */
  let past = 0

  const end = async (link: Link): Promise<void> => {
    past += link.sent
    await Promise.all([...link.runtimes.values()].map((runtime) => runtime.close()))
    await link.connection.close()
  }
  const linkTo = ({ id, revision, config }: ConfiguredCluster): Link => {
    const known = links.get(id)
    // A configuration that was read before the present one brings nothing back.
    if (known && known.revision >= revision) return known
    const plain = connect(config, { clock })
    const connection = {
      ...plain,
      dispatcher: plain.dispatcher.compose((dispatch) => (options, handler) => {
        made.sent += 1
        return dispatch(options, handler)
      }),
    }
    const made: Link = {
      revision,
      sent: 0,
      connection,
      api: kubeApi(connection, { clock, userAgent: 'weir' }),
      runtimes: new Map(),
    }
    links.set(id, made)
    // Watches of the former connection end; its runtimes keep nothing that the new ones would miss.
    if (known) void end(known)
    return made
  }
  const owner = (workspace: PlacedWorkspace) => ({
    installation,
    workspace: workspace.id,
    namespace: workspace.target.namespace,
  })

  return {
    runtime(workspace, cluster) {
      const link = linkTo(cluster)
      const known = link.runtimes.get(workspace.id)
      if (known) return known
      const { flinkAccess } = options
      const made = createKubernetesRuntime({
        ...options,
        workspace: workspace.id,
        target: workspace.target,
        connection: link.connection,
        api: link.api,
        flinkAccess: flinkAccess === 'auto' ? (cluster.config.auth.inCluster ? 'direct' : 'proxy') : flinkAccess,
      })
      made.onSignal((ref) => {
        for (const callback of callbacks) callback(ref)
      })
      link.runtimes.set(workspace.id, made)
      return made
    },

    inspectCluster: async (cluster) => observeCluster(linkTo(cluster).api),
    inspectWorkspace: async (workspace, cluster) =>
      inspectTarget(linkTo(cluster).api, workspace.target, owner(workspace)),
    claim: async (workspace, cluster) => {
      await claimNamespace(linkTo(cluster).api, owner(workspace), clock).catch((error: unknown) => {
        throw refusedFailure(error)
      })
    },
    release: async (workspace, cluster) => {
      await releaseNamespace(linkTo(cluster).api, owner(workspace)).catch((error: unknown) => {
        throw refusedFailure(error)
      })
      const link = links.get(cluster.id)
      await link?.runtimes.get(workspace.id)?.close()
      link?.runtimes.delete(workspace.id)
    },

    onSignal(callback) {
      callbacks.add(callback)
      return () => callbacks.delete(callback)
    },

    counts() {
      const runtimes = [...links.values()].flatMap((link) => [...link.runtimes.values()])
      return {
        requests: [...links.values()].reduce((sum, link) => sum + link.sent, past),
        corrections: runtimes.reduce((sum, runtime) => sum + runtime.corrections(), 0),
      }
    },

    async close() {
      await Promise.all([...links.values()].map(end))
      links.clear()
    },
  }
}
