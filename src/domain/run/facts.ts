/**
 * What an observation establishes about a run's latest attempt: Flink has it, Flink ended it, its JobManager is gone.
 * Pure; the reconciler writes these facts down before it plans from them.
 */

import { isoTime } from '../clock.ts'
import type { AttemptOutcome, Generation, JobAttempt } from '../cluster.ts'
import { defined } from '../defined.ts'
import type { NewEvent } from '../resource.ts'
import { type FlinkJobObservation, type RunInput, SUSPECTED } from './input.ts'
import { restartFacts } from './restarts.ts'

export interface RunFacts {
  change?: Partial<Pick<JobAttempt, 'phase' | 'outcome' | 'lastCheckpoint' | 'restarts'>>
  events: NewEvent[]
}

const TERMINAL: Record<string, AttemptOutcome['result']> = {
  FINISHED: 'FINISHED',
  CANCELED: 'CANCELED',
  FAILED: 'FAILED',
}

/** The latest attempt, and the generation that it was sent to. */
interface Observed extends RunInput {
  attempt: JobAttempt
  generation: Generation | undefined
}

export function runFacts(input: RunInput): RunFacts {
  const attempt = input.attempts.at(-1)
  if (!attempt || attempt.phase === 'ENDED') return { events: [] }
  const generation = input.generations.find((known) => known.generation === attempt.generation)
  return factsOf({ ...input, attempt, generation, inFlight: isAwaited(input, attempt) })
}

/** The same input, with the facts in it: what status and plan are made from. */
export function withRunFacts(input: RunInput, { change }: RunFacts): RunInput {
  const last = input.attempts.at(-1)
  if (!last || !change) return input
  const changed = { ...last, ...change, ...(change.phase === 'ENDED' && { endedAt: isoTime(input.now) }) }
  return { ...input, attempts: [...input.attempts.slice(0, -1), changed] }
}

/**
 * Whether this server's wait for an answer counts. It does not where a JobManager ended while the operator was at it:
 * the operator would run main() again in the next one, and that one might end too.
 */
function isAwaited({ inFlight, operator, cluster }: RunInput, attempt: JobAttempt): boolean {
  return inFlight && !(operator && cluster && cluster.incarnation !== attempt.incarnation)
}

function factsOf(input: Observed): RunFacts {
  const { attempt, flinkJob } = input
  const gone = jobManagerGone(input)
  if (gone) return ended(attempt, attempt.phase === 'SUBMITTING' ? blame(gone, input) : { result: 'LOST', ...gone })
  if (flinkJob === undefined) return { events: [] }
  if (flinkJob === 'MISSING') return missing(input)
  const checkpoint = flinkJob.lastCheckpoint?.location
  const newer = checkpoint && checkpoint !== attempt.lastCheckpoint ? { lastCheckpoint: checkpoint } : {}
  if (awaitsAnswer(input, flinkJob))
    return Object.keys(newer).length > 0 ? { change: newer, events: [] } : { events: [] }
  const result = TERMINAL[flinkJob.state]
  const { restarts, events } = restartFacts(input, attempt, result !== undefined)
  const end = result && ended(attempt, outcomeOf(result, attempt, flinkJob))
  const taken = !end && attempt.phase === 'SUBMITTING' ? { phase: 'SUBMITTED' as const } : {}
  const change = { ...newer, ...defined({ restarts }), ...taken, ...end?.change }
  return {
    ...(Object.keys(change).length > 0 && { change }),
    events: [...events, ...(end?.events ?? [])],
  }
}

/** A main() whose job has run that long is not what ends a JobManager. */
const PROVEN_AFTER_MS = 60_000
/** The runner cancels a job that main() should not leave behind before it answers. */
const ANSWER_AFTER_END_MS = 10_000

/**
 * While main() still runs, the answer to its submission decides: a job it has started may be one it should not leave
 * behind, and a second one may come. One that waits for its job's results may run for as long as that job does.
 */
function awaitsAnswer(input: Observed, { state }: FlinkJobObservation): boolean {
  if (!input.inFlight) return false
  const { now, operator, runningSince = now, endedSince = now } = input
  if (operator || TERMINAL[state] === 'FINISHED') return true
  if (TERMINAL[state] !== undefined) return now - endedSince < ANSWER_AFTER_END_MS
  return now - runningSince < PROVEN_AFTER_MS
}

/** How long an observation that says the same changes nothing while this server waits for an answer. */
export function awaitedFor({ operator, now, runningSince, endedSince }: RunInput): number {
  if (operator) return Infinity
  const proven = runningSince === undefined ? Infinity : runningSince + PROVEN_AFTER_MS - now
  const given = endedSince === undefined ? Infinity : endedSince + ANSWER_AFTER_END_MS - now
  return Math.max(0, Math.min(proven > 0 ? proven : Infinity, given > 0 ? given : Infinity))
}

