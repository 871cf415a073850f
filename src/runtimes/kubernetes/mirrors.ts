/**
 * What is known of a namespace's clusters: mirrors of its FlinkDeployments and Flink pods, and what only several
 * observations tell together.
 */

import type { ClusterRef } from '../../domain/cluster.ts'
import type { KubeLaunch } from '../../domain/kubernetes.ts'
import type { ClusterObservation, MemberExit } from '../../domain/observation.ts'
import { isKubeTrouble } from './client/errors.ts'
import { createMirror } from './client/live-mirror.ts'
import type { Mirror } from './client/mirror.ts'
import type { KubeContext } from './context.ts'
import { driftOf, labelsDrifted } from './drift.ts'
import { createExits, type Exits } from './exits.ts'
import { unreachableFailure } from './failures.ts'
import { hasSecret, type KeptManifest, keptManifest, ownFiles, recoversItself } from './launch.ts'
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

export interface ClusterMirrors {
  /** Throws Failure RUNTIME_UNREACHABLE. */
  observe(cluster: ClusterRef): Promise<ClusterObservation>
  /** False once that life of the JobManager is known to be over. */
  isAlive(cluster: ClusterRef, incarnation: string | undefined): boolean
  /** Flink has answered. */
  reached(cluster: ClusterRef): void
  remains: RemainsOf
  allPods(): Promise<Pod[]>
  onSignal(callback: (cluster: ClusterRef) => void): () => void
  /** Something is to be done for that cluster: look there. */
  signal(cluster: ClusterRef): void
  forget(cluster: ClusterRef): void
  /** What lists found that no watch had brought. */
  corrections(): number
  close(): void
}

interface MirrorPair {
  deployments: Mirror<FlinkDeployment>
  pods: Mirror<Pod>
}

export function createMirrors(context: KubeContext): ClusterMirrors {
  return new NamespaceMirrors(context)
}

class NamespaceMirrors implements ClusterMirrors {
  readonly #context: KubeContext
  readonly #callbacks = new Set<(cluster: ClusterRef) => void>()
  readonly #exits: Exits
  /** The last words of JobManagers that ended, by cluster name. */
  readonly #words = new Map<string, string>()
  /** Last words that are being fetched, by cluster name. */
  readonly #reading = new Map<string, Promise<void>>()
  readonly #reachedNames = new Set<string>()
  /** Clusters whose Secret is known to have its owner. */
  readonly #owned = new Set<string>()
  #started: MirrorPair | undefined

  constructor(context: KubeContext) {
    this.#context = context
    this.#exits = createExits(context.clock)
  }

