/**
 * Clusters on Kubernetes, through the Apache Flink Kubernetes Operator: one of these for each workspace, that is for
 * each namespace. It owns what bears its installation's label there, and what it keeps in the data folder of logs and
 * jars.
 *
 * May import domain, flink and artifacts. Must never touch what another installation or somebody else has made, nor
 * conclude anything from an API server that does not answer: every call fails with RUNTIME_UNREACHABLE then.
 */
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { inspectOnThread } from '../../artifacts/inspect/on-thread.ts'
import { isFlinkUri } from '../../artifacts/uri.ts'
import { type ClusterRef, clusterKey, type EffectiveClusterSpec } from '../../domain/cluster.ts'
import { Failure } from '../../domain/failure.ts'
import { jarWarnings } from '../../domain/jar-warnings.ts'
import type { ClusterObservation } from '../../domain/observation.ts'
import { flinkVersionOf } from '../../flink/distributions/catalogue.ts'
import type { JarSource, Runtime } from '../runtime.ts'
import { flinkOf, serviceUrl } from './access.ts'
import type { KubeContext } from './context.ts'
import { refusedFailure } from './failures.ts'
import { fetchIntoJobManager } from './fetched-jar.ts'
import { launchCluster } from './launch.ts'
import { forgetLogs, keepLogs, memberLogs } from './logs.ts'
import { type ClusterMirrors, createMirrors } from './mirrors.ts'
import { appOf, clusterOfName } from './objects.ts'
import { createPostponed, type Postponed } from './postponed.ts'
import { createRemovals } from './removal.ts'
import { createSessionJobs } from './session-jobs.ts'

export interface KubernetesRuntime extends Runtime {
  /** Differences that a resync found and no watch had brought. */
  corrections(): number
}

export function createKubernetesRuntime(context: KubeContext): KubernetesRuntime {
  const { target } = context
  const mirrors = createMirrors(context)
  const sessionJobs = createSessionJobs(context)
  const postponed = createPostponed(context.clock, (cluster) => mirrors.signal(cluster))
  const parts: Parts = { context, mirrors, sessionJobs, refused: new Map(), postponed }

  return {
    name: 'kubernetes',
    where: 'KUBERNETES',
    operatorJobs: sessionJobs,
    observe: (cluster) => observe(parts, cluster),
    launch: (cluster, spec) => launch(parts, cluster, spec),
    // Native mode: Flink asks Kubernetes for the TaskManagers that its jobs need, and lets idle ones go.
    scale: async () => {},
    remove: removing(parts),

    async forget(resource) {
      await forgetLogs(context, resource)
      await rm(stagingFolder(context, resource), { recursive: true, force: true })
    },

    flink: (cluster, observed) =>
      flinkOf(context, cluster, {
        isAlive: () => mirrors.isAlive(cluster, observed.incarnation),
        onAnswer: () => mirrors.reached(cluster),
      }),

    defaults: (resource) => stateDefaults(target.storage, resource),
    capacity: async () => ({ taskManagers: Infinity, least: 0, selfScaling: true }),
    stageJar: (cluster, spec, uri) => stageJar(parts, cluster, spec, uri),
    jarWarnings: async (_cluster, { runtime }, jar) =>
      jarWarnings(basename(jar), await inspectOnThread(jar), { flinkVersion: flinkVersionOf(runtime) }),

    // They lie where only Flink's own file systems reach; what Flink tells of them is kept with each attempt.
    checkpoints: async () => undefined,
    discardCheckpoints: async () => {},

    async logs(resource, query) {
      const living = await mirrors.allPods().catch(() => [])
      const own = living.filter((pod) => clusterOfName(appOf(pod))?.resource === resource)
      return memberLogs(context, resource, query, own)
    },

    onSignal: (callback) => mirrors.onSignal(callback),
    corrections: () => mirrors.corrections(),
    async close() {
      postponed.close()
      mirrors.close()
    },
  }
}

interface Parts {
  context: KubeContext
  mirrors: ClusterMirrors
  sessionJobs: ReturnType<typeof createSessionJobs>
  /** Why a launch was refused, until it goes well or the generation is removed. */
  refused: Map<string, Failure>
  postponed: Postponed
}

