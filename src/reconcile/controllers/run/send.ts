/**
 * Sends one attempt to Flink, which runs main() for as long as that takes, and says what the answer means. It writes
 * nothing: submissions.ts does.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { AttemptOutcome, Generation, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { parseDuration } from '../../../domain/duration.ts'
import { Failure } from '../../../domain/failure.ts'
import type { RunResource } from '../../../domain/resource.ts'
import { saysRestoreFailed } from '../../../domain/run/facts.ts'
import { type MainCall, plainCall, runnerAnswer, runnerCall, runnerCalls } from '../../../domain/run/runner.ts'
import { isTerminal } from '../../../domain/run/state.ts'
import { submissionMessage } from '../../../domain/run/submission-words.ts'
import { isMainFailure } from '../../../flink/failures.ts'
import { emptyJar } from '../../../flink/jar.ts'
import { type FlinkRest, FlinkRestError } from '../../../flink/rest.ts'
import type { JarSource } from '../../../runtimes/runtime.ts'
import { EMPTY_JAR, ownJar } from './uploads.ts'

export interface SendOptions {
  clock: Clock
  /** How long main() may run that only Flink itself calls, where the job does not say. */
  deadlineMs: number
  /** Named moments, as in the cycle. */
  passed(step: 'uploaded' | 'answered'): void
}

export interface AttemptChange {
  phase: 'SUBMITTED' | 'ENDED'
  /** Where it is not the one that the attempt was recorded with. */
  flinkJobId?: string
  outcome?: AttemptOutcome
}

export const failed = (code: string, message: string): AttemptChange => ({
  phase: 'ENDED',
  outcome: { result: 'FAILED', code, message },
})

export interface Sending {
  resource: RunResource
  attempt: JobAttempt
  /** The host's, that the attempt is sent to. */
  generation: Generation
  flink: FlinkRest
  /** Nobody can have sent it before. */
  first: boolean
  /** The job's own jar. */
  jar?: JarSource
  /** Why main() can't even begin, for people; only where nobody can have begun it before. */
  check(): Promise<string | undefined>
  stop: AbortSignal
  /** From now on main() may run. */
  onRun(): void
}

/** Answers what is to be written of the attempt; undefined where only the next observation can tell. */
export async function send(options: SendOptions, sending: Sending): Promise<AttemptChange | undefined> {
  const { attempt, flink, first, stop } = sending
  const { job } = sending.resource.spec
  const byRunner = runnerCalls(job, sending.generation.spec)
  const deadline = new AbortController()
  const deadlineMs = deadlineOf(options, sending, byRunner)
  const cancelTimer = deadlineMs === undefined ? undefined : options.clock.after(deadlineMs, () => deadline.abort())
  const end = AbortSignal.any([deadline.signal, stop])
  try {
    const problem = await sending.check()
    if (problem !== undefined) return failed('ENTRY_CLASS_MISSING', problem)
    await run(options, sending, byRunner ? runnerCall(job, attempt.flinkJobId) : plainCall(job), end)
    return { phase: 'SUBMITTED' }
  } catch (error) {
    if (stop.aborted) return undefined
    if (deadlineMs !== undefined && deadline.signal.aborted)
      return failed('JOB_SUBMISSION_TIMEOUT', timeoutMessage(deadlineMs))
    // The JobManager itself could not get the jar.
    if (error instanceof Failure) return failed(error.code, error.message)
    if (!(error instanceof FlinkRestError)) throw error
    if (error.kind === 'DUPLICATE')
      return first ? await secondJob(attempt, flink) : await untilObserved(options.clock, attempt, flink, end)
    if (error.kind !== 'REFUSED') return undefined
    return (byRunner && answered(error)) || (await refused(attempt, flink, error))
  } finally {
    cancelTimer?.()
  }
}

/** The runner ends main() itself; what Flink calls directly nobody can end, and only the waiting has an end. */
function deadlineOf({ deadlineMs }: SendOptions, { resource }: Sending, byRunner: boolean): number | undefined {
  if (byRunner) return undefined
  const { mainTimeout } = resource.spec.job
  return (mainTimeout === undefined ? undefined : parseDuration(mainTimeout)) ?? deadlineMs
}

/** Uploads what is needed and has main() run. */
async function run(options: SendOptions, sending: Sending, call: MainCall, end: AbortSignal): Promise<void> {
  const { attempt, flink, resource } = sending
  const jarId = await jarThere(options.clock, sending, end)
  options.passed('uploaded')
  sending.onRun()
  const { flinkConfiguration, job } = resource.spec
  const { allowNonRestoredState } = job
  const request = {
    jobId: attempt.flinkJobId,
    flinkConfiguration,
    ...defined({ savepointPath: attempt.startedFrom, allowNonRestoredState }),
  }
  try {
    await flink.runJar(jarId, { ...request, ...call }, end)
  } catch (error) {
    if (!(error instanceof FlinkRestError) || runnerAnswer(error.errors)?.kind !== 'NO_RUNNER') throw error
    // An image without it, say. Nothing has run yet.
    await flink.runJar(jarId, { ...request, ...plainCall(job) }, end)
  }
}

