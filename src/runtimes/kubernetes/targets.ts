/**
 * All targets on Kubernetes that one server looks after: a connection for each cluster, a runtime for each workspace.
 */
import type { Clock } from '../../domain/clock.ts'
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

export interface TargetWorkspace {
  id: string
  target: KubeTarget
}

/** All may throw KubeUnreachable where the configuration of the cluster can't work at all. */
export interface KubernetesTargets {
  runtime(workspace: TargetWorkspace, cluster: ConfiguredCluster): Runtime
  inspectCluster(cluster: ConfiguredCluster): Promise<TargetObservation>
  inspectWorkspace(workspace: TargetWorkspace, cluster: ConfiguredCluster): Promise<TargetObservation>
  /** Throw Failure. */
  claim(workspace: TargetWorkspace, cluster: ConfiguredCluster): Promise<void>
  release(workspace: TargetWorkspace, cluster: ConfiguredCluster): Promise<void>
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
  const links = new Links(clock, options.allowAddresses)
  const callbacks = new Set<(cluster: ClusterRef) => void>()
  const signal = (ref: ClusterRef): void => {
    for (const callback of callbacks) callback(ref)
  }
  const owner = (workspace: TargetWorkspace) => ({
    installation,
    workspace: workspace.id,
    namespace: workspace.target.namespace,
  })

  return {
    runtime(workspace, cluster) {
      const link = links.to(cluster)
      const known = link.runtimes.get(workspace.id)
      if (known) return known
      const made = runtimeOver(link, workspace, cluster, options)
      made.onSignal(signal)
      link.runtimes.set(workspace.id, made)
      return made
    },

    inspectCluster: async (cluster) => observeCluster(links.to(cluster).api),
    inspectWorkspace: async (workspace, cluster) =>
      inspectTarget(links.to(cluster).api, workspace.target, owner(workspace)),
    claim: async (workspace, cluster) => {
      await claimNamespace(links.to(cluster).api, owner(workspace), clock).catch((error: unknown) => {
        throw refusedFailure(error)
      })
    },
    release: async (workspace, cluster) => {
      await releaseNamespace(links.to(cluster).api, owner(workspace)).catch((error: unknown) => {
        throw refusedFailure(error)
      })
      await links.endRuntime(cluster, workspace)
    },

    onSignal(callback) {
      callbacks.add(callback)
      return () => callbacks.delete(callback)
    },

    counts: () => links.counts(),
    close: () => links.close(),
  }
}

function runtimeOver(
  link: Link,
  workspace: TargetWorkspace,
  cluster: ConfiguredCluster,
  options: TargetsOptions,
): KubernetesRuntime {
  const { flinkAccess } = options
  return createKubernetesRuntime({
    ...options,
    workspace: workspace.id,
    target: workspace.target,
    connection: link.connection,
    api: link.api,
    flinkAccess: flinkAccess === 'auto' ? (cluster.config.auth.inCluster ? 'direct' : 'proxy') : flinkAccess,
  })
}

/** One connection for each cluster, with the runtimes that use it. */
class Links {
  readonly #clock: Clock
  readonly #allowAddresses: readonly string[]
  readonly #links = new Map<string, Link>()
  /** Requests of connections that have ended. */
  #past = 0

  constructor(clock: Clock, allowAddresses: readonly string[]) {
    this.#clock = clock
    this.#allowAddresses = allowAddresses
  }

  to({ id, revision, config }: ConfiguredCluster): Link {
    const known = this.#links.get(id)
    // A configuration that was read before the present one brings nothing back.
    if (known && known.revision >= revision) return known
    const made = connectCounting(config, revision, { clock: this.#clock, allowAddresses: this.#allowAddresses })
    this.#links.set(id, made)
    // Watches of the former connection end; its runtimes keep nothing that the new ones would miss.
    if (known) void this.#end(known)
    return made
  }

  async endRuntime(cluster: ConfiguredCluster, workspace: TargetWorkspace): Promise<void> {
    const link = this.#links.get(cluster.id)
    await link?.runtimes.get(workspace.id)?.close()
    link?.runtimes.delete(workspace.id)
  }

  counts(): ReturnType<KubernetesTargets['counts']> {
    const links = [...this.#links.values()]
    const runtimes = links.flatMap((link) => [...link.runtimes.values()])
    return {
      requests: links.reduce((sum, link) => sum + link.sent, this.#past),
      corrections: runtimes.reduce((sum, runtime) => sum + runtime.corrections(), 0),
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => this.#end(link)))
    this.#links.clear()
  }

  async #end(link: Link): Promise<void> {
    this.#past += link.sent
    await Promise.all([...link.runtimes.values()].map((runtime) => runtime.close()))
    await link.connection.close()
  }
}

/** A connection that counts what is sent over it. */
function connectCounting(
  config: KubeClusterConfig,
  revision: number,
  { clock, allowAddresses }: { clock: Clock; allowAddresses: readonly string[] },
): Link {
  const plain = connect(config, { clock, allowAddresses })
  const connection = {
    ...plain,
    dispatcher: plain.dispatcher.compose((dispatch) => (options, handler) => {
      link.sent += 1
      return dispatch(options, handler)
    }),
  }
  const link: Link = {
    revision,
    sent: 0,
    connection,
    api: kubeApi(connection, { clock, userAgent: 'weir' }),
    runtimes: new Map(),
  }
  return link
}
