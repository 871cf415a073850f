/**
 * What is to be done for a cluster, from what is wanted, what was intended and what was observed. Pure: the same input
 * gives the same plan, and nothing here waits, reads or writes.
 */
import { growingDelay } from '../backoff.ts'
import type { Generation } from '../cluster.ts'
import type { ClusterObservation, FlinkObservation } from '../observation.ts'
import { isTerminal } from '../run/state.ts'
import { START_DEADLINE_MS } from './facts.ts'
import { bounds, type ClusterInput, liveGeneration } from './input.ts'

/** A cluster that lived shorter than this counts as one more failure in a row. */
const SETTLED_AFTER_MS = 120_000
/** So many short lives in a row, and starting it once more would only be noise. */
export const CRASH_LOOP_LIMIT = 10
const START_TIMEOUT_LIMIT = 3
const RETRY_BASE_MS = 1_000
export const RETRY_MAX_MS = 60_000
/** A TaskManager with no slot in use goes after this long, unless the server is told otherwise. */
export const IDLE_AFTER_MS = 30_000
/** Subtasks that wait this long although the sum says there are slots enough: start one more TaskManager. */
const STARVED_AFTER_MS = 5_000
const EXIT_WINDOW_MS = 120_000

export type ClusterAction =
  | { type: 'REMOVE'; generation: number; force: boolean }
  | { type: 'BEGIN'; taskManagers: number }
  | { type: 'LAUNCH'; generation: number }
  | { type: 'SCALE'; generation: number; wanted: number; idle: string[] }
  | { type: 'CANCEL_STRAY'; generation: number; flinkJobId: string }
  | { type: 'END_FOR_DELETION'; generation: number }
  | { type: 'FINISH_DELETION' }

export interface ClusterPlan {
  actions: ClusterAction[]
  /** When to observe again, in milliseconds, if nothing happens before. */
  again: number
  /**
   * For how long, in milliseconds, the same observation of the same records means the same: nothing is due, and callers
   * see the same. Absent where something is due, or may be in the next cycle.
   */
  settledFor?: number
}

const AGAIN_SOON_MS = 100
/**
 * While members start. Each observation asks a JobManager that is busy too, and the runtime's signals wake the cycle
 * anyway.
 */
const AGAIN_STARTING_MS = 250
const AGAIN_LATER_MS = 5_000
/** While subtasks have been waiting for a minute: more TaskManagers than there may be would be needed. */
const AGAIN_WAITING_MS = 1_000
const WAITS_LONG_AFTER_MS = 60_000
/**
 * Where Flink scales itself, nothing is decided while a cluster runs, and each observation goes through an API server.
 */
const AGAIN_FAR_MS = 10_000
/** There the runtime's signals tell of a start: observing is for what they might have missed. */
const AGAIN_PREPARING_MS = 5_000

export function planCluster(input: ClusterInput): ClusterPlan {
  // Nothing is concluded from a runtime that can't be asked; a forced deletion does not wait for it.
  if (input.unreachable !== undefined && !input.resource.deletion?.force)
    return { actions: [], again: 1_000, settledFor: Infinity }
  if (input.resource.deletion) return planDeletion(input)
  const leftovers = removals(input.generations, () => true)
  if (leftovers.length > 0) return { actions: leftovers, again: AGAIN_SOON_MS }
  const live = liveGeneration(input.generations)
  if (!live) return planStart(input)
  if (!input.cluster || input.cluster.phase === 'ABSENT') {
    return { actions: [{ type: 'LAUNCH', generation: live.generation }], again: AGAIN_SOON_MS }
  }
  if (input.cluster.phase !== 'UP' || !input.flink) {
    return {
      actions: [],
      again: input.selfScaling && input.cluster.phase !== 'UP' ? AGAIN_PREPARING_MS : AGAIN_STARTING_MS,
      settledFor: silenceLeft(input, live),
    }
  }
  return planRunning(input, live, input.cluster, input.flink)
}

