/**
 * The one word and the few numbers that callers see of a cluster, from what was intended and what was observed. Pure.
 */
import { isoTime } from '../clock.ts'
import type { Generation } from '../cluster.ts'
import { clusterWarnings } from '../configuration-warnings.ts'
import { defined } from '../defined.ts'
import type { Kind } from '../kinds.ts'
import type { ClusterObservation, FlinkObservation } from '../observation.ts'
import { conditions, type Reported } from '../reported.ts'
import type { State, Status, StatusError } from '../status.ts'
import { bounds, type ClusterInput, liveGeneration } from './input.ts'
import { nextStart, wantedTaskManagers } from './plan.ts'

/** It has not answered this time, though it has before. */
const isSilent = ({ generations, cluster, flink }: ClusterInput): boolean =>
  liveGeneration(generations)?.upAt !== undefined && cluster?.phase === 'UP' && !flink

/** What callers see is of this observation, and not of an earlier one. */
export const isObserved = (input: ClusterInput): boolean => !isSilent(input) && input.unreachable === undefined

export function clusterStatus(input: ClusterInput): Reported {
  const before = input.resource.status
  const live = liveGeneration(input.generations)
  const silent = isSilent(input)
  const word = stateAndDetail(input, live)
  // A JobManager that is silent for a moment has not stopped running; what was observed last stands, with its time.
  const state = silent && input.resource.state === 'RUNNING' ? 'RUNNING' : word.state
  const unobserved = !isObserved(input)
  const error = currentError(input, live)
  const { error: _, warnings: warnedBefore, ...last } = before
  const configured = clusterWarnings(input.resource.spec, input.where ?? 'LOCAL')
  const warnings = new Set([...configured, ...(input.cluster?.warnings ?? warnedBefore ?? [])])
  const { slots: __, flinkUrl: ___, ports: ____, ...lasting } = last
  const status: Status = {
    ...(unobserved ? last : lasting),
    ...(before.taskManagers && !unobserved && { taskManagers: { ...before.taskManagers, running: 0 } }),
    ...(live && input.cluster && input.flink ? numbers(input, live, input.cluster, input.flink) : {}),
    ...defined({ error }),
    ...(warnings.size > 0 && { warnings: [...warnings] }),
    detail: word.detail,
    restarts: Math.max(0, (input.generations.at(-1)?.generation ?? 1) - 1),
    jobs: countRuns(input.runStates),
  }
  if (!unobserved) status.observedAt = isoTime(input.now)
  status.conditions = conditions(before.conditions, state, status, isoTime(input.now))
  return { state, status }
}

function stateAndDetail(input: ClusterInput, live: Generation | undefined): { state: State; detail: string } {
  const { resource, cluster, flink } = input
  if (input.unreachable) return { state: resource.state, detail: input.unreachable }
  if (resource.deletion) return { state: 'DELETING', detail: deletionDetail(input) }
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

function runningDetail(flink: FlinkObservation, input: ClusterInput, cluster: ClusterObservation): string {
  if (flink.waitingSince === undefined) return 'running'
  const missing = Math.max(1, flink.slotsNeeded - flink.slotsTotal)
  const { max } = bounds(input)
  const { kind } = input.resource
  const full = cluster.taskManagers.length >= max
  return full
    ? `jobs wait for ${missing} more slot(s), and ${max} TaskManager(s) is the most that this ${kind} may have`
    : withShortage(`starting TaskManagers: jobs wait for ${missing} more slot(s)`, cluster)
}

/** A wait that will last says why. */
const withShortage = (detail: string, { shortage }: ClusterObservation): string =>
  shortage === undefined ? detail : `${detail}. ${shortage}`

function deletionDetail(input: ClusterInput): string {
  if (input.runs > 0 && !input.resource.deletion?.force) return `waiting for ${input.runs} job(s) to go`
  return input.waitingOn ? `waiting for ${input.waitingOn}` : 'removing the cluster'
}

function nextState(input: ClusterInput): { state: State; detail: string } {
  const next = nextStart(input.generations)
  if (next === 'NEVER') return { state: 'FAILED', detail: 'given up; status.error says why' }
  if (input.waitingOn) return { state: 'PENDING', detail: `waiting for ${input.waitingOn}` }
  if (next > input.now) return { state: 'PENDING', detail: `starts again at ${isoTime(next)}` }
  return { state: 'PENDING', detail: 'the cluster is about to be launched' }
}

const crashLoopAdvice = (kind: Kind): string =>
  `Its logs tell more (weir ${kind} logs). Delete the ${kind} and create it anew, with more memory or other settings`

/** The last end stays on show until the cluster is fit for use again. */
function currentError(input: ClusterInput, live: Generation | undefined): StatusError | undefined {
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
      ? `given up after ${input.generations.length} starts: ${message}. ${crashLoopAdvice(input.resource.kind)}`
      : message,
    at: ended.endedAt,
    ...again,
  }
}

function numbers(
  input: ClusterInput,
  live: Generation,
  cluster: ClusterObservation,
  flink: FlinkObservation,
): Partial<Status> {
  return {
    flinkVersion: flink.flinkVersion,
    ...defined({ javaVersion: flink.java?.version, flinkUrl: cluster.endpoint }),
    ...(cluster.ports?.length && { ports: [...cluster.ports] }),
    taskManagers: {
      running: flink.taskManagers.length,
      wanted: wantedTaskManagers(input, live, flink, cluster.taskManagers.length),
    },
    slots: { total: flink.slotsTotal, available: flink.slotsAvailable },
  }
}

function countRuns(states: readonly State[]): NonNullable<Status['jobs']> {
  const count = (state: State): number => states.filter((candidate) => candidate === state).length
  return {
    running: count('RUNNING'),
    finished: count('FINISHED'),
    failed: count('FAILED'),
    canceled: count('CANCELED'),
  }
}
