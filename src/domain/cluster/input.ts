/**
 * What a cycle knows of a resource's cluster: what is wanted, what was intended, what was observed. It is put together
 * once in a cycle; facts, status and plan all read it, so that they can't disagree about what there was.
 */
import type { Generation } from '../cluster.ts'
import type { Where } from '../configuration.ts'
import type { ClusterObservation, FlinkObservation } from '../observation.ts'
import type { ClusterResource } from '../resource.ts'
import type { State } from '../status.ts'

export interface ClusterInput {
  resource: ClusterResource
  generations: readonly Generation[]
  /** Runs on the cluster that are still there, whatever their state. */
  runs: number
  /** The states of the resources whose runs they are. */
  runStates: readonly State[]
  /** Flink job IDs that must not run. */
  abandoned: readonly string[]
  /** Of the live generation. */
  cluster?: ClusterObservation
  flink?: FlinkObservation
  /** Since when (ms) the JobManager's process has lived without Flink answering; absent when it answers. */
  silentSince?: number
  /** Why the runtime could not be asked. */
  unreachable?: string
  /** TaskManagers that there is room for when the caller sets no `max`. */
  capacity: number
  /** TaskManagers that are kept when the caller sets no `min`; 1 when absent. */
  least?: number
  /** Flink itself starts and stops TaskManagers. */
  selfScaling?: boolean
  /** Where the cluster runs; this machine when absent. */
  where?: Where
  /** What a removal still waits for. */
  waitingOn?: string
  /** How long (ms) a TaskManager may be without work; the plan's default when absent. */
  idleAfterMs?: number
  now: number
}

export const liveGeneration = (generations: readonly Generation[]): Generation | undefined =>
  generations.findLast((generation) => !generation.endedAt)

/** How many TaskManagers there may be: what the caller has said, and the runtime where the caller says nothing. */
export function bounds(input: Pick<ClusterInput, 'resource' | 'capacity' | 'least'>): { min: number; max: number } {
  const asked = input.resource.spec.taskManagers
  const min = asked?.min ?? input.least ?? 1
  return { min, max: asked?.max ?? Math.max(min, input.capacity) }
}
