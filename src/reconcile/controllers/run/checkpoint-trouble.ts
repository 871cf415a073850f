/**
 * Whether a job's checkpoints fail at present, and why. Flink counts those that fail while they begin (their folder
 * can't be made) and keeps nothing else of them; of the others it tells no cause but in its log. So the counts of
 * several observations are compared, and the folder's disk is looked at where that can be done.
 */
import type { JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import type { CheckpointTrouble } from '../../../domain/run/input.ts'
import type { FlinkCheckpoints } from '../../../flink/rest.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import type { RunTracking } from './tracking.ts'

/** Undefined while they go well, or none is made. Remembers in `tracking` what was counted. */
export async function checkpointTrouble(
  { checkpointFolder, n }: Pick<JobAttempt, 'checkpointFolder' | 'n'>,
  { completed, failed, latest, latestFailed }: FlinkCheckpoints,
  { runtime, now, tracking }: { runtime: Pick<Runtime, 'diskTrouble'>; now: number; tracking: RunTracking },
): Promise<CheckpointTrouble | undefined> {
  const before = tracking.checkpoints
  const same = before?.attempt === n && before.completed === completed
  if (!same) tracking.checkpoints = { attempt: n, completed, failed }
  const newer = latestFailed && latestFailed.at > (latest?.completedAt ?? 0) ? latestFailed : undefined
  const fails = newer !== undefined || (completed === 0 && failed > 0) || (same && failed > before.failed)
  const known = tracking.checkpoints
  if (!fails || !known) return undefined
  known.failingSince ??= newer?.at ?? now
  const disk = checkpointFolder === undefined ? undefined : await runtime.diskTrouble?.(checkpointFolder)
  return { since: known.failingSince, ...defined({ said: newer?.message, disk, last: latest?.id }) }
}
