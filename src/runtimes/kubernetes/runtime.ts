/**
 * Clusters on Kubernetes, through the Apache Flink Kubernetes Operator: one of these for each workspace, that is for each
 * namespace. It owns what bears its installation's label there, and what it keeps in the data folder of logs and jars.
 *
 * May import domain, flink and artifacts. Must never touch what another installation or somebody else has made, nor
 * conclude anything from an API server that does not answer: every call fails with RUNTIME_UNREACHABLE then.
 */
import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isFlinkUri } from '../../artifacts/uri.ts'
import { type ClusterRef, clusterKey, type EffectiveClusterSpec } from '../../domain/cluster.ts'
import { Failure } from '../../domain/failure.ts'
import type { Runtime } from '../runtime.ts'
import { flinkOf, serviceUrl } from './access.ts'
import type { FlinkHere, KubeContext } from './context.ts'
import { refusedFailure } from './failures.ts'
import { launchCluster } from './launch.ts'
import { forgetLogs, keepLogs, memberLogs } from './logs.ts'
import { createMirrors } from './mirrors.ts'
import { appOf, clusterOfName } from './objects.ts'
import { createRemovals } from './removal.ts'
import { createSessionJobs } from './session-jobs.ts'

export interface KubernetesRuntime extends Runtime {
  /** Differences that a resync found and no watch had brought. */
  corrections(): number
}

export function createKubernetesRuntime(context: KubeContext): KubernetesRuntime {
  const { ledger, target } = context
  const sight = createMirrors(context)
  /** Why a launch was refused, until it goes well or the generation is removed. */
  const refused = new Map<string, Failure>()
  const removals = createRemovals(context, sight.remains)
  const sessionJobs = createSessionJobs(context)
  const kept = new Set<string>()
  const flinks = flinkOnThisMachine(context)

  return {
    name: 'kubernetes',
    operatorJobs: sessionJobs,

    async observe(cluster) {
      const failure = refused.get(clusterKey(cluster))
      if (failure) {
        const { code, message, retryable } = failure
        return { phase: 'FAILED', detail: message, taskManagers: [], exits: [], failure: { code, message, retryable } }
      }
      const seen = await sight.observe(cluster)
      return seen.phase === 'UP' ? { ...seen, endpoint: serviceUrl(target.namespace, cluster) } : seen
    },

    async launch(cluster, spec) {
      try {
        await launchCluster(context, cluster, spec)
        refused.delete(clusterKey(cluster))
      } catch (error) {
        const failure = refusedFailure(error)
        if (!(failure instanceof Failure)) throw failure
        // Silence of the API server shows in the next look, which has the launch repeated.
        if (failure.code !== 'RUNTIME_UNREACHABLE') refused.set(clusterKey(cluster), failure)
      }
    },

    // Native mode: Flink asks Kubernetes for the TaskManagers that its jobs need, and lets idle ones go.
    scale: async () => {},

    async remove(cluster, { force }) {
      const launch = await ledger.get(cluster)
      if (!launch) {
        refused.delete(clusterKey(cluster))
        return { done: true, waitingOn: '' }
      }
      if (!kept.has(launch.name)) {
        const seen = await sight.remains.watched(cluster).catch(() => undefined)
        await keepLogs(context, seen?.pods ?? [])
        if (seen) kept.add(launch.name)
      }
      const jobsLeft = await sessionJobs.clear(cluster, force)
      if (jobsLeft !== undefined && !force) return { done: false, waitingOn: jobsLeft }
      const progress = await removals.remove(launch, force)
      if (progress.done) {
        kept.delete(launch.name)
        refused.delete(clusterKey(cluster))
        flinks.forget(cluster)
        sight.forget(cluster)
      }
      return progress
    },

    async forget(resource) {
      await forgetLogs(context, resource)
      await rm(stagingFolder(context, resource), { recursive: true, force: true })
    },

    flink: (cluster, observed) =>
      flinkOf(context, cluster, {
        isAlive: () => sight.isAlive(cluster, observed.incarnation),
        onAnswer: () => sight.reached(cluster),
      }),

    defaults: (resource) => stateDefaults(target.storage, resource),

    capacity: async () => ({ taskManagers: Infinity, least: 0, selfScaling: true }),

    async stageJar(cluster, spec, uri) {
      if (/^(?:local:\/\/|\/)/.test(uri)) {
        throw new Failure(
          'FILE_UNAVAILABLE',
          `"${uri}" names a file in the image, which a job can't bring along: put it into \`jars\` of the ` +
            'session and leave jarUri out, or use https://',
        )
      }
      const base = join(stagingFolder(context, cluster.resource), String(cluster.generation))
      const folder = join(base, createHash('sha256').update(uri).digest('hex').slice(0, 16))
      await mkdir(folder, { recursive: true, mode: 0o700 })
      if (!isFlinkUri(uri)) return context.artifacts.fetch(uri, folder, { workspace: spec.workspace })
      return (await flinks.of(cluster, spec, join(base, 'flink'))).fetch(uri, folder)
    },

    // They lie where only Flink's own file systems reach; what Flink reports of them is remembered with each attempt.
    checkpoints: async () => undefined,
    discardCheckpoints: async () => {},

    async logs(resource, query) {
      const living = await sight.allPods().catch(() => [])
      return memberLogs(
        context,
        resource,
        query,
        living.filter((pod) => clusterOfName(appOf(pod))?.resource === resource),
      )
    },

    onSignal: (callback) => sight.onSignal(callback),
    corrections: sight.corrections,

    async close() {
      sight.close()
    },
  }
}

/** Made once for each cluster: what is there is of use to all of its jobs. */
function flinkOnThisMachine({ flinkHere }: KubeContext) {
  const targets = new Map<string, Promise<FlinkHere>>()
  return {
    of(cluster: ClusterRef, spec: EffectiveClusterSpec, folder: string): Promise<FlinkHere> {
      const key = clusterKey(cluster)
      const target = targets.get(key) ?? flinkHere(spec, folder)
      targets.set(key, target)
      target.catch(() => targets.delete(key))
      return target
    },
    forget(cluster: ClusterRef): void {
      targets.delete(clusterKey(cluster))
    },
  }
}

const stagingFolder = ({ dataDir }: KubeContext, resource: string): string =>
  join(dataDir, 'kubernetes', 'jars', resource)

/** Without a folder that every pod reaches, checkpoints stay in the JobManager's memory and go with it, as Flink has it. */
function stateDefaults(storage: string | undefined, resource: string): Record<string, string> {
  if (storage === undefined) return {}
  const base = `${storage.replace(/\/+$/, '')}/${resource}`
  return {
    'state.checkpoints.dir': `${base}/checkpoints`,
    'state.savepoints.dir': `${base}/savepoints`,
    // A checkpoint is known here as Flink last told of it: it must not be gone by the time that its JobManager is.
    'state.checkpoints.num-retained': '10',
    'high-availability.type': 'kubernetes',
    'high-availability.storageDir': `${base}/high-availability`,
  }
}
