/** How long things take in the fake world, in milliseconds of its clock. */
export interface Pace {
  /** Fetching files and starting the JobManager's process. */
  prepareMs: number
  /** From the process to a REST API with a leader. */
  jobManagerMs: number
  /** From a TaskManager's start to its registration. */
  taskManagerMs: number
  stopMs: number
  /** main() of a class that is not slow, and of one that is unless its arguments say otherwise. */
  mainMs: number
  slowMainMs: number
  deployMs: number
  checkpointMs: number
  boundedMs: number
  failsAfterMs: number
  restartMs: number
  /** Restarts of a job that fails by itself; losing a TaskManager is always survived. */
  restartAttempts: number
}

/** About what a laptop shows. */
export const DEFAULT_PACE: Pace = {
  prepareMs: 500,
  jobManagerMs: 2_000,
  taskManagerMs: 2_500,
  stopMs: 500,
  mainMs: 300,
  slowMainMs: 30_000,
  deployMs: 300,
  checkpointMs: 1_000,
  boundedMs: 10_000,
  failsAfterMs: 500,
  restartMs: 1_000,
  restartAttempts: 3,
}

/** For tests on the real clock. */
export const FAST_PACE: Pace = {
  prepareMs: 5,
  jobManagerMs: 5,
  taskManagerMs: 5,
  stopMs: 5,
  mainMs: 2,
  slowMainMs: 300,
  deployMs: 2,
  checkpointMs: 5,
  boundedMs: 50,
  failsAfterMs: 5,
  restartMs: 5,
  restartAttempts: 3,
}
