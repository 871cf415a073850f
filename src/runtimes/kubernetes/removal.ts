/**
 * Removing one generation: its FlinkDeployment by its UID, then whatever is left of it. Ends when all of it is gone, or
 * says what it waits for. By force it is bounded: pods are killed, and neither an operator that does not let go of its
 * object nor an API server that does not answer is waited for longer than a while.
 */

import type { ClusterRef } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { KubeLaunch } from '../../domain/kubernetes.ts'
import type { RemoveProgress } from '../runtime.ts'
import type { KubeObject } from './client/api.ts'
import { KubeError } from './client/errors.ts'
import type { KubeContext } from './context.ts'
import { unreachableFailure } from './failures.ts'
import { hasSecret, keptManifest } from './launch.ts'
import { type FlinkDeployment, isTaskManager, LABELS, type Pod, paths } from './objects.ts'

/** How long the operator, and a silent API server, are waited for when the removal is forced. */
const FORCED_AFTER_MS = 30_000
/** What was asked for once is asked for again after this long, in case the first time was lost. */
const ASK_AGAIN_MS = 5_000

export interface ClusterRemains {
  deployment: FlinkDeployment | undefined
  pods: readonly Pod[]
}

/** What is there of a cluster, as watched, and as it is at this moment. Both throw Failure RUNTIME_UNREACHABLE. */
export interface RemainsOf {
  watched(cluster: ClusterRef): Promise<ClusterRemains>
  fresh(cluster: ClusterRef): Promise<ClusterRemains>
}

interface Removal {
  forcedSince?: number
  /** When (ms) the deletion of an object was last asked for, by UID. */
  asked: Map<string, number>
}

export interface Removals {
  /** Throws Failure RUNTIME_UNREACHABLE, unless forced. */
  remove(launch: KubeLaunch, force: boolean): Promise<RemoveProgress>
}

const DONE: RemoveProgress = { done: true, waitingOn: '' }

export function createRemovals(context: KubeContext, remainsOf: RemainsOf): Removals {
  const { clock, ledger } = context
  const removals = new Map<string, Removal>()
  const finish = async (launch: KubeLaunch): Promise<void> => {
    await ledger.remove(launch)
    removals.delete(launch.name)
  }
  return {
    async remove(launch, force) {
      const removal: Removal = removals.get(launch.name) ?? { asked: new Map() }
      removals.set(launch.name, removal)
      if (force) removal.forcedSince ??= clock.now()
      const waited = removal.forcedSince === undefined ? 0 : clock.now() - removal.forcedSince
      try {
        const waitingOn = await step(context, remainsOf, launch, removal, { force, overdue: waited >= FORCED_AFTER_MS })
        if (waitingOn !== undefined) return { done: false, waitingOn }
        await finish(launch)
        return DONE
      } catch (error) {
        const failure = unreachableFailure(error)
        if (!force || !(failure instanceof Failure)) throw failure
        if (waited < FORCED_AFTER_MS) {
          return {
            done: false,
            waitingOn:
              `the cluster to be reachable again, ` +
              `for ${Math.ceil((FORCED_AFTER_MS - waited) / 1000)} s more: ${failure.message}`,
          }
        }
        await finish(launch)
        return { ...DONE, leftBehind: leftBehind(launch, failure.message) }
      }
    },
  }
}

const leftBehind = ({ name, namespace }: KubeLaunch, why: string): string =>
  `FlinkDeployment ${name} in the namespace ${namespace} may still be there: the deletion was forced while the ` +
  `cluster could not be asked ` +
  `(${why}). When it is back: kubectl delete flinkdeployment ${name} -n ${namespace}`

interface How {
  force: boolean
  /** A forced removal has waited long enough. */
  overdue: boolean
}

