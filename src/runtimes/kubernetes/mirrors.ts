/** What is known of a namespace's clusters: mirrors of its FlinkDeployments and Flink pods, and what several looks tell together. */

import type { ClusterRef } from '../../domain/cluster.ts'
import type { KubeLaunch } from '../../domain/kubernetes.ts'
import type { ClusterObservation } from '../../domain/observation.ts'
import { createMirror } from './client/live-mirror.ts'
import type { Mirror } from './client/mirror.ts'
import type { KubeContext } from './context.ts'
import { driftOf, labelsDrifted } from './drift.ts'
import { createExits } from './exits.ts'
import { unreachableFailure } from './failures.ts'
import { keptManifest, recoversItself } from './launch.ts'
import { keepLogs, lastWordsOf } from './logs.ts'
import {
  appOf,
  clusterName,
  clusterOfName,
  FLINK_PODS,
  type FlinkDeployment,
  isJobManager,
  LABELS,
  lifeOf,
  mainContainer,
  type Pod,
  paths,
} from './objects.ts'
import { observeObjects } from './observe.ts'
import type { ClusterRemains, RemainsOf } from './removal.ts'

export interface Sight {
  /** Throws Failure RUNTIME_UNREACHABLE. */
  observe(cluster: ClusterRef): Promise<ClusterObservation>
  /** False once that life of the JobManager is known to be over. */
  isAlive(cluster: ClusterRef, incarnation: string | undefined): boolean
  /** Flink has answered. */
  reached(cluster: ClusterRef): void
  remains: RemainsOf
  allPods(): Promise<Pod[]>
  onSignal(callback: (cluster: ClusterRef) => void): () => void
  forget(cluster: ClusterRef): void
  /** What lists found that no watch had brought. */
  corrections(): number
  close(): void
}

interface Mirrors {
  deployments: Mirror<FlinkDeployment>
  pods: Mirror<Pod>
}

export function createMirrors(context: KubeContext): Sight {
  const { ledger, clock, log } = context
  const callbacks = new Set<(cluster: ClusterRef) => void>()
  const exits = createExits(clock)
  /** The last words of JobManagers that ended, by cluster name. */
  const words = new Map<string, string>()
  const reachedNames = new Set<string>()
  let mirrors: Mirrors | undefined

  const tell = (name: string): void => {
    const cluster = clusterOfName(name)
    if (cluster) for (const callback of callbacks) callback(cluster)
  }
  const start = (): Mirrors =>
    (mirrors ??= {
      deployments: createMirror<FlinkDeployment>({
        api: context.api,
        path: paths.deployments(context.target.namespace),
        clock,
        keep: lean,
        onChange: (before, after) => tell((after ?? before)!.metadata.name),
      }),
      pods: createMirror<Pod>({
        api: context.api,
        path: paths.pods(context.target.namespace),
        query: { labelSelector: FLINK_PODS },
        clock,
        keep: lean,
        onChange(before, after) {
          const exit = exits.see(before, after)
          const pod = (after ?? before)!
          if (exit && !exit.requested)
            void listen(pod, exit.id).catch((error: unknown) =>
              log.warn({ err: error }, 'the log of a pod could not be kept'),
            )
          tell(appOf(pod))
        },
      }),
    })
  const listen = async (pod: Pod, exitId: string): Promise<void> => {
    const said = await lastWordsOf(context, pod)
    if (said !== undefined) {
      exits.addMessage(exitId, said)
      if (isJobManager(pod)) words.set(appOf(pod), said)
    }
    await keepLogs(context, [pod])
    tell(appOf(pod))
  }
  const ready = async (): Promise<Mirrors> => {
    const { deployments, pods } = start()
    try {
      await Promise.all([deployments.ready(), pods.ready()])
    } catch (error) {
      throw unreachableFailure(error)
    }
    const trouble = deployments.trouble ?? pods.trouble
    if (trouble) throw unreachableFailure(trouble)
    return { deployments, pods }
  }
  const podsNamed = (all: readonly Pod[], name: string): Pod[] => all.filter((pod) => appOf(pod) === name)
  const remainsIn = ({ deployments, pods }: Mirrors, cluster: ClusterRef): ClusterRemains => ({
    deployment: deployments.get(clusterName(cluster)),
    pods: podsNamed(pods.all(), clusterName(cluster)),
  })

  return {
    async observe(cluster) {
      // Before anything else, so that a launch which could not even begin is not taken for one that nobody has asked for.
      const { deployments, pods } = await ready()
      const kept = await ledger.get(cluster)
      if (!kept) return ABSENT
      const seen = deployments.get(kept.name)
      const adopted = await adopt(context, kept, seen)
      if (!adopted) return ABSENT
      // After an apply of our own the mirror may be a moment behind: that something is gone is believed of a fresh look only.
      if (!seen || seen.metadata.uid !== adopted.uid)
        await deployments.refresh().catch((error: unknown) => {
          throw unreachableFailure(error)
        })
      const deployment = deployments.get(kept.name)
      const manifest = keptManifest(adopted)
      if (deployment && deployment.metadata.uid === adopted.uid && labelsDrifted(manifest.deployment, deployment)) {
        await relabel(context, manifest.deployment, deployment)
      }
      const own = podsNamed(pods.all(), kept.name)
      const launch = await pinned(context, adopted, own)
      return observeObjects({
        launch,
        deployment,
        pods: own,
        recovers: recoversItself(manifest),
        exits: exits.of(cluster),
        lastWords: words.get(kept.name),
        drift: deployment && driftOf(manifest.deployment, deployment as unknown as Record<string, unknown>),
        now: clock.now(),
      })
    },

    isAlive(cluster, incarnation) {
      const own = podsNamed(mirrors?.pods.all() ?? [], clusterName(cluster)).filter(isJobManager)
      return own.some((pod) => {
        const container = mainContainer(pod)
        return container?.state?.running !== undefined && lifeOf(pod, container) === incarnation
      })
    },

    reached(cluster) {
      const name = clusterName(cluster)
      if (reachedNames.has(name)) return
      reachedNames.add(name)
      ledger.update(cluster, { reached: true }).catch((error: unknown) => {
        reachedNames.delete(name)
        log.warn({ err: error }, 'that a cluster was reached could not be written down; it is tried again')
      })
    },

    remains: {
      watched: async (cluster) => remainsIn(await ready(), cluster),
      async fresh(cluster) {
        const all = start()
        await Promise.all([all.deployments.refresh(), all.pods.refresh()]).catch((error: unknown) => {
          throw unreachableFailure(error)
        })
        return remainsIn(all, cluster)
      },
    },
    allPods: async () => (await ready()).pods.all(),
    onSignal(callback) {
      callbacks.add(callback)
      return () => callbacks.delete(callback)
    },
    forget(cluster) {
      exits.forget(cluster)
      words.delete(clusterName(cluster))
      reachedNames.delete(clusterName(cluster))
    },
    corrections: () => (mirrors ? mirrors.deployments.stats().corrected + mirrors.pods.stats().corrected : 0),
    close() {
      callbacks.clear()
      mirrors?.deployments.close()
      mirrors?.pods.close()
    },
  }
}

