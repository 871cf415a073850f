/**
 * Session jobs that the target's operator submits: handing an attempt over. From the moment that Flink has the job, it is
 * followed like any other; only it has the Flink job ID that the operator chose, and is withdrawn from there when it ends.
 */
import type { Clock } from '../domain/clock.ts'
import type { AttemptOutcome, Generation, JobAttempt } from '../domain/cluster.ts'
import { Failure } from '../domain/failure.ts'
import { saysRestoreFailed } from '../domain/job-facts.ts'
import type { JobResource } from '../domain/resource.ts'
import { type FlinkRest, FlinkRestError } from '../flink/rest.ts'
import type { OperatorJobs, Runtime } from '../runtimes/runtime.ts'

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

/** Present for a job that the operator submits. */
export function operatorOf(runtime: Runtime, { spec: { job } }: JobResource): OperatorJobs | undefined {
  return job.jarUri !== undefined && runtime.operatorJobs?.takes(job.jarUri) ? runtime.operatorJobs : undefined
}

/** What could not be asked for is asked for again, but not without end at once. */
const AGAIN_AFTER_MS = 1_000

export interface Handover {
  operator: OperatorJobs
  job: JobResource
  attempt: JobAttempt
  generation: Generation
  flink: FlinkRest
  stop: AbortSignal
  clock: Clock
  deadlineMs: number
}

/** Answers what is to be written of the attempt; undefined where it is to be handed over once more, which changes nothing. */
export async function handOver({
  operator,
  job,
  attempt,
  generation,
  flink,
  stop,
  clock,
  deadlineMs,
}: Handover): Promise<AttemptChange | undefined> {
  const deadline = new AbortController()
  const cancelTimer = clock.after(deadlineMs, () => deadline.abort())
  const { jarUri = '', entryClass, args, allowNonRestoredState } = job.spec.job
  const { startedFrom } = attempt
  try {
    const answer = await operator.submit(
      generation,
      {
        job: job.id,
        attempt: attempt.n,
        jarUri,
        args,
        parallelism: parallelismOf(job, generation),
        flinkConfiguration: job.spec.flinkConfiguration,
        ...(entryClass !== undefined && { entryClass }),
        ...(startedFrom !== undefined && { startedFrom }),
        ...(allowNonRestoredState !== undefined && { allowNonRestoredState }),
      },
      { signal: AbortSignal.any([deadline.signal, stop]), isKnown: (id) => isKnown(flink, id) },
    )
    if (stop.aborted) return undefined
    if ('flinkJobId' in answer) return { phase: 'SUBMITTED', flinkJobId: answer.flinkJobId }
    if (deadline.signal.aborted)
      return failed('JOB_SUBMISSION_TIMEOUT', `it did not run after ${deadlineMs / 1000} s: ${answer.refused}`)
    const restore = startedFrom !== undefined && saysRestoreFailed(answer.refused)
    return failed(restore ? 'RESTORE_FAILED' : 'JOB_SUBMISSION_FAILED', answer.refused)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (error.code !== 'RUNTIME_UNREACHABLE') return failed(error.code, error.message)
    await new Promise<void>((resolve) => clock.after(AGAIN_AFTER_MS, resolve))
    return undefined
  } finally {
    cancelTimer()
  }
}

/** As Flink has it: the job's own word, the cluster's, 1. */
function parallelismOf({ spec }: JobResource, generation: Generation): number {
  const key = 'parallelism.default'
  const parallelism = Number(spec.flinkConfiguration[key] ?? generation.spec.flinkConfiguration[key])
  return Number.isInteger(parallelism) && parallelism > 0 ? parallelism : 1
}

/** A JobManager that does not answer may know it: the next look tells. */
async function isKnown(flink: FlinkRest, id: string): Promise<boolean> {
  try {
    return (await flink.job(id)) !== undefined
  } catch (error) {
    if (error instanceof FlinkRestError) return false
    throw error
  }
}
