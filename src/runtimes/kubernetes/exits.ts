/**
 * How members of clusters end, as the watch on their pods tells it. Remembered by this server alone, for its events.
 */

import { type Clock, isoTime } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import type { MemberExit } from '../../domain/observation.ts'
import {
  appOf,
  clusterOfName,
  isJobManager,
  lifeOf,
  MAIN_CONTAINER,
  mainContainer,
  type Pod,
  type Terminated,
  taskManagerOrdinal,
} from './objects.ts'

/** Follows "JobManager": what became of a container, for people. */
export function howItEnded({ exitCode, reason, signal }: Terminated): string {
  if (reason === 'OOMKilled') return 'was killed for using more memory than its limit (OOMKilled)'
  if (signal !== undefined && signal > 0) return `was killed by signal ${signal}`
  // Shells' way of telling a signal; 137 is SIGKILL, 143 SIGTERM.
  if (exitCode === 137) return 'was killed by SIGKILL (exit code 137)'
  if (exitCode === 143) return 'was stopped by SIGTERM (exit code 143)'
  return `exited with code ${exitCode}`
}

export interface Exits {
  /** Takes in a change of a pod; answers the exit if that change told of one. */
  note(before: Pod | undefined, after: Pod | undefined): MemberExit | undefined
  of(cluster: ClusterRef): MemberExit[]
  /** Flink's last words, when they could be had. */
  addMessage(id: string, message: string): void
  forget(cluster: ClusterRef): void
}

export function createExits(clock: Clock): Exits {
  const known = new Map<string, Map<string, MemberExit>>()
  return {
    note(before, after) {
      const pod = after ?? before
      const cluster = pod && clusterOfName(appOf(pod))
      const exit = pod && cluster && exitOf(before, after, clock.now())
      if (!exit) return undefined
      const exits = known.get(clusterKey(cluster)) ?? new Map<string, MemberExit>()
      known.set(clusterKey(cluster), exits)
      if (exits.has(exit.id)) return undefined
      exits.set(exit.id, exit)
      return exit
    },
    of: (cluster) => [...(known.get(clusterKey(cluster))?.values() ?? [])],
    addMessage(id, message) {
      for (const exits of known.values()) {
        const exit = exits.get(id)
        if (exit) exits.set(id, { ...exit, message })
      }
    },
    forget: (cluster) => void known.delete(clusterKey(cluster)),
  }
}

/** Some kubelets wipe out the containers of a pod that they evict: its first life is meant then. */
const NO_CONTAINER = { name: MAIN_CONTAINER, restartCount: 0 }

/**
 * The end that a change of a pod tells of: its own (evicted), its container's, the one before a restart, or that it is
 * gone.
 */
function exitOf(before: Pod | undefined, after: Pod | undefined, now: number): MemberExit | undefined {
  const pod = (after ?? before)!
  const container = mainContainer(pod) ?? (before && mainContainer(before))
  const { phase, reason, message } = pod.status ?? {}
  // A pod that was deleted may fail, too, but without a reason: its container tells how it ended.
  if (phase === 'Failed' && (reason !== undefined || !container?.state?.terminated)) {
    const { exit, ...failed } = member(pod, lifeOf(pod, container ?? NO_CONTAINER), container?.state?.terminated, now)
    const { code } = exit
    const how = { ...defined({ code }), reason: reason === undefined ? 'failed' : `failed (${reason})` }
    return { ...failed, exit: how, requested: false, ...defined({ message }) }
  }
  if (!container) return undefined
  const { running, terminated } = container.state ?? {}
  if (terminated) return member(pod, lifeOf(pod, container), terminated, now)
  if (!after && running) return member(pod, lifeOf(pod, container), undefined, now)
  const previous = container.lastState?.terminated
  // A container that waits to be started again counts as the life that has ended.
  const restartCount = container.restartCount - (running ? 1 : 0)
  return previous && restartCount >= 0
    ? member(pod, lifeOf(pod, { ...container, restartCount }), previous, now)
    : undefined
}

function member(pod: Pod, id: string, ended: Terminated | undefined, now: number): MemberExit {
  return {
    id,
    role: isJobManager(pod) ? 'jobmanager' : 'taskmanager',
    ordinal: isJobManager(pod) ? 0 : taskManagerOrdinal(pod),
    at: isoTime(ended?.finishedAt === undefined ? now : Date.parse(ended.finishedAt)),
    exit: ended ? { code: ended.exitCode, reason: howMemberEnded(pod, ended) } : { reason: 'was deleted with its pod' },
    requested: !ended || wasStopped(pod, ended),
    rebooted: false,
  }
}

/**
 * A JobManager that is asked to stop (SIGTERM) while its resource manager starts ends with 239 instead of 143, without
 * an error in its log: measured on Flink 1.18.1. With its pod deleted, that is what has happened.
 */
const howMemberEnded = (pod: Pod, ended: Terminated): string =>
  ended.exitCode === 239 && isJobManager(pod) && pod.metadata.deletionTimestamp !== undefined
    ? 'was stopped while it started: its pod was deleted (exit code 239)'
    : howItEnded(ended)

const STOPPED = new Set([0, 137, 143])

/**
 * Whether the pod's deletion came first: that is how Flink lets an idle TaskManager go, and how people stop one. Of a
 * dead one Flink deletes the pod, too, but later. Times have seconds; within one the exit code tells.
 */
function wasStopped({ metadata }: Pod, { finishedAt, exitCode }: Terminated): boolean {
  if (metadata.deletionTimestamp === undefined) return false
  const deletedAt = Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000
  const endedAt = finishedAt === undefined ? deletedAt : Date.parse(finishedAt)
  return endedAt === deletedAt ? STOPPED.has(exitCode) : endedAt > deletedAt
}
