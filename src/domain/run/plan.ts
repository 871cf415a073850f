/**
 * What is to be done for a run, from what is wanted, what was tried and what was observed. Pure.
 *
 * Two rules are held here: an attempt that may have reached Flink is never sent under another ID, and a job that has
 * saved state is never started without it.
 */
import { liveGeneration } from '../cluster/input.ts'
import type { AttemptOutcome, JobAttempt } from '../cluster.ts'
import type { RunResource } from '../resource.ts'
import { isSuspect, type RunInput, type StartPoint } from './input.ts'
import { runnerCalls } from './runner.ts'
import { isTerminal } from './state.ts'

export type RunAction =
  /** Fetches the job's own jar; nothing is recorded yet. */
  | { type: 'STAGE' }
  /** Records a new attempt and sends it. */
  | { type: 'SUBMIT'; startedFrom?: string; alone?: true }
  /** Sends an attempt that was recorded, under the same Flink job ID. */
  | { type: 'REPEAT'; attempt: number }
  /** Records an attempt that fails before anything is sent. */
  | { type: 'REFUSE'; outcome: AttemptOutcome }
  | { type: 'CANCEL'; flinkJobId: string }
  /** Ends main() of an attempt that is given up. */
  | { type: 'INTERRUPT'; attempt: number }
  /** Ends an attempt that was recorded: it must not be sent any more. */
  | { type: 'ABANDON'; attempt: number; outcome: AttemptOutcome }
  /** Takes an attempt that has ended away from the operator that has submitted it. */
  | { type: 'WITHDRAW' }
  /** Deletes what earlier attempts saved, now that the latest has saved something of its own. */
  | { type: 'TIDY'; attempts: number[] }
  | { type: 'FINISH_DELETION' }

export interface RunPlan {
  actions: RunAction[]
  again: number
}

const SOON = 100
const WAITING = 500
const LATER = 3_000

export function planRun(input: RunInput): RunPlan {
  const last = input.attempts.at(-1)
  // Before anything else is done about the job: what the operator still has it may start again.
  if (last?.phase === 'ENDED' && input.operator?.withdrawn === false)
    return { actions: [{ type: 'WITHDRAW' }], again: WAITING }
  if (input.resource.deletion) return planDeletion(input, last)
  if (last?.phase === 'ENDED' && last.outcome?.result !== 'LOST') return { actions: [], again: 60_000 }
  if (!last || last.phase === 'ENDED') return planSubmission(input)
  if (last.phase === 'SUBMITTING') return planUnanswered(input, last)
  const earlier = input.attempts.slice(0, -1).map((attempt) => attempt.n)
  // The first checkpoint after a restore is a full one (Flink's NO_CLAIM mode): from then on nothing refers to older
  // ones.
  const tidy = last.lastCheckpoint && earlier.length > 0 && !input.tidied
  return { actions: tidy ? [{ type: 'TIDY', attempts: earlier }] : [], again: pace(input, last) }
}

/**
 * Observed closely while it comes up; one that has been waiting for a minute, for slots say, waits on at a slower pace.
 */
function pace(input: RunInput, last: JobAttempt): number {
  if (input.resource.state === 'RUNNING') return LATER
  return input.now - Date.parse(last.createdAt) < 60_000 ? SOON : WAITING * 2
}

function planSubmission(input: RunInput): RunPlan {
  const { start } = input
  if (!input.ready || !start) return { actions: [], again: WAITING }
  const jar = planJar(input, (outcome) => ({ type: 'REFUSE', outcome }))
  if (jar) return jar
  if (start.kind === 'LOST_STATE') {
    return {
      actions: [{ type: 'REFUSE', outcome: { result: 'FAILED', code: 'RESTORE_FAILED', message: start.message } }],
      again: SOON,
    }
  }
  if (input.blockedBy !== undefined) return { actions: [], again: WAITING }
  const from = start.kind === 'FROM' ? { startedFrom: start.location } : {}
  const how = isSuspect(input.attempts) ? { alone: true as const } : {}
  return { actions: [{ type: 'SUBMIT', ...from, ...how }], again: SOON }
}

/** What is still to be done before the job's own jar is there; undefined when it is, or when there is none. */
function planJar(
  { resource, staged, operator, now }: RunInput,
  giveUp: (outcome: AttemptOutcome) => RunAction,
): RunPlan | undefined {
  if (resource.spec.job.jarUri === undefined || operator || staged?.state === 'READY') return undefined
  if (staged?.state === 'STAGING') return { actions: [], again: WAITING }
  if (staged?.state === 'FAILED') {
    if (staged.retryAt === undefined) return { actions: [giveUp(staged.outcome)], again: SOON }
    if (staged.retryAt > now) return { actions: [], again: staged.retryAt - now }
  }
  return { actions: [{ type: 'STAGE' }], again: WAITING }
}