const FETCH_TRIES = 5

/** The ID of the jar in the JobManager. */
async function jarThere(clock: Clock, { attempt, flink, jar }: Sending, end: AbortSignal): Promise<string> {
  if (!jar) return flink.uploadJar(EMPTY_JAR, emptyJar())
  const name = ownJar(attempt.flinkJobId)
  if (jar.path !== undefined) return flink.uploadJar(name, jar)
  for (let tried = 1; ; tried += 1) {
    try {
      return await jar.intoJobManager(flink, name, end)
    } catch (error) {
      if (!(error instanceof Failure) || !error.retryable || tried >= FETCH_TRIES || end.aborted) throw error
      await new Promise<void>((resolve) => clock.after(1_000 * 2 ** tried, resolve))
    }
  }
}

const ASK_AGAIN_MS = 200

/**
 * Flink has or had a job of our own ID: an earlier try got through, and its answer was lost. It may still be on its way
 * through that main(), and is not to be taken for missing then.
 */
async function untilObserved(
  clock: Clock,
  attempt: JobAttempt,
  flink: FlinkRest,
  end: AbortSignal,
): Promise<AttemptChange | undefined> {
  try {
    while (!(await flink.hasJob(attempt.flinkJobId)) && !end.aborted)
      await new Promise<void>((resolve) => clock.after(ASK_AGAIN_MS, resolve))
    return { phase: 'SUBMITTED' }
  } catch (error) {
    if (error instanceof FlinkRestError) return undefined
    throw error
  }
}

/** Nobody has sent that ID before: it is main() that has used it twice, from another environment. */
async function secondJob(attempt: JobAttempt, flink: FlinkRest): Promise<AttemptChange | undefined> {
  try {
    if (await flink.hasJob(attempt.flinkJobId)) await flink.cancel(attempt.flinkJobId)
  } catch (error) {
    if (error instanceof FlinkRestError && error.kind === 'UNREACHABLE') return undefined
    throw error
  }
  return failed(
    'SEVERAL_JOBS',
    'main() started a second job, and a session job is one job; the first was canceled. Create one session job for each',
  )
}

const timeoutMessage = (ms: number): string =>
  `main() had not returned after ${ms / 1000} s. It still runs in the JobManager, where it can't be stopped; ` +
  'a job that it starts later is canceled'

/** What the runner says in place of Flink; what main() had started is canceled by then. */
function answered(error: FlinkRestError): AttemptChange | undefined {
  const answer = runnerAnswer(error.errors)
  if (answer?.kind === 'RETURNED') return { phase: 'SUBMITTED' }
  if (answer?.kind === 'SEVERAL_JOBS') return failed('SEVERAL_JOBS', answer.message)
  if (answer?.kind === 'ENTRY_CLASS') return failed('ENTRY_CLASS_MISSING', answer.message)
  if (answer?.kind === 'MAIN_TIMEOUT') return failed('JOB_SUBMISSION_TIMEOUT', answer.message)
  if (answer?.kind === 'MAIN_INTERRUPTED')
    return { phase: 'ENDED', outcome: { result: 'CANCELED', message: answer.message } }
  return undefined
}

/** main() failed. A job that it had started before is not left behind. */
async function refused(
  attempt: JobAttempt,
  flink: FlinkRest,
  error: FlinkRestError,
): Promise<AttemptChange | undefined> {
  try {
    const left = (await flink.hasJob(attempt.flinkJobId)) ? await flink.job(attempt.flinkJobId) : undefined
    const runs = left && !isTerminal(left.state)
    // Flink was too slow to say that it has the job, or said something else that main() has no part in: the job stands.
    if (runs && !isMainFailure(error)) return { phase: 'SUBMITTED' }
    if (runs) await flink.cancel(attempt.flinkJobId)
  } catch (askError) {
    // The JobManager ended under main(): who is to blame is settled by the next observation.
    if (askError instanceof FlinkRestError && askError.kind === 'UNREACHABLE') return undefined
    throw askError
  }
  const words = [error.message, ...error.errors].join('\n')
  const code =
    attempt.startedFrom !== undefined && saysRestoreFailed(words) ? 'RESTORE_FAILED' : 'JOB_SUBMISSION_FAILED'
  return failed(code, submissionMessage(error.message))
}
