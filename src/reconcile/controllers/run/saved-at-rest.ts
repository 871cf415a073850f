/**
 * Checkpoints of a run at rest, of which Flink's overview says nothing. A new one is kept in memory, for callers: after
 * a JobManager's end its folder is what is gone by. Where Weir can't look into the folder the store has to know of each,
 * though without waiting for the disk. The first one, and those that fail, are the business of a cycle.
 */
import type { Clock } from '../../../domain/clock.ts'
import { defined } from '../../../domain/defined.ts'
import { type FlinkCheckpoints, type FlinkRest, FlinkRestError } from '../../../flink/rest.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import type { Store } from '../../../store/store.ts'
import type { RunEntry } from '../../resting.ts'
import type { Tracking } from '../tracking.ts'
import { checkpointTrouble } from './checkpoint-trouble.ts'
import type { RunTracking } from './tracking.ts'

interface Context {
  clock: Clock
  store: Store
  runTracking: Tracking<RunTracking>
}

/** Asks Flink about them. True where a cycle is due. */
export async function checkSaved(
  { clock, store, runTracking }: Context,
  { runtime, flink, run }: { runtime: Runtime; flink: FlinkRest; run: RunEntry },
): Promise<boolean> {
  const { saved } = run.rest
  const answer = saved && (await checkpointsOf(flink, saved.flinkJobId))
  if (!answer) return false
  const { attempt, folder } = saved
  const tracking = runTracking.of(run.id)
  const of = { n: attempt, ...defined({ checkpointFolder: folder }) }
  if (await checkpointTrouble(of, answer, { runtime, now: clock.now(), tracking })) return true
  const before = tracking.saved?.attempt === attempt ? tracking.saved.latest : undefined
  const { latest } = answer
  if (!latest || latest.id === before?.id) return false
  if (!before) return true
  tracking.saved = { attempt, latest }
  const { location } = latest
  const isFound = folder !== undefined && (runtime.findsCheckpoints?.(folder) ?? false)
  if (!isFound && location !== undefined) await store.attempts.checkpointed(run.id, attempt, location)
  return false
}

async function checkpointsOf(flink: FlinkRest, flinkJobId: string): Promise<FlinkCheckpoints | undefined> {
  try {
    return await flink.checkpoints(flinkJobId)
  } catch (error) {
    // The next observation tells what has become of it.
    if (error instanceof FlinkRestError) return undefined
    throw error
  }
}