/** How much longer a JobManager that has never answered may be silent. */
function silenceLeft({ cluster, silentSince, now }: ClusterInput, { upAt }: Generation): number {
  if (cluster?.phase !== 'UP' || silentSince === undefined || upAt !== undefined) return Infinity
  return Math.max(0, silentSince + START_DEADLINE_MS + 1 - now)
}

/** JobManagers that are dead leave TaskManagers of no use: those are killed, not asked. */
function removals(generations: readonly Generation[], force: (generation: Generation) => boolean): ClusterAction[] {
  return generations
    .filter((generation) => generation.endedAt && !generation.removedAt)
    .map((generation) => ({ type: 'REMOVE', generation: generation.generation, force: force(generation) }))
}

function planDeletion(input: ClusterInput): ClusterPlan {
  const force = input.resource.deletion?.force ?? false
  // Runs go first, while their JobManager still answers; a forced deletion does not wait for them.
  if (input.runs > 0 && !force) return { actions: [], again: 1_000 }
  const live = liveGeneration(input.generations)
  if (live) return { actions: [{ type: 'END_FOR_DELETION', generation: live.generation }], again: 0 }
  const leftovers = removals(input.generations, (generation) => force || generation.end?.kind !== 'DELETED')
  if (leftovers.length > 0) return { actions: leftovers, again: AGAIN_SOON_MS }
  if (input.runs > 0) return { actions: [], again: 1_000 }
  return { actions: [{ type: 'FINISH_DELETION' }], again: AGAIN_LATER_MS }
}

function planStart(input: ClusterInput): ClusterPlan {
  const next = nextStart(input.generations)
  if (next === 'NEVER') return { actions: [], again: AGAIN_LATER_MS, settledFor: Infinity }
  if (next > input.now) return { actions: [], again: next - input.now }
  const { min, max } = bounds(input)
  // A cluster that is started again gets as many TaskManagers as its jobs had: they come back sooner. Where Flink
  // starts them itself, what a cluster begins with is what it keeps for good.
  const before = (input.selfScaling ? undefined : input.resource.status.taskManagers?.wanted) ?? min
  return { actions: [{ type: 'BEGIN', taskManagers: clamp(before, min, max) }], again: AGAIN_SOON_MS }
}

/** When the next generation may start (ms since the epoch; 0 = at once), or NEVER once the last end is final. */
export function nextStart(generations: readonly Generation[]): number | 'NEVER' {
  const last = generations.at(-1)
  if (!last?.end || !last.endedAt) return 0
  const failures = failuresInARow(generations)
  if (!last.end.retryable || (failures >= CRASH_LOOP_LIMIT && last.end.kind === 'LOST')) return 'NEVER'
  if (last.end.code === 'START_TIMEOUT' && failures >= START_TIMEOUT_LIMIT) return 'NEVER'
  // A lost cluster is started again at once the first time; a launch that failed is given a moment.
  const steps = last.end.kind === 'LOST' ? failures : failures + 1
  return Date.parse(last.endedAt) + growingDelay(steps, RETRY_BASE_MS, RETRY_MAX_MS)
}

/** Ends in a row of clusters that did not live long. Those stopped on purpose, or by a reboot, don't count. */
export function failuresInARow(generations: readonly Generation[]): number {
  let count = 0
  for (const generation of generations.toReversed()) {
    if (!generation.end || !generation.endedAt) break
    if (generation.end.code === 'STOPPED_WITH_SERVER' || generation.end.code === 'MACHINE_RESTARTED') break
    if (generation.upAt && Date.parse(generation.endedAt) - Date.parse(generation.upAt) > SETTLED_AFTER_MS) {
      return count + (count === 0 ? 1 : 0)
    }
    count += 1
  }
  return count
}

