/**
 * What an observation establishes about a job's latest attempt: Flink has it, Flink ended it, its JobManager is gone.
 * Pure; the reconciler writes these facts down before it plans from them.
 */
import type { AttemptOutcome, Generation, JobAttempt } from './cluster.ts'
import type { ClusterObservation } from './observation.ts'
import type { NewEvent } from './resource.ts'

/** What Flink says of the attempt's job. MISSING: this JobManager answers and doesn't know it. */
export interface FlinkJobObservation {
  state: string
  name: string
  /** The root cause, in a line or two. */
  rootException?: string
  /** Flink's whole exception tells that saved state could not be restored. */
  restoreFailed?: boolean
  lastCheckpoint?: { id: number; location?: string; completedAt: number; sizeBytes?: number }
}

export interface JobFactsInput {
  attempt: JobAttempt
  /** The generation that the attempt was sent to. */
  generation?: Generation
  /** As seen now, if that generation has not ended. */
  cluster?: ClusterObservation
  flinkJob?: FlinkJobObservation | 'MISSING'
  /** A submission by this server is under way. */
  inFlight: boolean
  /** It is known that main() was never even asked for. */
  unsent: boolean
  /** The job was missing the last time too. */
  missingBefore: boolean
}

export interface JobFacts {
  change?: Partial<Pick<JobAttempt, 'phase' | 'outcome' | 'lastCheckpoint'>>
  events: NewEvent[]
}

const TERMINAL: Record<string, AttemptOutcome['result']> = {
  FINISHED: 'FINISHED',
  CANCELED: 'CANCELED',
  FAILED: 'FAILED',
}

export function jobFacts(input: JobFactsInput): JobFacts {
  const { attempt, flinkJob } = input
  if (attempt.phase === 'ENDED') return { events: [] }
  const gone = jobManagerGone(input)
  if (gone)
    return ended(attempt, attempt.phase === 'SUBMITTING' ? blame(gone, input.unsent) : { result: 'LOST', ...gone })
  if (flinkJob === undefined) return { events: [] }
  if (flinkJob === 'MISSING') return missing(input)
  // While main() still runs, the answer to its submission decides: a job it has started may be one it should not leave behind.
  if (input.inFlight) return { events: [] }
  const checkpoint = flinkJob.lastCheckpoint?.location
  const seen = checkpoint && checkpoint !== attempt.lastCheckpoint ? { lastCheckpoint: checkpoint } : {}
  const result = TERMINAL[flinkJob.state]
  if (result) return withChange(ended(attempt, outcomeOf(result, attempt, flinkJob)), seen)
  if (attempt.phase === 'SUBMITTING') return { change: { ...seen, phase: 'SUBMITTED' }, events: [] }
  return Object.keys(seen).length > 0 ? { change: seen, events: [] } : { events: [] }
}

const withChange = (facts: JobFacts, change: JobFacts['change']): JobFacts => ({
  ...facts,
  change: { ...facts.change, ...change },
})

interface Loss {
  code: string
  message: string
  innocent: boolean
}

/** Why the attempt's JobManager is no more, if so. `innocent`: its end has nothing to do with what ran in it. */
function jobManagerGone(input: JobFactsInput): Loss | undefined {
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

/** Flink brings back every job that it has taken; one whose main() still ran when the JobManager ended was not taken yet. */
function mayBeRecovered({ attempt, flinkJob, inFlight }: JobFactsInput): boolean {
  return attempt.phase !== 'SUBMITTING' || inFlight || flinkJob !== 'MISSING'
}

/** A JobManager that dies while main() runs in it: that job is not sent to another one. */
function blame(loss: Loss, unsent: boolean): AttemptOutcome {
  if (loss.innocent || unsent) return { result: 'LOST', code: loss.code, message: loss.message }
  return {
    result: 'FAILED',
    code: 'JOB_KILLED_JOB_MANAGER',
    message:
      `the JobManager ended while main() of this job ran in it (${loss.message}). It is not submitted again, so that it cannot ` +
      'take the session down twice: look for System.exit or too little memory for main(), then create the job anew',
  }
}

function missing(input: JobFactsInput): JobFacts {
  // A job that is only about to be submitted is missing by right; one look is no proof either.
  if (input.attempt.phase !== 'SUBMITTED' || input.inFlight || !input.missingBefore) return { events: [] }
  return ended(input.attempt, {
    result: 'FAILED',
    code: 'JOB_OUTCOME_UNKNOWN',
    message:
      'Flink no longer knows this job, so how it ended is unknown; it is not submitted again by itself, since its work may be done',
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

function outcomeOf(result: AttemptOutcome['result'], attempt: JobAttempt, seen: FlinkJobObservation): AttemptOutcome {
  if (result !== 'FAILED') return { result }
  const cause = seen.rootException ?? 'Flink gave no reason'
  const restore = attempt.startedFrom !== undefined && seen.restoreFailed
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

function ended(attempt: JobAttempt, outcome: AttemptOutcome & { innocent?: boolean }): JobFacts {
  const { innocent: _, ...stored } = outcome
  return { change: { phase: 'ENDED', outcome: stored }, events: [outcomeEvent(attempt, stored)] }
}
