/**
 * What a cycle knows of a run: what is wanted, what was tried, what was observed of it and of its host. It is put
 * together once in a cycle; facts, status and plan all read it, so that they can't disagree about what there was.
 */

import { liveGeneration } from '../cluster/input.ts'
import type { AttemptOutcome, Generation, JobAttempt } from '../cluster.ts'
import type { ClusterObservation } from '../observation.ts'
import type { ClusterResource, RunResource } from '../resource.ts'

/** A failure that Flink answers by a restart. */
export interface JobFailure {
  /** The same whenever Flink is asked, and no other failure's. */
  key: string
  /** Milliseconds since the epoch. */
  at: number
  /** The root cause, in a line. */
  cause: string
  /** Vertex and subtask; absent where it was no task's failure. */
  task?: string
  /** Flink's resource ID. */
  taskManager?: string
}

/** What Flink said when it was asked for failures. */
export interface RestartsObservation {
  /** The times that made it worth asking. */
  sign: string
  /** Newest first, without the one that ended the job. */
  failures: readonly JobFailure[]
  /** The latest failure, where it is not among them before Flink has begun the restart. */
  pending?: Pick<JobFailure, 'at' | 'cause'>
  /** Flink's own count in this life of the JobManager; absent where it wasn't asked for, or wasn't there yet. */
  total?: number
}

/** What Flink says of the attempt's job. MISSING: this JobManager answers and doesn't know it. */
export interface FlinkJobObservation {
  state: string
  name: string
  /** The root cause, in a line or two. */
  rootException?: string
  /** Flink's whole exception tells that saved state could not be restored. */
  restoreFailed?: boolean
  /** Present where Flink was asked for the job's failures. */
  restarts?: RestartsObservation
  lastCheckpoint?: { id: number; location?: string; completedAt: number; sizeBytes?: number }
}

/** Checkpoints that fail at present. */
export interface CheckpointTrouble {
  /** Milliseconds since the epoch. */
  since: number
  /** Flink's words of the latest one. */
  said?: string
  /** What is wrong with the disk that they go to, for people. */
  disk?: string
  /** The number of the newest one that was completed. */
  last?: number
}

/** Where a further attempt starts: nothing saved, a location, or saved state that is no longer to be had. */
export type StartPoint =
  | { kind: 'EMPTY' }
  | { kind: 'FROM'; location: string }
  | { kind: 'LOST_STATE'; message: string }

export type StagedJar =
  | { state: 'READY' }
  | { state: 'STAGING'; detail: string }
  | { state: 'FAILED'; outcome: AttemptOutcome; retryAt?: number }

export interface RunInput {
  resource: RunResource
  /** The resource that keeps the cluster: the run's parent, or the run's own resource. */
  host: ClusterResource
  /** The host's. */
  generations: readonly Generation[]
  attempts: readonly JobAttempt[]
  /** The host's live generation as it was observed after the attempts were read. */
  cluster?: ClusterObservation
  /** Flink answers in the JobManager's present life. */
  ready: boolean
  /** Flink's word on the latest attempt. */
  flinkJob?: FlinkJobObservation | 'MISSING'
  /** Its subtasks by state, over all vertices. */
  tasks: Record<string, number>
  jobType?: string
  checkpointTrouble?: CheckpointTrouble
  /** The job was missing the last time too. */
  missingBefore: boolean
  /** Present once a further attempt is due. */
  start?: StartPoint
  /** This server was waiting for the latest attempt's answer when its record was read. */
  inFlight: boolean
  /** It is known that main() of the latest attempt was never even asked for. */
  unsent: boolean
  /** While `inFlight`: since when Flink has been seen to run the job, and since when to have ended it. */
  runningSince?: number
  endedSince?: number
  /** When main() of the latest attempt was interrupted, and given up whatever it does. */
  interruptedAt?: number
  /** Another run of the same host whose main() has to return first, by name. */
  blockedBy?: string
  /** The job's own jar; absent when it has none, or nothing was done about it yet. */
  staged?: StagedJar
  /** Present where an operator submits: whether it has let go of all attempts so far, and what that waits for. */
  operator?: { withdrawn: boolean; waitingOn?: string }
  /** Earlier attempts' checkpoints were deleted already. */
  tidied: boolean
  now: number
}

/** Of an attempt whose JobManager ended while its main() and others' ran there. */
export const SUSPECTED = 'JOB_MANAGER_LOST_IN_MAIN'

/** The run may be what ended its JobManager: its main() runs again without company, which tells. */
export const isSuspect = (attempts: readonly JobAttempt[]): boolean => {
  const outcome = attempts.at(-1)?.outcome
  return outcome?.result === 'LOST' && outcome.code === SUSPECTED
}

/** How the run ended for good; undefined while it goes on, or is to go on in another attempt. */
export function endOf(attempts: readonly JobAttempt[]): Exclude<AttemptOutcome['result'], 'LOST'> | undefined {
  const last = attempts.at(-1)
  const result = last?.phase === 'ENDED' ? last.outcome?.result : undefined
  return result === 'LOST' ? undefined : result
}

/** Flink could be asked; or there is nothing to ask, and what the store says is the whole truth. */
export const isObserved = ({ ready, generations, cluster }: RunInput): boolean =>
  ready || !liveGeneration(generations) || (cluster !== undefined && cluster.phase !== 'UP')
