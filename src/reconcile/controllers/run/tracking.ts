/** What only several observations of a run can tell, and what this server has done about it already. */
import type { FlinkCheckpoints } from '../../../flink/rest.ts'

export interface RunTracking {
  /** Flink did not know the job the last time. */
  missing: boolean
  /** While this server waits for an attempt's answer: since when Flink runs its job, and since when it has ended. */
  main?: { attempt: number; runningSince?: number; endedSince?: number }
  /** The attempt whose main() was interrupted, and when. */
  interrupted?: { attempt: number; at: number }
  /** How many attempts there were when the earlier ones' checkpoints were deleted. */
  tidied?: number
  /** How many attempts there were when the operator had let go of them. */
  withdrawn?: number
  /** What Flink counted of an attempt's checkpoints when one was last completed, and since when they fail. */
  checkpoints?: { attempt: number; completed: number; failed: number; failingSince?: number }
  /** The newest checkpoint that Flink told of. */
  saved?: { attempt: number; latest: NonNullable<FlinkCheckpoints['latest']> }
  /** What a withdrawal waits for. */
  waitingOn?: string
}

export const newRunTracking = (): RunTracking => ({ missing: false })
