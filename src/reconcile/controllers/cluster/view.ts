/**
 * What one observation of a cluster tells, in the short form in which two of them are compared: that of the cluster
 * itself, and that of each of its jobs. Where both are the same, another cycle would find what the last one found.
 * Pure.
 */
import type { ClusterRef } from '../../../domain/cluster.ts'
import type { ClusterObservation } from '../../../domain/observation.ts'
import { isTerminal } from '../../../domain/run/state.ts'
import type { State } from '../../../domain/status.ts'
import type { FlinkJobOverview } from '../../../flink/rest.ts'
import type { FlinkLists } from './lists.ts'

/**
 * NONE: there is no live generation. UNREACHABLE: the runtime could not be asked. DOWN: there is no JobManager. SILENT:
 * Flink does not answer.
 */
export type Reach = 'NONE' | 'UNREACHABLE' | 'DOWN' | 'SILENT' | 'ANSWERS'

/** A job as Flink's overview has it. */
export interface JobLine {
  /** State and subtasks: what a cycle of the run goes by as well. */
  word: string
  /** The same with the times, which change with each restart, that of a single region too. */
  whole: string
  /** For how long nothing of it has changed, as far as Flink tells; Infinity where that is not Flink's word. */
  unchangedMs: number
}

export interface ClusterView {
  /** Generation and life of the JobManager: runs begin and end with it. */
  life: string
  reach: Reach
  /** All that the cluster's own facts, status and plan go by. */
  sign: string
  /** By Flink's ID. */
  jobs: ReadonlyMap<string, JobLine>
}

interface Observed {
  generation?: ClusterRef | undefined
  cluster?: ClusterObservation | undefined
  flink?: FlinkLists | undefined
  /** Why the runtime could not be asked. */
  unreachable?: string | undefined
}

export function viewOf({ generation, cluster, flink, unreachable }: Observed): ClusterView {
  const life = lifeOf(generation, cluster)
  const reach = reachOf({ generation, cluster, flink, unreachable })
  const sign = [life, reach, unreachable ?? JSON.stringify(cluster ?? null), ...(flink ? signOf(flink) : [])].join('\n')
  return { life, reach, sign, jobs: new Map(flink?.jobs.map((job) => [job.id, lineOf(job)])) }
}

const lifeOf = (generation: ClusterRef | undefined, cluster: ClusterObservation | undefined): string =>
  `${generation?.generation ?? ''}/${cluster?.incarnation ?? ''}`

function reachOf({ generation, cluster, flink, unreachable }: Observed): Reach {
  if (unreachable !== undefined) return 'UNREACHABLE'
  if (!generation) return 'NONE'
  if (cluster?.phase !== 'UP') return 'DOWN'
  return flink ? 'ANSWERS' : 'SILENT'
}

/** Which slots are free, which jobs live, and whether one waits for slots. Until a job is scheduled its slots are not known. */
function signOf({ taskManagers, jobs }: FlinkLists): string[] {
  const live = jobs.filter(({ state }) => !isTerminal(state))
  return [
    taskManagers
      .map(({ id, slots, freeSlots }) => `${id}:${freeSlots}/${slots}`)
      .sort()
      .join(),
    live
      .map(({ id, state }) => (state === 'INITIALIZING' ? `${id}?` : id))
      .sort()
      .join(),
    String(live.some(hasWaitingSubtasks)),
  ]
}

export const hasWaitingSubtasks = (job: FlinkJobOverview): boolean =>
  (job.tasks['created'] ?? 0) + (job.tasks['scheduled'] ?? 0) > 0

function lineOf({ state, tasks, startedAt, changedAt, unchangedMs }: FlinkJobOverview): JobLine {
  const word = wordOf(state, tasks)
  return { word, whole: `${word} ${startedAt ?? ''} ${changedAt ?? ''}`, unchangedMs: unchangedMs ?? 0 }
}

/** Alike for the overview's counts and for those of a job's vertices. */
function wordOf(state: string, tasks: Readonly<Record<string, number>>): string {
  const counts = Object.entries(tasks).filter(([name, count]) => count > 0 && name !== 'total')
  return `${state} ${counts
    .map(([name, count]) => `${name.toLowerCase()}=${count}`)
    .sort()
    .join()}`
}

/** What a run's own conclusions depend on. Without a Flink job: a run that waits for its host. */
export interface RunSubject {
  flinkJobId?: string
}

/** To a run that waits it is all the same why. */
const WAITS: Record<Reach, string> = {
  NONE: 'away',
  DOWN: 'away',
  SILENT: 'away',
  UNREACHABLE: 'unreachable',
  ANSWERS: 'ready',
}

const MISSING: JobLine = { word: 'MISSING', whole: 'MISSING', unchangedMs: Infinity }

/** The run's part of a view. `state`: the host's, as callers see it, which a run that waits tells them of. */
export function runLine(view: ClusterView, state: State, { flinkJobId }: RunSubject): JobLine {
  const { life, reach } = view
  if (flinkJobId === undefined) return plain(`${state} ${WAITS[reach]}`)
  if (reach !== 'ANSWERS') return plain(`${life} ${reach}`)
  const { word, whole, unchangedMs } = view.jobs.get(flinkJobId) ?? MISSING
  return { word: `${life} ${word}`, whole: `${life} ${whole}`, unchangedMs }
}

const plain = (word: string): JobLine => ({ word, whole: word, unchangedMs: Infinity })
