/** The one table from what Flink says of a job to the word that callers see, and the slots a job asks for. Pure. */
import type { State } from '../status.ts'

export interface ReportedJob {
  /** Flink's own word. */
  flinkState: string
  /** `STREAMING` or `BATCH`, where it is known. */
  jobType?: string
  /** Subtasks by state, in either case; a `total` among them is passed over. */
  tasks: Record<string, number>
  /** The life of the JobManager that ran it is over, whatever was last heard from it. */
  jobManagerLost?: boolean
}

export interface JobWord {
  state: State
  /** One line for people. */
  detail: string
}

/**
 * Flink's RUNNING only means that it was scheduled, so it is decided by the subtasks. SUSPENDED and RECONCILING belong
 * to a JobManager that lost its leadership or just got it: the job goes on.
 */
const WORDS: Record<string, JobWord | ((job: ReportedJob) => JobWord)> = {
  INITIALIZING: { state: 'PENDING', detail: 'Flink sets the job up' },
  CREATED: { state: 'PENDING', detail: 'waiting to be scheduled' },
  RUNNING: (job) => runningWord(job),
  FAILING: { state: 'PENDING', detail: 'failed; Flink stops its subtasks' },
  RESTARTING: { state: 'PENDING', detail: 'failed; Flink starts it again' },
  SUSPENDED: { state: 'PENDING', detail: 'waiting for a JobManager to take it over' },
  RECONCILING: { state: 'PENDING', detail: 'a JobManager takes it over' },
  CANCELLING: { state: 'PENDING', detail: 'being canceled' },
  CANCELED: { state: 'CANCELED', detail: 'canceled, though not from here' },
  FINISHED: { state: 'FINISHED', detail: 'finished' },
  FAILED: { state: 'FAILED', detail: 'Flink gave it up' },
}

/** Whether Flink will never do anything more for a job in this state. */
export const isTerminal = (flinkState: string): boolean => ['FINISHED', 'CANCELED', 'FAILED'].includes(flinkState)

export function jobWord(job: ReportedJob): JobWord {
  if (job.jobManagerLost && !isTerminal(job.flinkState)) {
    return { state: 'PENDING', detail: 'its JobManager is gone; it comes back from its latest checkpoint' }
  }
  const word = WORDS[job.flinkState] ?? { state: 'PENDING', detail: `Flink says ${job.flinkState}` }
  return typeof word === 'function' ? word(job) : word
}

function runningWord(job: ReportedJob): JobWord {
  let total = 0
  let settled = 0
  for (const [state, count] of Object.entries(job.tasks)) {
    const word = state.toUpperCase()
    if (word === 'TOTAL') continue
    total += count
    if (word === 'RUNNING' || word === 'FINISHED') settled += count
  }
  // A batch job's later stages start when its earlier ones are through: that they wait is how it runs.
  if (job.jobType === 'BATCH' || (total > 0 && settled === total)) return { state: 'RUNNING', detail: 'running' }
  return { state: 'PENDING', detail: `${settled} of ${total} subtasks run` }
}

export interface VertexDemand {
  parallelism: number
  status: string
  slotSharingGroup?: string
}

/**
 * Slots that a live job needs: vertices of one slot sharing group stand in the same slots. Vertices whose group Flink
 * does not tell count as one group, as they are unless the job says otherwise. Ended vertices hold no slot.
 */
export function slotsNeeded(vertices: readonly VertexDemand[]): number {
  const groups = new Map<string, number>()
  for (const { parallelism, status, slotSharingGroup = '' } of vertices) {
    if (isTerminal(status)) continue
    groups.set(slotSharingGroup, Math.max(groups.get(slotSharingGroup) ?? 0, parallelism, 1))
  }
  return [...groups.values()].reduce((sum, slots) => sum + slots, 0)
}
