/** Clusters as they were intended: generations, and the attempts of jobs on them. */
import type { FlinkPlugin, FlinkRuntime } from './spec.ts'

/** One intended cluster of a resource. Generations count from 1; a removed one never comes back. */
export interface ClusterRef {
  resource: string
  generation: number
}

/** For maps, and unique among all clusters of a store. */
export const clusterKey = ({ resource, generation }: ClusterRef): string => `${resource}/${generation}`

export interface MemberResource {
  /** Process memory in bytes (Flink's `*.memory.process.size`). */
  memoryBytes: number
  cpu: number
  ephemeralStorageBytes?: number
}

/**
 * Everything decided about a cluster; a runtime only carries it out. Stored with its generation and never rendered
 * anew.
 */
export interface EffectiveClusterSpec {
  /** The resource's display name, for logs and process titles. */
  name: string
  workspace: string
  runtime: FlinkRuntime
  /** Defaults, the caller's and the runtime's, merged; without what only the launch knows (ports, folders). */
  flinkConfiguration: Record<string, string>
  logConfiguration: Record<string, string>
  jars: string[]
  plugins: FlinkPlugin[]
  jobManager: MemberResource
  taskManager: MemberResource & { slots: number }
  /** How many TaskManagers are started with the JobManager. */
  initialTaskManagers: number
  /** As the caller bounded them. */
  maxTaskManagers?: number
  /** Weir's runner is on the class path: it may call main(). Clusters of before it came don't have it. */
  runner?: true
}

/** Why a generation ended. `LOST`: its JobManager died after it had been up. */
export interface GenerationEnd {
  kind: 'LOST' | 'LAUNCH_FAILED' | 'DELETED'
  code: string
  message: string
  retryable: boolean
}

export interface Generation extends ClusterRef {
  spec: EffectiveClusterSpec
  createdAt: string
  /** When the cluster was first observed to be fit for use. */
  upAt?: string
  endedAt?: string
  end?: GenerationEnd
  /** When nothing of it was left in the world. */
  removedAt?: string
}

/**
 * One try at running a job. SUBMITTING: recorded, Flink's answer not known. SUBMITTED: Flink has it. ENDED: `outcome`
 * says how. The Flink job ID is chosen before anything is sent; where an operator submits the job, it is another one
 * once that has reported it.
 */
export interface JobAttempt {
  job: string
  /** The resource that keeps the cluster: a session, or the application itself. */
  host: string
  n: number
  flinkJobId: string
  generation: number
  /** The JobManager's life that it was sent to. */
  incarnation: string
  phase: 'SUBMITTING' | 'SUBMITTED' | 'ENDED'
  /**
   * Whose main() ran in that JobManager while this one's did, as far as anybody knows: nobody's, others'; ALONE:
   * nobody's, and nobody's may. docs/decisions/attempts-and-blame.md tells what for.
   */
  company: 'NONE' | 'OTHERS' | 'ALONE'
  /** The savepoint or checkpoint it was started from. */
  startedFrom?: string
  /** Where its checkpoints go: the folder above `<flinkJobId>/chk-N`. */
  checkpointFolder?: string
  /** The newest complete checkpoint that Flink reported. */
  lastCheckpoint?: string
  outcome?: AttemptOutcome
  /** What Flink did about it by itself; absent while there was nothing. */
  restarts?: FlinkRestarts
  createdAt: string
  endedAt?: string
}

/**
 * main()s that begin at the same time share the JobManager's heap and cores: planning a query takes seconds and tens of
 * megabytes. After a while one that has not returned waits for something, and counts no longer.
 */
export const BEGINNING_AT_ONCE = 4
export const BEGINNING_FOR_MS = 10_000

/** A main() that has run alone for so long is not what ended the JobManager; others need wait for it no longer. */
export const ALONE_FOR_MS = 60_000

/** Flink's own restarts of an attempt's job, and what was made of them. Times in milliseconds since the epoch. */
export interface FlinkRestarts {
  /** All of them. */
  count: number
  /** The JobManager's life that tells of them now, and how many there were before it. */
  incarnation: string
  before: number
  /** Flink's times of the job when it was last asked for failures. */
  sign: string
  /** The newest failure that was counted; absent where this life has told of none. */
  newest?: string
  /** When failures may have been forgotten uncounted: Flink's own count, which comes late, is to be asked for again. */
  recount?: number
  /** The latest failure: when, its root cause, and in which task on which TaskManager. */
  at: number
  cause: string
  where?: string
  /** The job has run well since, for long enough. */
  over?: true
  /** How many of them events have told, and when the last of these events was made. */
  reported: number
  reportedAt: number
  /** Events since there was none for long. */
  inRow: number
}

/** LOST: the JobManager's life ended while it ran; the job goes on in another attempt. */
export interface AttemptOutcome {
  result: 'FINISHED' | 'CANCELED' | 'FAILED' | 'LOST'
  code?: string
  message?: string
}