/**
 * Recorded, and Flink's answer is not known: either this server waits for it, or an earlier one did not live to read
 * it. This one may not have the job's own jar yet.
 */
function planUnanswered(input: RunInput, last: JobAttempt): RunPlan {
  // The answer wakes the cycle.
  if (input.inFlight) return { actions: [], again: pace(input, last) }
  if (!input.ready || input.flinkJob !== 'MISSING') return { actions: [], again: SOON }
  return (
    planJar(input, (outcome) => ({ type: 'ABANDON', attempt: last.n, outcome })) ?? {
      actions: [{ type: 'REPEAT', attempt: last.n }],
      again: SOON,
    }
  )
}

const DELETED: AttemptOutcome = { result: 'CANCELED', message: 'given up because the job is deleted' }

function planDeletion(input: RunInput, last: JobAttempt | undefined): RunPlan {
  const done: RunPlan = { actions: [{ type: 'FINISH_DELETION' }], again: LATER }
  const givenUp = input.resource.deletion?.force || isOverdue(input)
  if (!last || last.phase === 'ENDED') return input.inFlight && !givenUp ? { actions: [], again: SOON } : done
  const { flinkJob } = input
  const runs =
    input.ready &&
    flinkJob !== undefined &&
    flinkJob !== 'MISSING' &&
    flinkJob.state !== 'CANCELLING' &&
    !isTerminal(flinkJob.state)
  const cancel: RunAction[] = runs ? [{ type: 'CANCEL', flinkJobId: last.flinkJobId }] : []
  const interrupt: RunAction[] = mayBeInterrupted(input, last) ? [{ type: 'INTERRUPT', attempt: last.n }] : []
  // Not waited for: whatever of it shows up later is canceled as abandoned.
  if (input.resource.deletion?.force)
    return { actions: [...interrupt, ...cancel, { type: 'ABANDON', attempt: last.n, outcome: DELETED }], again: 0 }
  if (interrupt.length > 0 || cancel.length > 0) return { actions: [...interrupt, ...cancel], again: SOON * 2 }
  // Recorded but unknown to Flink, and nobody is sending it (or it can be withdrawn): it must not be sent any more.
  const stoppable = !input.inFlight || input.operator || givenUp
  if (input.ready && flinkJob === 'MISSING' && stoppable)
    return { actions: [{ type: 'ABANDON', attempt: last.n, outcome: DELETED }], again: 0 }
  return { actions: [], again: SOON * 2 }
}

/** An interrupted main() that has not returned by then can't be interrupted. It starts no job any more: it may stay. */
const INTERRUPT_GRACE_MS = 3_000

const isOverdue = ({ interruptedAt, now }: RunInput): boolean =>
  interruptedAt !== undefined && now - interruptedAt >= INTERRUPT_GRACE_MS

/** Its main() may run, and the runner that called it can end it. */
function mayBeInterrupted(input: RunInput, last: JobAttempt): boolean {
  const { resource, generations, cluster, inFlight, operator, interruptedAt } = input
  const live = liveGeneration(generations)
  return (
    interruptedAt === undefined &&
    (inFlight || last.phase === 'SUBMITTING') &&
    !operator &&
    cluster?.phase === 'UP' &&
    live?.generation === last.generation &&
    cluster.incarnation === last.incarnation &&
    runnerCalls(resource.spec.job, live.spec)
  )
}

/** A checkpoint folder as it was found. undefined: it can't be read from here. */
export type FoundCheckpoints = readonly { id: number; location: string }[] | undefined

/**
 * Where the next attempt starts. `found(n)` are the complete checkpoints of attempt n, newest first. An attempt that
 * made none stands where it was started from, which may be an earlier attempt's checkpoint.
 */
export function startPoint(
  { spec }: RunResource,
  attempts: readonly JobAttempt[],
  found: (n: number) => FoundCheckpoints,
): StartPoint {
  const last = attempts.at(-1)
  if (!last) {
    const initial = spec.job.initialSavepoint
    return initial && 'location' in initial ? { kind: 'FROM', location: initial.location } : { kind: 'EMPTY' }
  }
  const checkpoints = found(last.n)
  const newest = checkpoints?.[0]
  if (newest) return { kind: 'FROM', location: newest.location }
  if (last.lastCheckpoint) {
    if (checkpoints === undefined) return { kind: 'FROM', location: last.lastCheckpoint }
    return {
      kind: 'LOST_STATE',
      message:
        `its latest checkpoint ${last.lastCheckpoint} is no longer there, and no other one of attempt ${last.n} is ` +
        'complete. It is not started empty by itself: put the checkpoint back, or delete the job and create it anew',
    }
  }
  return last.startedFrom ? { kind: 'FROM', location: last.startedFrom } : { kind: 'EMPTY' }
}
