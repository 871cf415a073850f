/** What callers see of a run: Flink's word translated, and why it is as it is. Pure. */
import { isoTime } from '../clock.ts'
import type { JobAttempt } from '../cluster.ts'
import { jobWarnings } from '../configuration-warnings.ts'
import { defined } from '../defined.ts'
import type { ClusterKind } from '../kinds.ts'
import { conditions, type Reported } from '../reported.ts'
import { keepsCluster, stateOf } from '../resource.ts'
import type { State, Status, StatusError } from '../status.ts'
import { endOf, isObserved, type RunInput } from './input.ts'
import { why } from './restart-events.ts'
import { flinkRestarts } from './restarts.ts'
import { isTerminal, jobWord } from './state.ts'

/** What a run calls the resource that keeps its cluster. */
const HOST = { session: 'its session', application: 'its cluster' } as const satisfies Record<ClusterKind, string>

export function runStatus(input: RunInput): Reported {
  const { resource, flinkJob, attempts } = input
  const observed = isObserved(input)
  const end = endOf(attempts)
  const last = attempts.at(-1)
  const { state, detail } = stateAndDetail(input, last)
  const error = currentError(input, last)
  const { error: _, ...kept } = resource.status
  const restarts = Math.max(0, attempts.length - 1) + flinkRestarts(attempts)
  const status: Status = { ...kept, ...defined({ error }), detail, restarts }
  if (!keepsCluster(resource))
    warn(status, [...jobWarnings(resource.spec.flinkConfiguration), ...checkpointWarning(input)])
  if (flinkJob && flinkJob !== 'MISSING') {
    status.jobState = flinkJob.state
    status.flinkJobName = flinkJob.name
    const { lastCheckpoint } = flinkJob
    if (lastCheckpoint) status.lastCheckpoint = { ...lastCheckpoint, completedAt: isoTime(lastCheckpoint.completedAt) }
  } else if (end) {
    status.jobState = end
  } else if (observed) {
    delete status.jobState
  }
  if (input.host.status.flinkVersion) status.flinkVersion = input.host.status.flinkVersion
  if (observed) status.observedAt = isoTime(input.now)
  status.conditions = conditions(resource.status.conditions, state, status, isoTime(input.now))
  return { state, status }
}

function stateAndDetail(input: RunInput, last: JobAttempt | undefined): { state: State; detail: string } {
  const { resource, host, flinkJob } = input
  if (resource.deletion) {
    if (input.operator?.waitingOn !== undefined)
      return { state: 'DELETING', detail: `waiting for ${input.operator.waitingOn}` }
    return {
      state: 'DELETING',
      detail: input.inFlight ? 'waiting for main() to return' : 'waiting for Flink to end the job',
    }
  }
  const end = endOf(input.attempts)
  if (end) return ENDED[end]
  if (last && last.phase !== 'ENDED') {
    if (input.inFlight) return whileMainRuns(input)
    if (flinkJob && flinkJob !== 'MISSING') {
      return jobWord(defined({ flinkState: flinkJob.state, tasks: input.tasks, jobType: input.jobType }))
    }
    // It was running when it was last observed, and nothing says otherwise.
    if (!isObserved(input)) return { state: resource.state, detail: 'the JobManager does not answer at the moment' }
    return { state: 'PENDING', detail: last.phase === 'SUBMITTING' ? 'being submitted' : 'waiting for the JobManager' }
  }
  const again = last ? 'to go on from its latest checkpoint' : 'to be submitted'
  if (host.state === 'FAILED')
    return { state: 'FAILED', detail: `${HOST[host.kind]} failed; ${host.status.error?.message ?? ''}`.trim() }
  if (input.staged?.state === 'STAGING') return { state: 'PENDING', detail: input.staged.detail }
  if (input.blockedBy !== undefined)
    return { state: 'PENDING', detail: `waiting ${again}: main() of "${input.blockedBy}" has to return first` }
  return {
    state: 'PENDING',
    detail: `waiting ${again}: ${HOST[host.kind]} is ${stateOf(host)}`,
  }
}

/** A main() may wait for its job's results: the job runs, and may be over, before main() is. */
function whileMainRuns({ resource, operator, flinkJob, tasks, jobType }: RunInput): { state: State; detail: string } {
  if (operator) return { state: 'PENDING', detail: 'being submitted by the Flink operator' }
  if (!flinkJob || flinkJob === 'MISSING') return { state: 'PENDING', detail: 'main() runs in the JobManager' }
  if (isTerminal(flinkJob.state))
    return { state: resource.state, detail: `Flink says ${flinkJob.state} of its job; main() still runs` }
  const { state, detail } = jobWord(defined({ flinkState: flinkJob.state, tasks, jobType }))
  return { state, detail: `${detail}; main() still runs` }
}

const ENDED: Record<'FINISHED' | 'CANCELED' | 'FAILED', { state: State; detail: string }> = {
  FINISHED: { state: 'FINISHED', detail: 'finished' },
  CANCELED: { state: 'CANCELED', detail: 'canceled, but not from here' },
  FAILED: { state: 'FAILED', detail: 'failed; status.error says why' },
}

function currentError(input: RunInput, last: JobAttempt | undefined): StatusError | undefined {
  const { host, now } = input
  const outcome = last?.outcome
  if (last && outcome?.result === 'FAILED') {
    return {
      code: outcome.code ?? 'JOB_FAILED',
      message: outcome.message ?? 'failed',
      at: last.endedAt ?? isoTime(now),
    }
  }
  const restarts = last?.phase === 'ENDED' ? undefined : last?.restarts
  if (restarts && !restarts.over && restarts.cause !== '')
    return { code: 'JOB_RESTARTING', message: why(restarts, Infinity), at: isoTime(restarts.at) }
  if (input.staged?.state === 'FAILED') {
    const { outcome: why, retryAt } = input.staged
    const { code = 'FILE_UNAVAILABLE', message = '' } = why
    const before = input.resource.status.error
    return {
      code,
      message,
      at: before?.code === code && before.message === message ? before.at : isoTime(now),
      ...(retryAt !== undefined && { retryAt: isoTime(retryAt) }),
    }
  }
  const waits = !last || outcome?.result === 'LOST'
  if (waits && host.state === 'FAILED' && host.status.error) {
    return { ...host.status.error, message: `${HOST[host.kind]} failed: ${host.status.error.message}` }
  }
  return undefined
}

function checkpointWarning({ checkpointTrouble: trouble }: RunInput): string[] {
  if (!trouble) return []
  const { since, said, disk, last } = trouble
  const kept =
    last === undefined ? 'None was completed yet: a restart begins anew' : `A restart goes back to checkpoint ${last}`
  return [
    [`Checkpoints fail since ${isoTime(since)}`, said && `Flink says: ${said}`, disk, kept]
      .filter(Boolean)
      .map((part) => String(part).replace(/\.$/, ''))
      .join('. ') + '.',
  ]
}

/** An application's own warnings are those of its cluster. */
function warn(status: Status, warnings: string[]): void {
  delete status.warnings
  if (warnings.length > 0) status.warnings = warnings
}
