/**
 * What is to be done for a run, from what is wanted, what was tried and what was observed. Pure.
 *
 * Two rules are held here: an attempt that may have reached Flink is never sent under another ID, and a job that has
 * saved state is never started without it.
 */
import { liveGeneration } from '../cluster/input.ts'
import type { AttemptOutcome, JobAttempt } from '../cluster.ts'
import type { RunResource } from '../resource.ts'
import { awaitedFor } from './facts.ts'
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
  /** When to observe again, in milliseconds, if nothing happens before. */
  again: number
  /** As in a cluster's plan: for how long the same observation of the same records means the same. */
  settledFor?: number
}

const SOON = 100
const WAITING = 500
const LATER = 3_000
/** Where nothing but another observation can make anything due. */
const AT_REST = 5_000

export function planRun(input: RunInput): RunPlan {
  const last = input.attempts.at(-1)
  // Before anything else is done about the job: what the operator still has it may start again.
  if (last?.phase === 'ENDED' && input.operator?.withdrawn === false)
    return { actions: [{ type: 'WITHDRAW' }], again: WAITING }
  if (input.resource.deletion) return planDeletion(input, last)
  if (last?.phase === 'ENDED' && last.outcome?.result !== 'LOST')
    return { actions: [], again: 60_000, settledFor: Infinity }
  if (!last || last.phase === 'ENDED') return planSubmission(input)
  if (last.phase === 'SUBMITTING') return planUnanswered(input, last)
  const earlier = input.attempts.slice(0, -1).map((attempt) => attempt.n)
  // The first checkpoint after a restore is a full one (Flink's NO_CLAIM mode): from then on nothing refers to older
  // ones.
  const tidy = last.lastCheckpoint && earlier.length > 0 && !input.tidied
  if (tidy) return { actions: [{ type: 'TIDY', attempts: earlier }], again: SOON }
  return { actions: [], ...(isSettled(input, last) ? pace(input, last) : { again: LATER }) }
}

/**
 * Nothing of it depends on time, or on what the last cycle found: no restart is to be counted or told of, no checkpoint
 * fails, the job is not missing.
 */
function isSettled({ flinkJob, checkpointTrouble, resource }: RunInput, { restarts }: JobAttempt): boolean {
  if (flinkJob === 'MISSING' || checkpointTrouble !== undefined) return false
  // A host that can't be asked leaves it unknown whether they still fail.
  if (flinkJob === undefined && resource.status.warnings !== undefined) return false
  return (
    restarts === undefined ||
    (restarts.over === true && restarts.recount === undefined && restarts.reported === restarts.count)
  )
}

const COMES_UP_MS = 60_000

/**
 * Observed closely while it comes up; one that has been waiting for a minute, for slots say, waits on at a slower pace.
 */
function pace(input: RunInput, last: JobAttempt): Required<Pick<RunPlan, 'again' | 'settledFor'>> {
  if (input.resource.state === 'RUNNING') return { again: AT_REST, settledFor: Infinity }
  const left = Date.parse(last.createdAt) + COMES_UP_MS - input.now
  return left > 0 ? { again: SOON, settledFor: left } : { again: WAITING * 2, settledFor: Infinity }
}

function planSubmission(input: RunInput): RunPlan {
  const { start } = input
  // Its host is not ready: news of that are news for the run.
  if (!input.ready || !start) return { actions: [], again: WAITING, settledFor: Infinity }
  const jar = planJar(input, (outcome) => ({ type: 'REFUSE', outcome }))
  if (jar) return jar
  if (start.kind === 'LOST_STATE') {
    return {
      actions: [{ type: 'REFUSE', outcome: { result: 'FAILED', code: 'RESTORE_FAILED', message: start.message } }],
      again: SOON,
    }
  }
  // It is woken when its turn comes; that others have been at it for long wakes nobody.
  if (input.blockedBy !== undefined) return { actions: [], again: AT_REST }
  const from = start.kind === 'FROM' ? { startedFrom: start.location } : {}
  const how = isSuspect(input.attempts) ? { alone: true as const } : {}
  // The answer wakes the cycle, and most often comes before anybody wants to know that main() still runs.
  return { actions: [{ type: 'SUBMIT', ...from, ...how }], again: input.operator ? SOON : WAITING }
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
  if (input.inFlight) {
    const { again, settledFor } = pace(input, last)
    return { actions: [], again, settledFor: Math.min(settledFor, awaitedFor(input)) }
  }
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
