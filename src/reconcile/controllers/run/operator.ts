/**
 * Runs that the target's operator submits: handing an attempt over. From the moment that Flink has the job, it is
 * followed like any other; only it has the Flink job ID that the operator chose, and is withdrawn from there when it
 * ends.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { Generation, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { Failure } from '../../../domain/failure.ts'
import type { RunResource } from '../../../domain/resource.ts'
import { saysRestoreFailed } from '../../../domain/run/facts.ts'
import { type FlinkRest, FlinkRestError } from '../../../flink/rest.ts'
import type { OperatorJob, OperatorJobs, Runtime } from '../../../runtimes/runtime.ts'
import { type AttemptChange, failed } from './send.ts'

/** Present for a job that the operator submits. */
export function operatorOf(runtime: Runtime, { spec: { job } }: RunResource): OperatorJobs | undefined {
  return job.jarUri !== undefined && runtime.operatorJobs?.takes(job.jarUri) ? runtime.operatorJobs : undefined
}

/** What could not be asked for is asked for again, but not without end at once. */
const AGAIN_AFTER_MS = 1_000

export interface Handover {
  operator: OperatorJobs
  resource: RunResource
  attempt: JobAttempt
  generation: Generation
  flink: FlinkRest
  stop: AbortSignal
  clock: Clock
  deadlineMs: number
}

/**
 * Answers what is to be written of the attempt; undefined where it is to be handed over once more, which changes
 * nothing.
 */
export async function handOver(handover: Handover): Promise<AttemptChange | undefined> {
  const { operator, attempt, generation, flink, stop, clock, deadlineMs } = handover
  const deadline = new AbortController()
  const cancelTimer = clock.after(deadlineMs, () => deadline.abort())
  try {
    const answer = await operator.submit(generation, operatorJob(handover), {
      signal: AbortSignal.any([deadline.signal, stop]),
      isKnown: (id) => isKnown(flink, id),
    })
    if (stop.aborted) return undefined
    if ('flinkJobId' in answer) return { phase: 'SUBMITTED', flinkJobId: answer.flinkJobId }
    if (deadline.signal.aborted)
      return failed('JOB_SUBMISSION_TIMEOUT', `it did not run after ${deadlineMs / 1000} s: ${answer.refused}`)
    const restore = attempt.startedFrom !== undefined && saysRestoreFailed(answer.refused)
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

function operatorJob({ resource, attempt, generation }: Handover): OperatorJob {
  const { flinkConfiguration, job } = resource.spec
  const { jarUri = '', entryClass, args, allowNonRestoredState } = job
  return {
    job: resource.id,
    attempt: attempt.n,
    jarUri,
    args,
    parallelism: parallelismOf(resource, generation),
    flinkConfiguration,
    ...defined({ entryClass, startedFrom: attempt.startedFrom, allowNonRestoredState }),
  }
}

/** As Flink has it: the job's own word, the cluster's, 1. */
function parallelismOf({ spec }: RunResource, generation: Generation): number {
  const key = 'parallelism.default'
  const parallelism = Number(spec.flinkConfiguration[key] ?? generation.spec.flinkConfiguration[key])
  return Number.isInteger(parallelism) && parallelism > 0 ? parallelism : 1
}

/** A JobManager that does not answer may know it: the next observation tells. */
async function isKnown(flink: FlinkRest, id: string): Promise<boolean> {
  try {
    return await flink.hasJob(id)
  } catch (error) {
    if (error instanceof FlinkRestError) return false
    throw error
  }
}
