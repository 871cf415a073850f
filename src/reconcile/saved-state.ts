/**
 * Where the state lies that a job's attempts saved, and whose it is to delete.
 *
 * What attempts saved before the data folder was copied or restored belongs to the original, whose jobs may still run and
 * live from it: it may be read and never deleted. What came along in the copy is this store's own, of the time of the
 * copy, and goes before what the original has made of it since.
 */
import type { JobAttempt } from '../domain/cluster.ts'
import type { FoundCheckpoints } from '../domain/job-plan.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'

export interface Places {
  runtime: Runtime
  store: Pick<Store, 'installedAt'>
}

/** The complete checkpoints of an attempt, newest first; undefined where they can't be looked for. */
export async function savedBy({ runtime, store }: Places, attempt: JobAttempt): Promise<FoundCheckpoints> {
  if (attempt.checkpointFolder === undefined) return undefined
  if (attempt.createdAt < store.installedAt) {
    const copied = await runtime.checkpoints(copiedFolder(runtime, attempt), attempt.flinkJobId)
    if (copied && copied.length > 0) return copied
  }
  return runtime.checkpoints(attempt.checkpointFolder, attempt.flinkJobId)
}

/** Deletes what the attempts saved, as far as it is this store's own. */
export async function discardSaved({ runtime, store }: Places, attempts: readonly JobAttempt[]): Promise<void> {
  for (const attempt of attempts) {
    const folder = attempt.createdAt < store.installedAt ? copiedFolder(runtime, attempt) : attempt.checkpointFolder
    if (folder) await runtime.discardCheckpoints(folder, attempt.flinkJobId)
  }
}

/** Where the runtime keeps checkpoints of the session by default, with the data folder as it is now. */
const copiedFolder = (runtime: Runtime, { session }: JobAttempt): string => runtime.defaults(session)['state.checkpoints.dir'] ?? ''
