/**
 * Launches that the API server would not take just now. Nothing follows from that for the generation: it is asked again
 * after a delay that grows, or that the API server named, and says so meanwhile. Nothing of this is stored: the next
 * server asks at once.
 */
import { growingDelay } from '../../domain/backoff.ts'
import { type Clock, isoTime } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey } from '../../domain/cluster.ts'
import type { Failure } from '../../domain/failure.ts'
import type { ClusterObservation } from '../../domain/observation.ts'

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000

export interface Postponed {
  /** Until then the launch is not to be tried. */
  isHeld(cluster: ClusterRef): boolean
  put(cluster: ClusterRef, failure: Failure): void
  /** Instead of "nothing is there": that it is under way, and what holds it up; undefined once another try is due. */
  observation(cluster: ClusterRef): ClusterObservation | undefined
  forget(cluster: ClusterRef): void
  close(): void
}

interface Entry {
  failure: Failure
  tries: number
  until: number
  cancel(): void
}

/** `due`: another try of that launch is. */
export function createPostponed(clock: Clock, due: (cluster: ClusterRef) => void): Postponed {
  const entries = new Map<string, Entry>()
  const held = (cluster: ClusterRef): Entry | undefined => {
    const entry = entries.get(clusterKey(cluster))
    return entry && clock.now() < entry.until ? entry : undefined
  }
  return {
    isHeld: (cluster) => held(cluster) !== undefined,
    put(cluster, failure) {
      const key = clusterKey(cluster)
      const before = entries.get(key)
      before?.cancel()
      const tries = (before?.tries ?? 0) + 1
      const pause = Math.max(growingDelay(tries + 1, FIRST_PAUSE_MS, LONGEST_PAUSE_MS), failure.retryAfterMs ?? 0)
      entries.set(key, { failure, tries, until: clock.now() + pause, cancel: clock.after(pause, () => due(cluster)) })
    },
    observation(cluster) {
      const entry = held(cluster)
      if (!entry) return undefined
      const detail = `Kubernetes has not taken the cluster yet, and is asked again at ${isoTime(entry.until)}: `
      return { phase: 'PREPARING', detail: detail + entry.failure.message, taskManagers: [], exits: [] }
    },
    forget(cluster) {
      const key = clusterKey(cluster)
      entries.get(key)?.cancel()
      entries.delete(key)
    },
    close() {
      for (const { cancel } of entries.values()) cancel()
      entries.clear()
    },
  }
}
