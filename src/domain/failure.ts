/**
 * Failures that end up in `status.error`. One flat table: what a code means and whether the same thing can go
 * well when tried again. Messages are written where the failure is seen, since only there it is known what to do.
 */
export const FAILURES = {
  JAVA_MISSING: { retryable: false, title: 'No usable Java was found' },
  FLINK_UNAVAILABLE: { retryable: true, title: 'The Flink distribution could not be installed' },
  FILE_UNAVAILABLE: { retryable: false, title: 'A jar or plugin could not be fetched' },
  JAR_INVALID: { retryable: false, title: 'A jar is broken, or made to do harm when it is unpacked' },
  PORT_TAKEN: { retryable: true, title: 'A port was taken' },
  DISK_FULL: { retryable: true, title: 'The disk is full' },
  MEMORY_SHORT: { retryable: true, title: 'The machine has too little free memory' },
  INVALID_SPEC: { retryable: false, title: 'The specification cannot be carried out' },
  FLINK_START_FAILED: { retryable: false, title: 'Flink ended while it started' },
  START_TIMEOUT: { retryable: true, title: 'Flink did not answer in time' },
  JOB_MANAGER_LOST: { retryable: true, title: 'The JobManager ended' },
  TASK_MANAGER_START_FAILED: { retryable: false, title: 'TaskManagers end while they start' },
  CRASH_LOOP: { retryable: false, title: 'The cluster ended again and again' },
  ENTRY_CLASS_MISSING: {
    retryable: false,
    title: 'The class that a job is to begin with is in no jar, or none is named',
  },
  JOB_SUBMISSION_FAILED: { retryable: false, title: 'main() did not submit a job' },
  SEVERAL_JOBS: { retryable: false, title: 'main() started more than one job' },
  JOB_SUBMISSION_TIMEOUT: { retryable: false, title: 'main() did not return in time' },
  JOB_KILLED_JOB_MANAGER: { retryable: false, title: 'The JobManager ended while main() ran' },
  JOB_RESTARTING: { retryable: true, title: 'Flink restarts the job, or did so less than five minutes ago' },
  JOB_FAILED: { retryable: false, title: 'Flink gave the job up' },
  JOB_OUTCOME_UNKNOWN: { retryable: false, title: 'Flink no longer knows the job' },
  RESTORE_FAILED: { retryable: false, title: 'The state could not be restored' },
  KUBERNETES_REFUSED: { retryable: true, title: 'Kubernetes refused what was to be applied' },
  NAMESPACE_CLAIMED: { retryable: false, title: 'The namespace belongs to somebody else' },
  RUNTIME_UNREACHABLE: { retryable: true, title: 'The runtime could not be asked' },
  INTERNAL: { retryable: true, title: 'Weir itself failed' },
} as const satisfies Record<string, { retryable: boolean; title: string }>

export type FailureCode = keyof typeof FAILURES

/** An error for people, with its code. Whoever catches it may show `message` to callers: it holds no secrets. */
export class Failure extends Error {
  readonly code: FailureCode
  readonly retryable: boolean
  /** How long (ms) the other side wants to be left alone, where it said so. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: FailureCode,
    message: string,
    options: { cause?: unknown; retryable?: boolean; retryAfterMs?: number | undefined } = {},
  ) {
    // What was to be quoted may have had no words: no colon points at nothing.
    super(message.replace(/(?<![:\s])[:\s]+$/, ''), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.retryable = options.retryable ?? FAILURES[code].retryable
    this.retryAfterMs = options.retryAfterMs
  }
}