/** One step on; answers what is waited for, undefined when nothing of it is left. */
async function step(
  context: KubeContext,
  remainsOf: RemainsOf,
  launch: KubeLaunch,
  removal: Removal,
  how: How,
): Promise<string | undefined> {
  const own = (remains: ClusterRemains): ClusterRemains => withoutStrangers(remains, launch, context)
  const watched = own(await remainsOf.watched(launch))
  // What was written by ourselves a moment ago may not be in the mirror yet: that nothing is left is believed of a
  // fresh look only.
  const remains = isGone(watched, launch, context) ? own(await remainsOf.fresh(launch)) : watched
  if (isGone(remains, launch, context)) {
    await deletePlan(context, launch)
    return undefined
  }
  const once = async (uid: string | undefined, ask: () => Promise<void>): Promise<void> => {
    const now = context.clock.now()
    if (now - (removal.asked.get(uid ?? '') ?? -Infinity) < ASK_AGAIN_MS) return
    await ask()
    removal.asked.set(uid ?? '', now)
  }
  const deployment = ours(remains, launch, context)
  if (deployment) await once(deployment.metadata.uid, () => deleteDeployment(context, deployment, how))
  if (how.force) {
    // The JobManager's pod would be made anew while its Deployment is there.
    const killable = remains.pods.filter(
      (pod) => isTaskManager(pod) || pod.metadata.deletionTimestamp !== undefined || !deployment,
    )
    for (const {
      metadata: { name, uid },
    } of killable) {
      const options = { gracePeriodSeconds: 0, ...defined({ uid }) }
      await once(uid, () => context.api.delete(paths.pod(launch.namespace, name), options))
    }
  }
  return deployment
    ? deploymentWait(deployment)
    : remains.pods.map(({ metadata }) => `pod ${metadata.name} to stop`).join(', ')
}

const isGone = (remains: ClusterRemains, launch: KubeLaunch, context: KubeContext): boolean =>
  remains.pods.length === 0 && ours(remains, launch, context) === undefined

/** Under the name of a FlinkDeployment that is not ours there are the pods of that one. */
function withoutStrangers(remains: ClusterRemains, launch: KubeLaunch, context: KubeContext): ClusterRemains {
  if (!remains.deployment || ours(remains, launch, context)) return remains
  return {
    ...remains,
    pods: remains.pods.filter(({ metadata }) => metadata.labels?.[LABELS.installation] === context.installation),
  }
}

/** By UID where it is known; else by the label, since a server may have been killed before it had read the UID. */
function ours(
  { deployment }: ClusterRemains,
  { uid }: KubeLaunch,
  { installation }: KubeContext,
): FlinkDeployment | undefined {
  if (!deployment) return undefined
  const { metadata } = deployment
  return (uid === undefined ? metadata.labels?.[LABELS.installation] === installation : metadata.uid === uid)
    ? deployment
    : undefined
}

async function deleteDeployment({ api }: KubeContext, deployment: FlinkDeployment, { overdue }: How): Promise<void> {
  const { name, namespace = '', uid, deletionTimestamp, finalizers = [], resourceVersion } = deployment.metadata
  const path = paths.deployment(namespace, name)
  if (deletionTimestamp === undefined) {
    await api.delete(path, { ...defined({ uid }), propagationPolicy: 'Background' })
  } else if (overdue && finalizers.length > 0) {
    // The operator has had its time: only it tidies up what high availability has left.
    await api.merge(path, { metadata: { finalizers: null, uid, resourceVersion } }).catch(unlessMoved)
  }
}

function deploymentWait({ metadata: { name, finalizers = [], deletionTimestamp } }: FlinkDeployment): string {
  return deletionTimestamp !== undefined && finalizers.length > 0
    ? `the Flink operator to let go of FlinkDeployment ${name} (finalizer ${finalizers.join(', ')}); is it running?`
    : `FlinkDeployment ${name} to go`
}

/** It changed or went meanwhile: the next look tells. */
function unlessMoved(error: unknown): void {
  if (!(error instanceof KubeError) || (error.reason !== 'Conflict' && error.reason !== 'NotFound')) throw error
}

/** Where the launch was cut short it has no owner yet, with which Kubernetes would collect it. */
async function deletePlan({ api, installation }: KubeContext, launch: KubeLaunch): Promise<void> {
  if (!hasSecret(keptManifest(launch))) return
  const path = paths.secret(launch.namespace, launch.name)
  try {
    const secret = await api.find<KubeObject>(path)
    if (secret?.metadata.labels?.[LABELS.installation] === installation)
      await api.delete(path, { uid: secret.metadata.uid ?? '' })
  } catch (error) {
    unlessForbidden(error)
  }
}

/** Kubernetes collects the Secret with its owner anyway. */
function unlessForbidden(error: unknown): void {
  if (!(error instanceof KubeError) || error.reason !== 'Forbidden') throw error
}
