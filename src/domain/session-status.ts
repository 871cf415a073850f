/** The one word and the few numbers that callers see of a session, from what was intended and what was seen. Pure. */
import { isoTime } from './clock.ts'
import type { Generation } from './cluster.ts'
import type { ClusterObservation, FlinkObservation } from './observation.ts'
import { bounds, liveGeneration, nextStart, type SessionPlanInput, wantedTaskManagers } from './session-plan.ts'
import type { State, Status, StatusError } from './status.ts'

export interface SessionStatus {
  state: State
  status: Status
}

export interface SessionStatusInput extends SessionPlanInput {
  jobStates: readonly State[]
  /** What a removal still waits for. */
  waitingOn?: string
  /** The runtime could not be asked at all. */
  unreachable?: string
}

export function sessionStatus(input: SessionStatusInput): SessionStatus {
  const before = input.session.status
  const live = liveGeneration(input.generations)
  const silent = live?.upAt !== undefined && input.cluster?.phase === 'UP' && !input.flink
  const word = stateAndDetail(input, live)
  // A JobManager that is silent for a moment has not stopped running; what was seen last stands, with its time.
  const state = silent && input.session.state === 'RUNNING' ? 'RUNNING' : word.state
  const unseen = silent || input.unreachable !== undefined
  const error = currentError(input, live)
  const { error: _, warnings: seenBefore, ...last } = before
  const warnings = input.cluster?.warnings ?? seenBefore ?? []
  const { slots: __, flinkUrl: ___, ...lasting } = last
  const status: Status = {
    ...(unseen ? last : lasting),
    ...(before.taskManagers && !unseen && { taskManagers: { ...before.taskManagers, running: 0 } }),
    ...(live && input.cluster && input.flink ? numbers(input, live, input.cluster, input.flink) : {}),
    ...(error && { error }),
    ...(warnings.length > 0 && { warnings: [...warnings] }),
    detail: word.detail,
    restarts: Math.max(0, (input.generations.at(-1)?.generation ?? 1) - 1),
    jobs: countJobs(input.jobStates),
  }
  if (!unseen) status.observedAt = isoTime(input.now)
  status.conditions = conditions(before.conditions, state, status, isoTime(input.now))
  return { state, status }
}

function stateAndDetail(input: SessionStatusInput, live: Generation | undefined): { state: State; detail: string } {
  const { session, cluster, flink } = input
  if (input.unreachable) return { state: session.state, detail: input.unreachable }
  if (session.deletion) return { state: 'DELETING', detail: deletionDetail(input) }
  if (!live) return nextState(input)
  if (!cluster || cluster.phase === 'ABSENT') return { state: 'PENDING', detail: 'the cluster is about to be launched' }
  if (cluster.phase !== 'UP') return { state: 'PENDING', detail: cluster.detail }
  if (!flink) {
    const silent = `the JobManager does not answer at the moment${cluster.recovers ? ` (${cluster.detail})` : ''}`
    const detail = live.upAt ? silent : 'waiting for the JobManager to answer'
    return { state: 'PENDING', detail }
  }
  const { min } = bounds(input)
  const registered = flink.taskManagers.length
  if (registered < min)
    return {
      state: 'PENDING',
      detail: withShortage(`waiting for TaskManagers: ${registered} of ${min} registered`, cluster),
    }
  return { state: 'RUNNING', detail: runningDetail(flink, input, cluster) }
}

function runningDetail(flink: FlinkObservation, input: SessionStatusInput, cluster: ClusterObservation): string {
  if (flink.waitingSince === undefined) return 'running'
  const missing = Math.max(1, flink.slotsNeeded - flink.slotsTotal)
  const { max } = bounds(input)
  const full = cluster.taskManagers.length >= max
  return full
    ? `jobs wait for ${missing} more slot(s), and ${max} TaskManager(s) is the most that this session may have`
    : withShortage(`starting TaskManagers: jobs wait for ${missing} more slot(s)`, cluster)
}

/** A wait that will last says why. */
const withShortage = (detail: string, { shortage }: ClusterObservation): string =>
  shortage === undefined ? detail : `${detail}. ${shortage}`

function deletionDetail(input: SessionStatusInput): string {
  if (input.jobs > 0 && !input.session.deletion?.force) return `waiting for ${input.jobs} job(s) to go`
  return input.waitingOn ? `waiting for ${input.waitingOn}` : 'removing the cluster'
}

function nextState(input: SessionStatusInput): { state: State; detail: string } {
  const next = nextStart(input.generations)
  if (next === 'NEVER') return { state: 'FAILED', detail: 'given up; status.error says why' }
  if (input.waitingOn) return { state: 'PENDING', detail: `waiting for ${input.waitingOn}` }
  if (next > input.now) return { state: 'PENDING', detail: `starts again at ${isoTime(next)}` }
  return { state: 'PENDING', detail: 'the cluster is about to be launched' }
}

const CRASH_LOOP_ADVICE =
  'Its logs tell more (weir session logs). Delete the session and create it anew, with more memory or other settings'

/** The last end stays on show until the cluster is fit for use again. */
function currentError(input: SessionStatusInput, live: Generation | undefined): StatusError | undefined {
  if (live?.upAt) return undefined
  const ended = input.generations.findLast((generation) => generation.end)
  if (!ended?.end || !ended.endedAt || ended.end.kind === 'DELETED' || ended.end.code === 'STOPPED_WITH_SERVER')
    return undefined
  const next = nextStart(input.generations)
  const again = !live && next !== 'NEVER' ? { retryAt: isoTime(Math.max(next, Date.parse(ended.endedAt))) } : {}
  const crashLoop = next === 'NEVER' && ended.end.kind === 'LOST'
  const { message } = ended.end
  return {
    code: crashLoop ? 'CRASH_LOOP' : ended.end.code,
    message: crashLoop
      ? `given up after ${input.generations.length} starts: ${message}. ${CRASH_LOOP_ADVICE}`
      : message,
    at: ended.endedAt,
    ...again,
  }
}

function numbers(
  input: SessionStatusInput,
  live: Generation,
  cluster: ClusterObservation,
  flink: FlinkObservation,
): Partial<Status> {
  return {
    flinkVersion: flink.flinkVersion,
    ...(flink.java && { javaVersion: flink.java.version }),
    ...(cluster.endpoint !== undefined && { flinkUrl: cluster.endpoint }),
    taskManagers: {
      running: flink.taskManagers.length,
      wanted: wantedTaskManagers(input, live, flink, cluster.taskManagers.length),
    },
    slots: { total: flink.slotsTotal, available: flink.slotsAvailable },
  }
}

function countJobs(states: readonly State[]): NonNullable<Status['jobs']> {
  const count = (state: State): number => states.filter((candidate) => candidate === state).length
  return {
    running: count('RUNNING'),
    finished: count('FINISHED'),
    failed: count('FAILED'),
    canceled: count('CANCELED'),
  }
}

/** One condition for now, `Ready`; `since` moves only when its status does. */
export function conditions(
  before: Status['conditions'],
  state: State,
  status: Status,
  now: string,
): Status['conditions'] {
  const ready = state === 'RUNNING' ? 'True' : 'False'
  const previous = before.find((condition) => condition.type === 'Ready')
  return [
    {
      type: 'Ready',
      status: ready,
      reason: status.error?.code ?? state,
      message: status.error?.message ?? status.detail,
      since: previous?.status === ready ? previous.since : now,
    },
  ]
}