interface Loss {
  code: string
  message: string
  innocent: boolean
}

/** Why the attempt's JobManager is no more, if so. `innocent`: its end has nothing to do with what ran in it. */
function jobManagerGone(input: Observed): Loss | undefined {
  const { attempt, generation, cluster } = input
  if (!generation) return { code: 'JOB_MANAGER_LOST', message: 'its cluster is gone', innocent: true }
  if (generation.end) {
    const innocent = generation.end.code !== 'JOB_MANAGER_LOST'
    return { code: generation.end.code, message: generation.end.message, innocent }
  }
  if (
    cluster?.phase === 'UP' &&
    cluster.incarnation !== attempt.incarnation &&
    !(cluster.recovers && mayBeRecovered(input))
  ) {
    return { code: 'JOB_MANAGER_LOST', message: 'its JobManager was replaced', innocent: false }
  }
  return undefined
}

/**
 * Flink brings back every job that it has taken; one whose main() still ran when the JobManager ended was not taken
 * yet.
 */
function mayBeRecovered({ attempt, flinkJob, inFlight }: Observed): boolean {
  return attempt.phase !== 'SUBMITTING' || inFlight || flinkJob !== 'MISSING'
}

/**
 * A JobManager that dies while main() runs in it: that job is not sent to another one. Where several ran, each is sent
 * once more without company: docs/decisions/attempts-and-blame.md.
 */
function blame(loss: Loss, { unsent, host, attempt }: Observed): AttemptOutcome {
  if (loss.innocent || unsent) return { result: 'LOST', code: loss.code, message: loss.message }
  if (attempt.company === 'OTHERS')
    return {
      result: 'LOST',
      code: SUSPECTED,
      message: `main() of this job and of others ran when its JobManager ended (${loss.message}); it runs alone now`,
    }
  return {
    result: 'FAILED',
    code: 'JOB_KILLED_JOB_MANAGER',
    message:
      `the JobManager ended while main() of this job ran in it (${loss.message}). It is not submitted again, so that ` +
      `it cannot take the ${host.kind} down twice: look for System.exit or too little memory for main(), ` +
      'then create the job anew',
  }
}

function missing(input: Observed): RunFacts {
  // A job that is only about to be submitted is missing by right; one observation is no proof either.
  if (input.attempt.phase !== 'SUBMITTED' || input.inFlight || !input.missingBefore) return { events: [] }
  return ended(input.attempt, {
    result: 'FAILED',
    code: 'JOB_OUTCOME_UNKNOWN',
    message:
      'Flink no longer knows this job, so how it ended is unknown; it is not submitted again by itself, since its ' +
      'work may be done',
  })
}

const RESTORE_WORDS = [
  'Could not restore',
  'Failed to restore',
  'Failed to rollback to checkpoint/savepoint',
  'Cannot find checkpoint or savepoint',
  'could not be restored',
  'Cannot map checkpoint/savepoint state',
  'StateMigrationException',
]

/** Whether Flink's words say that a start from saved state failed. */
export const saysRestoreFailed = (message: string): boolean => RESTORE_WORDS.some((words) => message.includes(words))

function outcomeOf(result: AttemptOutcome['result'], attempt: JobAttempt, job: FlinkJobObservation): AttemptOutcome {
  if (result !== 'FAILED') return { result }
  const cause = job.rootException ?? 'Flink gave no reason'
  const restore = attempt.startedFrom !== undefined && job.restoreFailed
  return restore
    ? { result, code: 'RESTORE_FAILED', message: `could not be started from ${attempt.startedFrom}: ${cause}` }
    : { result, code: 'JOB_FAILED', message: cause }
}

const EVENTS: Record<AttemptOutcome['result'], { severity: NewEvent['severity']; reason: string; text: string }> = {
  FINISHED: { severity: 'INFO', reason: 'JobFinished', text: 'finished' },
  CANCELED: { severity: 'WARNING', reason: 'JobCanceled', text: 'was canceled' },
  FAILED: { severity: 'WARNING', reason: 'JobFailed', text: 'failed' },
  LOST: { severity: 'WARNING', reason: 'JobLost', text: 'lost its JobManager and is started again' },
}

export function outcomeEvent(attempt: Pick<JobAttempt, 'n' | 'flinkJobId'>, outcome: AttemptOutcome): NewEvent {
  const { severity, reason, text } = EVENTS[outcome.result]
  const why = outcome.message ? `: ${outcome.message}` : ''
  const message = `attempt ${attempt.n} (Flink job ${attempt.flinkJobId}) ${text}${why}`
  return { severity, reason, message, key: `attempt:${attempt.n}:ended` }
}

function ended(attempt: JobAttempt, outcome: AttemptOutcome & { innocent?: boolean }): RunFacts {
  const { innocent: _, ...stored } = outcome
  return { change: { phase: 'ENDED', outcome: stored }, events: [outcomeEvent(attempt, stored)] }
}