const ABSENT: ClusterObservation = { phase: 'ABSENT', detail: '', taskManagers: [], exits: [] }

/** Half of an object is who wrote which field of it. */
function lean<T extends { metadata: object }>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as { managedFields?: unknown }
  return { ...object, metadata: metadata as T['metadata'] }
}

/** A server killed between an apply and the record of its UID: what stands under the name and bears our labels is that cluster. */
async function adopt(
  { ledger, installation }: KubeContext,
  launch: KubeLaunch,
  seen: FlinkDeployment | undefined,
): Promise<KubeLaunch | undefined> {
  if (launch.uid !== undefined) return launch
  const uid = seen?.metadata.uid
  if (uid === undefined || seen?.metadata.labels?.[LABELS.installation] !== installation) return undefined
  await ledger.update(launch, { uid })
  return { ...launch, uid }
}

/** The first life of the JobManager is remembered: any later one is another. */
async function pinned({ ledger }: KubeContext, launch: KubeLaunch, pods: readonly Pod[]): Promise<KubeLaunch> {
  if (launch.incarnation !== undefined) return launch
  const pod = pods.find((candidate) => isJobManager(candidate) && mainContainer(candidate)?.state?.running)
  const container = pod && mainContainer(pod)
  if (!container) return launch
  const incarnation = lifeOf(pod, container)
  await ledger.update(launch, { incarnation })
  return { ...launch, incarnation }
}

async function relabel(
  { api, log }: KubeContext,
  applied: Record<string, unknown>,
  deployment: FlinkDeployment,
): Promise<void> {
  const { name, namespace = '', uid } = deployment.metadata
  const { labels } = applied['metadata'] as { labels: Record<string, string> }
  log.warn({ name, namespace }, 'somebody changed the labels of a FlinkDeployment of ours; they are put back')
  await api.merge(paths.deployment(namespace, name), { metadata: { uid, labels } }).catch((error: unknown) => {
    throw unreachableFailure(error)
  })
}
