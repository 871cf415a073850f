/**
 * What is to be done for a session, from what is wanted, what was intended and what was seen. Pure: the same input
 * gives the same plan, and nothing here waits, reads or writes.
 */
import { growingDelay } from './backoff.ts'
import type { Generation } from './cluster.ts'
import { isTerminal } from './job-state.ts'
import type { ClusterObservation, FlinkObservation } from './observation.ts'
import type { SessionResource } from './resource.ts'

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

export type SessionAction =
  | { type: 'REMOVE'; generation: number; force: boolean }
  | { type: 'BEGIN'; taskManagers: number }
  | { type: 'LAUNCH'; generation: number }
  | { type: 'SCALE'; generation: number; wanted: number; idle: string[] }
  | { type: 'CANCEL_STRAY'; generation: number; flinkJobId: string }
  | { type: 'END_FOR_DELETION'; generation: number }
  | { type: 'FINISH_DELETION' }

export interface SessionPlan {
  actions: SessionAction[]
  /** When to look again, in milliseconds, if nothing happens before. */
  again: number
}

export interface SessionPlanInput {
  session: SessionResource
  generations: readonly Generation[]
  /** Jobs that are still there, whatever their state. */
  jobs: number
  cluster?: ClusterObservation
  flink?: FlinkObservation
  /** Flink job IDs that must not run. */
  abandoned: readonly string[]
  /** TaskManagers that there is room for when the caller sets no `max`. */
  capacity: number
  /** TaskManagers that are kept when the caller sets no `min`; 1 when absent. */
  least?: number
  /** Flink itself starts and stops TaskManagers. */
  selfScaling?: boolean
  /** Instead of IDLE_AFTER_MS. */
  idleAfterMs?: number
  now: number
}

const LOOK_SOON_MS = 100
/** While members start: each look asks a JobManager that is busy starting too, and what the runtime notices wakes the cycle anyway. */
const LOOK_STARTING_MS = 250
const LOOK_LATER_MS = 5_000
/** Where Flink scales itself, nothing is decided from a look at a cluster that runs, and each look goes through an API server. */
const LOOK_FAR_MS = 10_000
/** There a start is told by the runtime's signals: a look is for what they might have missed. */
const LOOK_PREPARING_MS = 5_000

export const liveGeneration = (generations: readonly Generation[]): Generation | undefined =>
  generations.findLast((generation) => !generation.endedAt)

export function planSession(input: SessionPlanInput): SessionPlan {
  if (input.session.deletion) return planDeletion(input)
  const leftovers = removals(input.generations, () => true)
  if (leftovers.length > 0) return { actions: leftovers, again: LOOK_SOON_MS }
  const live = liveGeneration(input.generations)
  if (!live) return planStart(input)
  if (!input.cluster || input.cluster.phase === 'ABSENT') {
    return { actions: [{ type: 'LAUNCH', generation: live.generation }], again: LOOK_SOON_MS }
  }
  if (input.cluster.phase !== 'UP' || !input.flink) {
    return {
      actions: [],
      again: input.selfScaling && input.cluster.phase !== 'UP' ? LOOK_PREPARING_MS : LOOK_STARTING_MS,
    }
  }
  return planRunning(input, live, input.cluster, input.flink)
}

/** JobManagers that are dead leave TaskManagers of no use: those are killed, not asked. */
function removals(generations: readonly Generation[], force: (generation: Generation) => boolean): SessionAction[] {
  return generations
    .filter((generation) => generation.endedAt && !generation.removedAt)
    .map((generation) => ({ type: 'REMOVE', generation: generation.generation, force: force(generation) }))
}

function planDeletion(input: SessionPlanInput): SessionPlan {
  const force = input.session.deletion?.force ?? false
  // Jobs go first, while their JobManager still answers; a forced deletion does not wait for them.
  if (input.jobs > 0 && !force) return { actions: [], again: 1_000 }
  const live = liveGeneration(input.generations)
  if (live) return { actions: [{ type: 'END_FOR_DELETION', generation: live.generation }], again: 0 }
  const leftovers = removals(input.generations, (generation) => force || generation.end?.kind !== 'DELETED')
  if (leftovers.length > 0) return { actions: leftovers, again: LOOK_SOON_MS }
  if (input.jobs > 0) return { actions: [], again: 1_000 }
  return { actions: [{ type: 'FINISH_DELETION' }], again: LOOK_LATER_MS }
}