async function observe(
  { context, mirrors, refused, postponed }: Parts,
  cluster: ClusterRef,
): Promise<ClusterObservation> {
  const failure = refused.get(clusterKey(cluster))
  if (failure) {
    const { code, message, retryable } = failure
    return { phase: 'FAILED', detail: message, taskManagers: [], exits: [], failure: { code, message, retryable } }
  }
  const observation = await mirrors.observe(cluster)
  if (observation.phase === 'ABSENT') return postponed.observation(cluster) ?? observation
  return observation.phase === 'UP'
    ? { ...observation, endpoint: serviceUrl(context.target.namespace, cluster) }
    : observation
}

async function launch(parts: Parts, cluster: ClusterRef, spec: EffectiveClusterSpec): Promise<void> {
  const { context, refused, postponed } = parts
  if (postponed.isHeld(cluster)) return
  try {
    await launchCluster(context, cluster, spec)
    refused.delete(clusterKey(cluster))
    postponed.forget(cluster)
  } catch (error) {
    const failure = refusedFailure(error)
    if (!(failure instanceof Failure)) throw failure
    if (failure.code === 'RUNTIME_UNREACHABLE') postponed.put(cluster, failure)
    else refused.set(clusterKey(cluster), failure)
  }
}

/** Logs are kept first, the operator's jobs go next, and then the cluster. */
function removing(parts: Parts): Runtime['remove'] {
  const { context, mirrors, sessionJobs, refused, postponed } = parts
  const removals = createRemovals(context, mirrors.remains)
  /** Names of clusters whose logs were kept. */
  const kept = new Set<string>()
  return async (cluster, { force }) => {
    postponed.forget(cluster)
    const launch = await context.ledger.get(cluster)
    if (!launch) {
      refused.delete(clusterKey(cluster))
      return { done: true, waitingOn: '' }
    }
    if (!kept.has(launch.name)) {
      const remains = await mirrors.remains.watched(cluster).catch(() => undefined)
      await keepLogs(context, remains?.pods ?? [])
      if (remains) kept.add(launch.name)
    }
    const jobsLeft = await sessionJobs.clear(cluster, force)
    if (jobsLeft !== undefined && !force) return { done: false, waitingOn: jobsLeft }
    const progress = await removals.remove(launch, force)
    if (progress.done) {
      kept.delete(launch.name)
      refused.delete(clusterKey(cluster))
      mirrors.forget(cluster)
    }
    return progress
  }
}

async function stageJar(
  { context }: Parts,
  cluster: ClusterRef,
  spec: EffectiveClusterSpec,
  uri: string,
): Promise<JarSource> {
  if (/^(?:local:\/\/|\/)/.test(uri)) {
    throw new Failure(
      'FILE_UNAVAILABLE',
      `"${uri}" names a file in the image, which a job can't bring along: put it into \`jars\` of the ` +
        'session and leave jarUri out, or use https://',
    )
  }
  if (isFlinkUri(uri)) {
    const jar = { uri, maxBytes: context.maxFileBytes, flinkConfiguration: spec.flinkConfiguration }
    return { intoJobManager: (flink, name, signal) => fetchIntoJobManager(jar, flink, name, signal) }
  }
  const base = join(stagingFolder(context, cluster.resource), String(cluster.generation))
  const folder = join(base, createHash('sha256').update(uri).digest('hex').slice(0, 16))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return context.artifacts.fetch(uri, folder, { workspace: spec.workspace })
}

const stagingFolder = ({ dataDir }: KubeContext, resource: string): string =>
  join(dataDir, 'kubernetes', 'jars', resource)

/**
 * Without a folder that every pod reaches, checkpoints stay in the JobManager's memory and go with it, as Flink has it.
 */
function stateDefaults(storage: string | undefined, resource: string): Record<string, string> {
  if (storage === undefined) return {}
  const base = `${storage.replace(/(?<!\/)\/+$/, '')}/${resource}`
  return {
    'state.checkpoints.dir': `${base}/checkpoints`,
    'state.savepoints.dir': `${base}/savepoints`,
    // A checkpoint is known here as Flink last told of it: it must not be gone by the time that its JobManager is.
    'state.checkpoints.num-retained': '10',
    'high-availability.type': 'kubernetes',
    'high-availability.storageDir': `${base}/high-availability`,
  }
}
