/**
 * Where the state lies that a run's attempts saved, and whose it is to delete.
 *
 * What attempts saved before the data folder was copied or restored belongs to the original, whose jobs may still run
 * and live from it: it may be read and never deleted. What came along in the copy is this store's own, of the time of
 * the copy, and goes before what the original has made of it since. A folder that was only moved brings its checkpoints
 * along too: attempts remember where they were, which is no target any more.
 */
import type { JobAttempt } from '../../../domain/cluster.ts'
import type { FoundCheckpoints } from '../../../domain/run/plan.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import type { Store } from '../../../store/store.ts'

export interface Targets {
  runtime: Runtime
  store: Pick<Store, 'installedAt'>
}

/** The complete checkpoints of an attempt, newest first; undefined where they can't be looked for. */
export async function savedBy({ runtime, store }: Targets, attempt: JobAttempt): Promise<FoundCheckpoints> {
  if (attempt.checkpointFolder === undefined) return undefined
  const [there, here] = [attempt.checkpointFolder, folderHere(runtime, attempt)]
  const order = isForeign(store, attempt) ? [here, there] : [there, here]
  const found = new Map<string, FoundCheckpoints>()
  for (const folder of order) {
    const checkpoints = await runtime.checkpoints(folder, attempt.flinkJobId)
    if (checkpoints && checkpoints.length > 0) return checkpoints
    found.set(folder, checkpoints)
  }
  return found.get(there)
}

/** Deletes what the attempts saved, as far as it is this store's own. */
export async function discardSaved({ runtime, store }: Targets, attempts: readonly JobAttempt[]): Promise<void> {
  for (const attempt of attempts) {
    if (attempt.checkpointFolder === undefined) continue
    await runtime.discardCheckpoints(folderHere(runtime, attempt), attempt.flinkJobId)
    if (!isForeign(store, attempt)) await runtime.discardCheckpoints(attempt.checkpointFolder, attempt.flinkJobId)
  }
}

const isForeign = (store: Targets['store'], attempt: JobAttempt): boolean => attempt.createdAt < store.installedAt

/** Where the runtime keeps checkpoints of the host by default, with the data folder where it is now. */
const folderHere = (runtime: Runtime, { host }: JobAttempt): string =>
  runtime.defaults(host)['state.checkpoints.dir'] ?? ''
