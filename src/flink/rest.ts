/**
 * Flink's REST API as the reconciler needs it, the same for every Flink version. `restClient` (client.ts) speaks it
 * over HTTP.
 */

export interface FlinkOverview {
  flinkVersion: string
  taskManagers: number
  slotsTotal: number
  slotsAvailable: number
}

export interface FlinkTaskManager {
  /** Flink's resource ID. */
  id: string
  slots: number
  freeSlots: number
}

/**
 * Flink's own words: INITIALIZING, CREATED, RUNNING, FAILING, FAILED, CANCELLING, CANCELED, FINISHED, RESTARTING,
 * SUSPENDED, RECONCILING.
 */
export type FlinkJobState = string

export interface FlinkJobOverview {
  id: string
  name: string
  state: FlinkJobState
  /** Subtasks by state, lower case (`running`, `scheduled`, ...); `total` counts all. */
  tasks: Record<string, number>
  /** Milliseconds since the epoch, by the JobManager's clock, as all of these. */
  startedAt?: number
  /**
   * When a subtask came into its state the last time: a restart of a single region shows here too. 0 while there are no
   * subtasks.
   */
  changedAt?: number
  /** How long ago that was when Flink answered. */
  unchangedMs?: number
}

export interface FlinkVertex {
  id: string
  name: string
  parallelism: number
  status: string
  /** Present where the Flink version tells it. */
  slotSharingGroup?: string
  /** Subtasks by state, upper case (`RUNNING`, `SCHEDULED`, ...). */
  tasks: Record<string, number>
}

export interface FlinkJobDetail {
  id: string
  name: string
  state: FlinkJobState
  /** `STREAMING` or `BATCH`; absent where the Flink version does not tell. */
  jobType?: string
  /** Milliseconds since the epoch. */
  startedAt: number
  /** Milliseconds since the epoch; absent while the job lives. */
  endedAt?: number
  /** When it came into RUNNING the last time, and into RESTARTING; absent for never. */
  runningAt?: number
  restartingAt?: number
  vertices: FlinkVertex[]
}

/** Milliseconds since the epoch, and the exception with its stack. */
export interface FlinkFailure {
  at: number
  stack: string
  /** `Map -> Sink (1/2) - execution #0`: absent where no task failed. */
  task?: string
  /** Flink's resource ID. */
  taskManager?: string
}

export interface FlinkExceptions {
  /** The root exception of the latest failure. */
  root?: { at: number; stack: string }
  /**
   * Newest first, as many as Flink remembers (`web.exception-history-size`, 16). 1.17 adds a failure when the restart
   * begins, later versions at once.
   */
  history: FlinkFailure[]
}

export interface FlinkCheckpoints {
  completed: number
  failed: number
  latest?: { id: number; location?: string; completedAt: number; sizeBytes?: number }
  /**
   * The newest one that failed after it had begun, in Flink's words. One that fails while it begins (its folder can't
   * be made) is counted in `failed` alone.
   */
  latestFailed?: { at: number; message: string }
}

export interface RunJarRequest {
  entryClass?: string
  args: string[]
  /** 32 hex digits, chosen by the caller: Flink refuses a second job of the same ID. */
  jobId: string
  flinkConfiguration: Record<string, string>
  savepointPath?: string
  allowNonRestoredState?: boolean
}

export interface FlinkRest {
  overview(): Promise<FlinkOverview>
  /** `17.0.15`: the Java that the JobManager runs on; undefined where Flink says it in no words that are known. */
  javaVersion(): Promise<string | undefined>
  taskManagers(): Promise<FlinkTaskManager[]>
  jobs(): Promise<FlinkJobOverview[]>
  /**
   * Whether this JobManager has or had the job. Its list is read: asked for a job that it doesn't know, Flink logs an
   * ERROR each time.
   */
  hasJob(id: string): Promise<boolean>
  /** undefined: this JobManager does not know the job, which stands as an ERROR in its log then. */
  job(id: string): Promise<FlinkJobDetail | undefined>
  exceptions(id: string): Promise<FlinkExceptions>
  /**
   * How often Flink has restarted it, by the metric `numRestarts`, which is up to 12 seconds late; undefined while there
   * is none.
   */
  restarts(id: string): Promise<number | undefined>
  checkpoints(id: string): Promise<FlinkCheckpoints>
  /** Asks for a cancel; the job ends later. Fine for a job that has ended or isn't known. */
  cancel(id: string): Promise<void>
  /** Uploads a jar under that name unless the JobManager has one of that name; answers Flink's jar ID. */
  uploadJar(name: string, content: Uint8Array | { path: string }): Promise<string>
  /** What was uploaded and not deleted. */
  jars(): Promise<{ id: string; name: string }[]>
  /** Fine for a jar that isn't there. What of it a job needs Flink has copied by then. */
  deleteJar(jarId: string): Promise<void>
  /** Runs main() in the JobManager and resolves when it has returned; lasts as long as main() does. */
  runJar(jarId: string, request: RunJarRequest, signal: AbortSignal): Promise<{ jobId: string }>
}

/**
 * UNREACHABLE: no answer could be had (refused, reset, timed out): nothing is known of what happened.
 * NOT_READY: the JobManager answers, but has no leader yet (503). REFUSED: Flink answered with an error.
 * DUPLICATE: Flink has (or had) a job of that ID.
 */
export type FlinkErrorKind = 'UNREACHABLE' | 'NOT_READY' | 'REFUSED' | 'DUPLICATE'

export class FlinkRestError extends Error {
  readonly kind: FlinkErrorKind
  readonly status: number | undefined
  /** Flink's `errors`, with stacks. */
  readonly errors: readonly string[]

  constructor(
    kind: FlinkErrorKind,
    message: string,
    details: { status?: number; errors?: readonly string[]; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'FlinkRestError'
    this.kind = kind
    this.status = details.status
    this.errors = details.errors ?? []
  }
}