function planStart(input: SessionPlanInput): SessionPlan {
  const next = nextStart(input.generations)
  if (next === 'NEVER') return { actions: [], again: LOOK_LATER_MS }
  if (next > input.now) return { actions: [], again: next - input.now }
  const { min, max } = bounds(input)
  // A cluster that is started again gets as many TaskManagers as its jobs had: they come back sooner. Where Flink starts them
  // itself, what a cluster begins with is what it keeps for good.
  const before = (input.selfScaling ? undefined : input.session.status.taskManagers?.wanted) ?? min
  return { actions: [{ type: 'BEGIN', taskManagers: clamp(before, min, max) }], again: LOOK_SOON_MS }
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
  input: SessionPlanInput,
  live: Generation,
  cluster: ClusterObservation,
  flink: FlinkObservation,
): SessionPlan {
  const actions: SessionAction[] = strays(input.abandoned, flink).map((flinkJobId) => ({
    type: 'CANCEL_STRAY',
    generation: live.generation,
    flinkJobId,
  }))
  const scale = planScale(input, live, cluster, flink)
  if (scale.action) actions.push(scale.action)
  return { actions, again: scale.again }
}

function strays(abandoned: readonly string[], flink: FlinkObservation): string[] {
  const forbidden = new Set(abandoned)
  return flink.jobs
    .filter((job) => forbidden.has(job.id) && job.state !== 'CANCELLING' && !isTerminal(job.state))
    .map((job) => job.id)
}

/** How many TaskManagers there should be now, counted from what the jobs need. */
export function wantedTaskManagers(
  input: SessionPlanInput,
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
  input: SessionPlanInput,
  live: Generation,
  cluster: ClusterObservation,
  flink: FlinkObservation,
): { action?: SessionAction; again: number } {
  const alive = cluster.taskManagers.length
  const wanted = wantedTaskManagers(input, live, flink, alive)
  const starting = flink.taskManagers.length < Math.max(alive, wanted)
  const again = starting || flink.waitingSince !== undefined ? LOOK_STARTING_MS : LOOK_LATER_MS
  if (input.selfScaling) return { again: again === LOOK_LATER_MS ? LOOK_FAR_MS : again }
  if (alive < wanted) {
    const wait = replacementDelay(cluster, input.now)
    if (wait > 0) return { again: wait }
    return { action: { type: 'SCALE', generation: live.generation, wanted, idle: [] }, again }
  }
  if (alive > wanted) {
    const idleAfter = input.idleAfterMs ?? IDLE_AFTER_MS
    const idle = flink.taskManagers
      .filter((member) => member.idleSince !== undefined && input.now - member.idleSince >= idleAfter)
      .map((member) => member.id)
    if (idle.length > 0) return { action: { type: 'SCALE', generation: live.generation, wanted, idle }, again }
  }
  return { again }
}

/** The first TaskManagers that die are replaced at once; when they keep dying, the replacement waits longer and longer. */
function replacementDelay(cluster: ClusterObservation, now: number): number {
  const recent = cluster.exits.filter(
    (exit) => exit.role === 'taskmanager' && !exit.requested && now - Date.parse(exit.at) < EXIT_WINDOW_MS,
  )
  const last = Math.max(0, ...recent.map((exit) => Date.parse(exit.at)))
  return Math.max(0, last + growingDelay(recent.length - 1, RETRY_BASE_MS, RETRY_MAX_MS / 2) - now)
}

export function bounds(input: Pick<SessionPlanInput, 'session' | 'capacity' | 'least'>): { min: number; max: number } {
  const asked = input.session.spec.taskManagers
  const min = asked?.min ?? input.least ?? 1
  return { min, max: asked?.max ?? Math.max(min, input.capacity) }
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max)