function planRunning(
  input: ClusterInput,
  live: Generation,
  cluster: ClusterObservation,
  flink: FlinkObservation,
): ClusterPlan {
  const actions: ClusterAction[] = strays(input.abandoned, flink).map((flinkJobId) => ({
    type: 'CANCEL_STRAY',
    generation: live.generation,
    flinkJobId,
  }))
  const { action, again, settledFor } = planScale(input, live, cluster, flink)
  if (action) actions.push(action)
  return actions.length > 0 || settledFor === undefined ? { actions, again } : { actions, again, settledFor }
}

function strays(abandoned: readonly string[], flink: FlinkObservation): string[] {
  const forbidden = new Set(abandoned)
  return flink.jobs
    .filter((job) => forbidden.has(job.id) && job.state !== 'CANCELLING' && !isTerminal(job.state))
    .map((job) => job.id)
}

/** How many TaskManagers there should be now, counted from what the jobs need. */
export function wantedTaskManagers(
  input: ClusterInput,
  live: Generation,
  flink: FlinkObservation,
  alive: number,
): number {
  const { min, max } = bounds(input)
  const bySlots = Math.ceil(flink.slotsNeeded / live.spec.taskManager.slots)
  const starved =
    flink.waitingSince !== undefined &&
    input.now - flink.waitingSince > STARVED_AFTER_MS &&
    flink.taskManagers.length >= alive
  return clamp(starved ? Math.max(bySlots, alive + 1) : bySlots, min, max)
}

function planScale(
  input: ClusterInput,
  live: Generation,
  cluster: ClusterObservation,
  flink: FlinkObservation,
): { action?: ClusterAction; again: number; settledFor?: number } {
  const alive = cluster.taskManagers.length
  const wanted = wantedTaskManagers(input, live, flink, alive)
  const starting = flink.taskManagers.length < Math.max(alive, wanted)
  const again = starting ? AGAIN_STARTING_MS : whileWaiting(input, flink)
  const settledFor = starvedIn(input, flink)
  if (input.selfScaling) return { again: again === AGAIN_LATER_MS ? AGAIN_FAR_MS : again, settledFor }
  if (alive < wanted) {
    const wait = replacementDelay(cluster, input.now)
    if (wait > 0) return { again: wait }
    return { action: { type: 'SCALE', generation: live.generation, wanted, idle: [] }, again }
  }
  if (alive > wanted) {
    const idleAfter = input.idleAfterMs ?? IDLE_AFTER_MS
    const members = flink.taskManagers.flatMap(({ id, idleSince }) =>
      idleSince === undefined ? [] : [{ id, left: idleSince + idleAfter - input.now }],
    )
    const idle = members.filter(({ left }) => left <= 0).map(({ id }) => id)
    if (idle.length > 0) return { action: { type: 'SCALE', generation: live.generation, wanted, idle }, again }
    return { again, settledFor: Math.min(settledFor, ...members.map(({ left }) => left)) }
  }
  return { again, settledFor }
}

function whileWaiting({ now }: ClusterInput, { waitingSince }: FlinkObservation): number {
  if (waitingSince === undefined) return AGAIN_LATER_MS
  return now - waitingSince < WAITS_LONG_AFTER_MS ? AGAIN_STARTING_MS : AGAIN_WAITING_MS
}

/** When subtasks that wait will have waited so long that one more TaskManager is wanted. */
function starvedIn({ now }: ClusterInput, { waitingSince }: FlinkObservation): number {
  if (waitingSince === undefined || now - waitingSince > STARVED_AFTER_MS) return Infinity
  return waitingSince + STARVED_AFTER_MS + 1 - now
}

/**
 * The first TaskManagers that die are replaced at once; when they keep dying, the replacement waits longer and longer.
 */
function replacementDelay(cluster: ClusterObservation, now: number): number {
  const recent = cluster.exits.filter(
    (exit) => exit.role === 'taskmanager' && !exit.requested && now - Date.parse(exit.at) < EXIT_WINDOW_MS,
  )
  const last = Math.max(0, ...recent.map((exit) => Date.parse(exit.at)))
  return Math.max(0, last + growingDelay(recent.length - 1, RETRY_BASE_MS, RETRY_MAX_MS / 2) - now)
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max)
