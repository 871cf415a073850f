/**
 * The one place that asks a runtime what lives of a cluster. Whoever needs to know asks here: the cluster's own cycle,
 * and the cycles of the runs on it.
 *
 * An answer is never older than the question: what a cycle concludes about a record has to be observed after that
 * record was read. So an observation under way is not handed to who asks later; all who ask while it lasts, or in the
 * same turn of the event loop, share the next one. `docs/decisions/controllers-are-lifecycles.md` has the reasons.
 */
import { type ClusterRef, clusterKey } from '../../../domain/cluster.ts'
import type { ClusterObservation } from '../../../domain/observation.ts'
import { FlinkRestError } from '../../../flink/rest.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import { createTracking, type Tracking } from '../tracking.ts'
import { type ClusterTracking, newClusterTracking } from './flink.ts'

/** A run's host as it was observed. */
export interface HostObservation {
  cluster: ClusterObservation
  /** Whether Flink answers there; it is asked once, for whoever wants to know first. */
  answers(): Promise<boolean>
}

export interface ClusterObserver {
  /** What lives of that generation at some moment after this call. Throws Failure where the runtime can't be asked. */
  observe(runtime: Runtime, generation: ClusterRef): Promise<HostObservation>
  /** What the cycles of clusters have noticed so far. */
  tracking: Tracking<ClusterTracking>
}

export function createClusterObserver(): ClusterObserver {
  const running = new Map<string, Promise<unknown>>()
  const next = new Map<string, Promise<HostObservation>>()

  async function begin(runtime: Runtime, generation: ClusterRef, key: string): Promise<HostObservation> {
    await running.get(key)
    await loopTurned()
    // From here on it is too late to join.
    next.delete(key)
    const answer = runtime.observe(generation)
    const over = answer.then(
      () => running.delete(key),
      () => running.delete(key),
    )
    running.set(key, over)
    return hostObservation(runtime, generation, await answer)
  }

  return {
    tracking: createTracking(newClusterTracking),
    observe(runtime, generation) {
      const key = clusterKey(generation)
      const shared = next.get(key) ?? begin(runtime, generation, key)
      next.set(key, shared)
      return shared
    },
  }
}

/** Cycles that were woken together have read their records by then. */
const loopTurned = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

function hostObservation(runtime: Runtime, generation: ClusterRef, cluster: ClusterObservation): HostObservation {
  let asked: Promise<boolean> | undefined
  const ask = async (): Promise<boolean> => {
    try {
      await runtime.flink(generation, cluster).overview()
      return true
    } catch (error) {
      if (error instanceof FlinkRestError) return false
      throw error
    }
  }
  return {
    cluster,
    answers() {
      asked ??= ask()
      return asked
    },
  }
}
