/**
 * What an observation of a cluster establishes for good: it came up, it ended and why. Pure; the reconciler
 * writes these facts down before anything is planned from them.
 */
import { createHash } from 'node:crypto'
import { isoTime } from '../clock.ts'
import type { Generation, GenerationEnd } from '../cluster.ts'
import type { ClusterObservation, FlinkObservation, MemberExit } from '../observation.ts'
import type { NewEvent } from '../resource.ts'
import { bounds, type ClusterInput, liveGeneration } from './input.ts'

/** A JobManager process that lives but has never answered is given up after this long. */
export const START_DEADLINE_MS = 180_000
/** TaskManagers of a cluster that never had enough of them may end this often before the launch counts as failed. */
export const TASK_MANAGER_START_TRIES = 4

export interface ClusterFacts {
  up: boolean
  end?: GenerationEnd
  events: NewEvent[]
}

const NAMES = { jobmanager: () => 'JobManager', taskmanager: (ordinal: number) => `TaskManager ${ordinal}` }
const memberName = (member: Pick<MemberExit, 'role' | 'ordinal'>): string => NAMES[member.role](member.ordinal)

/** The live generation, and what was observed of it. */
type Observed = ClusterInput & { live: Generation; cluster: ClusterObservation }

/** Nothing is concluded from silence but that a start has failed: a JobManager that was up and is slow goes on. */
export function clusterFacts(input: ClusterInput): ClusterFacts {
  const live = liveGeneration(input.generations)
  const { cluster } = input
  return live && cluster ? factsOf({ ...input, live, cluster }) : { up: false, events: [] }
}

/** The same input, with the facts in it: what status and plan are made from. */
export function withClusterFacts(input: ClusterInput, { up, end }: ClusterFacts): ClusterInput {
  const live = liveGeneration(input.generations)
  const at = isoTime(input.now)
  const generations = input.generations.map((generation) =>
    generation === live ? { ...generation, ...(up && { upAt: at }), ...(end && { end, endedAt: at }) } : generation,
  )
  return { ...input, generations }
}

function factsOf(input: Observed): ClusterFacts {
  const { live, cluster, flink } = input
  const end = generationEnd(input)
  const enough = flink !== undefined && flink.taskManagers.length >= bounds(input).min
  const up = !end && !live.upAt && enough
  const events = cluster.exits
    .filter((exit) => !exit.requested && (exit.role === 'taskmanager' || (cluster.recovers && !end)))
    .map((exit) => exitEvent(exit, !end))
  events.push(...(cluster.warnings ?? []).map(warningEvent))
  if (up) events.push(...upEvents(live, flink))
  if (end) {
    const again = end.retryable ? '; the cluster is started again' : ''
    events.push({
      severity: 'WARNING',
      reason: 'ClusterEnded',
      message: `${end.message}${again}`,
      key: `end:${live.generation}`,
    })
  }
  return end ? { up, end, events } : { up, events }
}

function upEvents(
  { generation }: Generation,
  { flinkVersion, java, taskManagers, slotsTotal }: FlinkObservation,
): NewEvent[] {
  const on = java ? ` on Java ${java.version}` : ''
  const message = `Flink ${flinkVersion} is up${on} with ${taskManagers.length} TaskManager(s), ${slotsTotal} slot(s)`
  const up: NewEvent = { severity: 'INFO', reason: 'ClusterUp', message, key: `up:${generation}` }
  const concern = java?.concern
  if (!concern) return [up]
  return [
    up,
    {
      severity: concern.tested ? 'INFO' : 'WARNING',
      reason: 'JavaNotSupported',
      message: concern.message,
      key: `java:${generation}`,
    },
  ]
}

/** Once for each sentence, however many clusters it is true of. */
export function warningEvent(message: string): NewEvent {
  const key = `warning:${createHash('sha256').update(message).digest('hex').slice(0, 16)}`
  return { severity: 'WARNING', reason: 'JarWarning', message, key }
}

function exitEvent(exit: MemberExit, replaced: boolean): NewEvent {
  const words = exit.message ? `: ${exit.message}` : ''
  // A JobManager's end is reported here only where Flink brings the jobs back itself; elsewhere it is the end of the
  // generation.
  const then = exit.role === 'jobmanager' ? ', replaced; Flink brings its jobs back' : replaced ? ', replaced' : ''
  return {
    severity: 'WARNING',
    reason: exit.role === 'jobmanager' ? 'JobManagerExited' : 'TaskManagerExited',
    message: `${memberName(exit)} ${exit.exit.reason}${then}${words}`,
    key: `exit:${exit.id}`,
  }
}

function generationEnd(input: Observed): GenerationEnd | undefined {
  const { live, cluster, silentSince, now } = input
  const logs = `weir ${input.resource.kind} logs`
  if (cluster.phase === 'FAILED') {
    const failure = cluster.failure ?? {
      code: 'INTERNAL',
      message: 'the cluster could not be launched',
      retryable: true,
    }
    return { kind: 'LAUNCH_FAILED', code: failure.code, message: failure.message, retryable: failure.retryable }
  }
  if (cluster.phase === 'ENDED') return lost(cluster)
  if (cluster.phase !== 'UP' || live.upAt) return undefined
  const taskManagerExits = cluster.exits.filter((exit) => exit.role === 'taskmanager' && !exit.requested)
  if (taskManagerExits.length >= TASK_MANAGER_START_TRIES) {
    const last = taskManagerExits.at(-1)
    const how = `${last?.exit.reason ?? 'ended'}${last?.message ? `: ${last.message}` : ''}`
    return {
      kind: 'LAUNCH_FAILED',
      code: 'TASK_MANAGER_START_FAILED',
      message:
        `TaskManagers ended ${taskManagerExits.length} times before they were of use; the last one ${how}. ` +
        `See its log: ${logs}`,
      retryable: false,
    }
  }
  if (silentSince !== undefined && now - silentSince > START_DEADLINE_MS) {
    return {
      kind: 'LAUNCH_FAILED',
      code: 'START_TIMEOUT',
      message: `the JobManager has not answered ${START_DEADLINE_MS / 1000} s after its start; see its log: ${logs}`,
      retryable: true,
    }
  }
  return undefined
}

function lost(cluster: ClusterObservation): GenerationEnd {
  const exit = cluster.exits.findLast((candidate) => candidate.role === 'jobmanager')
  const how = exit?.rebooted ? 'ended when the machine restarted' : (exit?.exit.reason ?? 'ended')
  return {
    kind: 'LOST',
    code: exit?.rebooted ? 'MACHINE_RESTARTED' : exit?.requested ? 'STOPPED_WITH_SERVER' : 'JOB_MANAGER_LOST',
    message: `JobManager ${how}${exit?.message ? `: ${exit.message}` : ''}`,
    retryable: true,
  }
}
