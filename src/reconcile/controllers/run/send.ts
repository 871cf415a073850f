/**
 * Sends one attempt to Flink, which runs main() for as long as that takes, and says what the answer means. It writes
 * nothing: submissions.ts does.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { AttemptOutcome, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import type { RunResource } from '../../../domain/resource.ts'
import { saysRestoreFailed } from '../../../domain/run/facts.ts'
import { isTerminal } from '../../../domain/run/state.ts'
import { submissionMessage } from '../../../domain/run/submission-words.ts'
import { isMainFailure } from '../../../flink/failures.ts'
import { emptyJar } from '../../../flink/jar.ts'
import { type FlinkRest, FlinkRestError, type RunJarRequest } from '../../../flink/rest.ts'

export interface SendOptions {
  clock: Clock
  /** How long main() may run. */
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
  flink: FlinkRest
  /** The job's own jar, as a file. */
  jar?: string
  /** Why main() can't even begin, for people; only where nobody can have begun it before. */
  check(): Promise<string | undefined>
  stop: AbortSignal
  /** From now on main() may run. */
  onRun(): void
}

/** Answers what is to be written of the attempt; undefined where only the next observation can tell. */
export async function send(options: SendOptions, sending: Sending): Promise<AttemptChange | undefined> {
  const { attempt, flink, jar, check, stop } = sending
  const deadline = new AbortController()
  const cancelTimer = options.clock.after(options.deadlineMs, () => deadline.abort())
  try {
    const problem = await check()
    if (problem !== undefined) return failed('ENTRY_CLASS_MISSING', problem)
    const jarId = jar
      ? await flink.uploadJar(`weir-${attempt.flinkJobId}.jar`, { path: jar })
      : await flink.uploadJar('weir-empty.jar', emptyJar())
    options.passed('uploaded')
    sending.onRun()
    await flink.runJar(jarId, requestOf(sending), AbortSignal.any([deadline.signal, stop]))
    return { phase: 'SUBMITTED' }
  } catch (error) {
    if (stop.aborted) return undefined
    if (deadline.signal.aborted) return failed('JOB_SUBMISSION_TIMEOUT', timeoutMessage(options.deadlineMs))
    if (!(error instanceof FlinkRestError)) throw error
    if (error.kind === 'DUPLICATE')
      return await untilObserved(options.clock, attempt, flink, AbortSignal.any([deadline.signal, stop]))
    if (error.kind !== 'REFUSED') return undefined
    return await refused(attempt, flink, error)
  } finally {
    cancelTimer()
  }
}

function requestOf({ resource: { spec }, attempt }: Sending): RunJarRequest {
  const { entryClass, args, allowNonRestoredState } = spec.job
  return {
    args,
    jobId: attempt.flinkJobId,
    flinkConfiguration: spec.flinkConfiguration,
    ...defined({ entryClass, savepointPath: attempt.startedFrom, allowNonRestoredState }),
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
    while (!(await flink.job(attempt.flinkJobId)) && !end.aborted)
      await new Promise<void>((resolve) => clock.after(ASK_AGAIN_MS, resolve))
    return { phase: 'SUBMITTED' }
  } catch (error) {
    if (error instanceof FlinkRestError) return undefined
    throw error
  }
}

const timeoutMessage = (ms: number): string =>
  `main() had not returned after ${ms / 1000} s. It still runs in the JobManager, where it can't be stopped; ` +
  'a job that it starts later is canceled'

/** main() failed. A job that it had started before is not left behind. */
async function refused(
  attempt: JobAttempt,
  flink: FlinkRest,
  error: FlinkRestError,
): Promise<AttemptChange | undefined> {
  try {
    const left = await flink.job(attempt.flinkJobId)
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
