/** What callers see of a session job: Flink's word translated, and why it is as it is. Pure. */
import { isoTime } from './clock.ts'
import type { JobAttempt } from './cluster.ts'
import type { FlinkJobObservation } from './job-facts.ts'
import type { StagedJar } from './job-plan.ts'
import { jobWord } from './job-state.ts'
import type { JobResource, SessionResource } from './resource.ts'
import { conditions } from './session-status.ts'
import type { State, Status, StatusError } from './status.ts'

export interface JobStatusInput {
  job: JobResource
  session: SessionResource
  attempts: readonly JobAttempt[]
  flinkJob?: FlinkJobObservation | 'MISSING'
  /** Subtasks by state, over all vertices. */
  tasks: Record<string, number>
  jobType?: string
  inFlight: boolean
  /** Another job of the session whose main() runs. */
  ahead?: string
  staged?: StagedJar
  /** Present where an operator submits the job: what its withdrawal waits for. */
  operator?: { waitingOn?: string }
  /** Flink (or, without a live cluster, the store alone) could be asked. */
  seen: boolean
  now: number
}

export function jobStatus(input: JobStatusInput): { state: State; status: Status } {
  const { job, flinkJob, attempts } = input
  const last = attempts.at(-1)
  const { state, detail } = stateAndDetail(input, last)
  const error = currentError(input, last)
  const { error: _, ...kept } = job.status
  const status: Status = { ...kept, ...(error && { error }), detail, restarts: Math.max(0, attempts.length - 1) }
  if (flinkJob && flinkJob !== 'MISSING') {
    status.jobState = flinkJob.state
    status.flinkJobName = flinkJob.name
    const { lastCheckpoint } = flinkJob
    if (lastCheckpoint) status.lastCheckpoint = { ...lastCheckpoint, completedAt: isoTime(lastCheckpoint.completedAt) }
  } else if (last?.phase === 'ENDED' && last.outcome && last.outcome.result !== 'LOST') {
    status.jobState = last.outcome.result
  } else if (input.seen) {
    delete status.jobState
  }
  if (input.session.status.flinkVersion) status.flinkVersion = input.session.status.flinkVersion
  if (input.seen) status.observedAt = isoTime(input.now)
  status.conditions = conditions(job.status.conditions, state, status, isoTime(input.now))
  return { state, status }
}

function stateAndDetail(input: JobStatusInput, last: JobAttempt | undefined): { state: State; detail: string } {
  const { job, session, flinkJob } = input
  if (job.deletion) {
    if (input.operator?.waitingOn !== undefined)
      return { state: 'DELETING', detail: `waiting for ${input.operator.waitingOn}` }
    return {
      state: 'DELETING',
      detail: input.inFlight ? 'waiting for main() to return' : 'waiting for Flink to end the job',
    }
  }
  if (last?.phase === 'ENDED' && last.outcome && last.outcome.result !== 'LOST') return ENDED[last.outcome.result]
  if (last && last.phase !== 'ENDED') {
    if (input.inFlight)
      return {
        state: 'PENDING',
        detail: input.operator ? 'being submitted by the Flink operator' : 'main() runs in the JobManager',
      }
    if (flinkJob && flinkJob !== 'MISSING') {
      return jobWord({
        flinkState: flinkJob.state,
        tasks: input.tasks,
        ...(input.jobType !== undefined && { jobType: input.jobType }),
      })
    }
    // It was running when it was last seen, and nothing says otherwise.
    if (!input.seen) return { state: job.state, detail: 'the JobManager does not answer at the moment' }
    return { state: 'PENDING', detail: last.phase === 'SUBMITTING' ? 'being submitted' : 'waiting for the JobManager' }
  }
  const again = last ? 'to go on from its latest checkpoint' : 'to be submitted'
  if (session.state === 'FAILED')
    return { state: 'FAILED', detail: `its session failed; ${session.status.error?.message ?? ''}`.trim() }
  if (input.staged?.state === 'STAGING') return { state: 'PENDING', detail: input.staged.detail }
  if (input.ahead !== undefined)
    return { state: 'PENDING', detail: `waiting ${again}: main() of "${input.ahead}" has to return first` }
  return {
    state: 'PENDING',
    detail: `waiting ${again}: its session is ${session.deletion ? 'DELETING' : session.state}`,
  }
}

const ENDED: Record<'FINISHED' | 'CANCELED' | 'FAILED', { state: State; detail: string }> = {
  FINISHED: { state: 'FINISHED', detail: 'finished' },
  CANCELED: { state: 'CANCELED', detail: 'canceled, but not from here' },
  FAILED: { state: 'FAILED', detail: 'failed; status.error says why' },
}

function currentError(input: JobStatusInput, last: JobAttempt | undefined): StatusError | undefined {
  const { flinkJob, session, now } = input
  const outcome = last?.outcome
  if (last && outcome?.result === 'FAILED') {
    return {
      code: outcome.code ?? 'JOB_FAILED',
      message: outcome.message ?? 'failed',
      at: last.endedAt ?? isoTime(now),
    }
  }
  if (flinkJob && flinkJob !== 'MISSING' && flinkJob.state === 'RESTARTING' && flinkJob.rootException) {
    return { code: 'JOB_RESTARTING', message: flinkJob.rootException, at: isoTime(now) }
  }
  if (input.staged?.state === 'FAILED') {
    const { outcome: why, retryAt } = input.staged
    return {
      code: why.code ?? 'FILE_UNAVAILABLE',
      message: why.message ?? '',
      at: isoTime(now),
      ...(retryAt !== undefined && { retryAt: isoTime(retryAt) }),
    }
  }
  const waits = !last || outcome?.result === 'LOST'
  if (waits && session.state === 'FAILED' && session.status.error) {
    return { ...session.status.error, message: `its session failed: ${session.status.error.message}` }
  }
  return undefined
}