  async observe(cluster: ClusterRef): Promise<ClusterObservation> {
    // Before anything else, so that a launch which could not even begin is not taken for one that nobody has asked for.
    const { deployments, pods } = await this.#ready()
    const kept = await this.#context.ledger.get(cluster)
    if (!kept) return ABSENT
    const mirrored = deployments.get(kept.name)
    const adopted = await adopt(this.#context, kept, mirrored)
    if (!adopted) return ABSENT
    // After an apply of our own the mirror may be a moment behind: only a new list may say that something is gone.
    if (!mirrored || mirrored.metadata.uid !== adopted.uid) await orUnreachable(deployments.refresh())
    const deployment = deployments.get(kept.name)
    const manifest = keptManifest(adopted)
    if (deployment && deployment.metadata.uid === adopted.uid && labelsDrifted(manifest.deployment, deployment)) {
      await relabel(this.#context, manifest.deployment, deployment)
    }
    if (deployment && deployment.metadata.uid === adopted.uid) await this.#own(manifest, deployment)
    // How a JobManager ended is concluded once, with what it said last.
    await this.#reading.get(kept.name)
    const own = podsNamed(pods.all(), kept.name)
    const launch = await pinned(this.#context, adopted, own)
    return observeObjects({
      launch,
      deployment,
      pods: own,
      recovers: recoversItself(manifest),
      exits: this.#exits.of(cluster),
      lastWords: this.#words.get(kept.name),
      drift: deployment && driftOf(manifest.deployment, deployment as unknown as Record<string, unknown>),
      now: this.#context.clock.now(),
    })
  }

  isAlive(cluster: ClusterRef, incarnation: string | undefined): boolean {
    const own = podsNamed(this.#started?.pods.all() ?? [], clusterName(cluster)).filter(isJobManager)
    return own.some((pod) => {
      const container = mainContainer(pod)
      return container?.state?.running !== undefined && lifeOf(pod, container) === incarnation
    })
  }

  reached(cluster: ClusterRef): void {
    const name = clusterName(cluster)
    if (this.#reachedNames.has(name)) return
    this.#reachedNames.add(name)
    const { ledger, log } = this.#context
    ledger.update(cluster, { reached: true }).catch((error: unknown) => {
      this.#reachedNames.delete(name)
      log.warn({ err: error }, 'that a cluster was reached could not be written down; it is tried again')
    })
  }

  readonly remains: RemainsOf = {
    watched: async (cluster) => remainsIn(await this.#ready(), cluster),
    fresh: async (cluster) => {
      const all = this.#start()
      await orUnreachable(Promise.all([all.deployments.refresh(), all.pods.refresh()]))
      return remainsIn(all, cluster)
    },
  }

  async allPods(): Promise<Pod[]> {
    return (await this.#ready()).pods.all()
  }

  onSignal(callback: (cluster: ClusterRef) => void): () => void {
    this.#callbacks.add(callback)
    return () => this.#callbacks.delete(callback)
  }

  signal(cluster: ClusterRef): void {
    for (const callback of this.#callbacks) callback(cluster)
  }

  forget(cluster: ClusterRef): void {
    this.#exits.forget(cluster)
    this.#words.delete(clusterName(cluster))
    this.#reading.delete(clusterName(cluster))
    this.#reachedNames.delete(clusterName(cluster))
    this.#owned.delete(clusterName(cluster))
  }

  corrections(): number {
    return this.#started ? this.#started.deployments.stats().corrected + this.#started.pods.stats().corrected : 0
  }

  close(): void {
    this.#callbacks.clear()
    this.#started?.deployments.close()
    this.#started?.pods.close()
  }

  async #ready(): Promise<MirrorPair> {
    const { deployments, pods } = this.#start()
    await orUnreachable(Promise.all([deployments.ready(), pods.ready()]))
    const trouble = deployments.trouble ?? pods.trouble
    if (trouble) throw unreachableFailure(trouble)
    return { deployments, pods }
  }

  #start(): MirrorPair {
    const { api, target, clock } = this.#context
    return (this.#started ??= {
      deployments: createMirror<FlinkDeployment>({
        api,
        path: paths.deployments(target.namespace),
        clock,
        keep: lean,
        onChange: (before, after) => this.#signal((after ?? before)!.metadata.name),
      }),
      pods: createMirror<Pod>({
        api,
        path: paths.pods(target.namespace),
        query: { labelSelector: FLINK_PODS },
        clock,
        keep: lean,
        onChange: (before, after) => this.#podChanged(before, after),
      }),
    })
  }

  #podChanged(before: Pod | undefined, after: Pod | undefined): void {
    const exit = this.#exits.note(before, after)
    const pod = (after ?? before)!
    if (exit && !exit.requested) {
      const failed = (error: unknown): void =>
        this.#context.log.warn({ err: error }, 'the log of a pod could not be kept')
      const read = this.#readWords(pod, exit).catch(failed)
      if (isJobManager(pod)) this.#reading.set(appOf(pod), read)
      void read.then(() => keepLogs(this.#context, [pod])).then(() => this.#signal(appOf(pod)), failed)
    }
    this.#signal(appOf(pod))
  }

  async #readWords(pod: Pod, exit: MemberExit): Promise<void> {
    // An eviction has words of its own, which tell more than Flink's.
    const said = exit.message ?? (await lastWordsOf(this.#context, pod, exit))
    if (said === undefined) return
    this.#exits.addMessage(exit.id, said)
    if (isJobManager(pod)) this.#words.set(appOf(pod), said)
  }

  #signal(name: string): void {
    const cluster = clusterOfName(name)
    if (cluster) this.signal(cluster)
  }

  /** The Secret of a cluster's files goes with its FlinkDeployment, whoever deletes that. Nothing waits for it. */
  async #own(kept: KeptManifest, deployment: FlinkDeployment): Promise<void> {
    const { name } = deployment.metadata
    if (!hasSecret(kept) || this.#owned.has(name)) return
    try {
      await ownFiles(this.#context, deployment)
      this.#owned.add(name)
    } catch (error) {
      if (!isKubeTrouble(error)) throw error
      this.#context.log.warn({ err: error, name }, 'the Secret of a cluster has no owner yet; it is tried again')
    }
  }
}

const podsNamed = (all: readonly Pod[], name: string): Pod[] => all.filter((pod) => appOf(pod) === name)

const remainsIn = ({ deployments, pods }: MirrorPair, cluster: ClusterRef): ClusterRemains => ({
  deployment: deployments.get(clusterName(cluster)),
  pods: podsNamed(pods.all(), clusterName(cluster)),
})

/** Turns the API server's silence into the Failure that stands for it. */
const orUnreachable = async (asked: Promise<unknown>): Promise<void> => {
  await asked.catch((error: unknown) => {
    throw unreachableFailure(error)
  })
}

const ABSENT: ClusterObservation = { phase: 'ABSENT', detail: '', taskManagers: [], exits: [] }

/** Half of an object is who wrote which field of it. */
function lean<T extends { metadata: object }>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as { managedFields?: unknown }
  return { ...object, metadata: metadata as T['metadata'] }
}

/**
 * A server may be killed between an apply and the record of its UID: what stands under the name and bears our labels is
 * that cluster.
 */
async function adopt(
  { ledger, installation }: KubeContext,
  launch: KubeLaunch,
  mirrored: FlinkDeployment | undefined,
): Promise<KubeLaunch | undefined> {
  if (launch.uid !== undefined) return launch
  const uid = mirrored?.metadata.uid
  if (uid === undefined || mirrored?.metadata.labels?.[LABELS.installation] !== installation) return undefined
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
  await orUnreachable(api.merge(paths.deployment(namespace, name), { metadata: { uid, labels } }))
}
