/** Checkpoints on this machine's disk: `<folder>/<Flink job ID>/chk-N`, complete once `_metadata` is there. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { flinkFilePath, flinkFileUri } from '../../domain/paths.ts'
import type { CheckpointLocation } from '../runtime.ts'
import { exists } from './paths.ts'

const JOB_ID = /^[0-9a-f]{32}$/

export const findsCheckpoints = (folder: string): boolean => flinkFilePath(folder) !== undefined

export async function listCheckpoints(folder: string, flinkJobId: string): Promise<CheckpointLocation[] | undefined> {
  const path = flinkFilePath(folder)
  if (path === undefined || !JOB_ID.test(flinkJobId)) return undefined
  // Only a folder that isn't there has no checkpoints; one that can't be read must not pass for it.
  const names = await readdir(join(path, flinkJobId)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const ids = names
    .flatMap((name) => /^chk-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)
  const found: CheckpointLocation[] = []
  for (const id of ids) {
    const chk = join(path, flinkJobId, `chk-${id}`)
    if (await exists(join(chk, '_metadata'))) found.push({ id, location: flinkFileUri(chk) })
  }
  return found
}

/** Touches nothing but a folder that bears a Flink job's ID. */
export async function deleteCheckpoints(folder: string, flinkJobId: string): Promise<void> {
  const path = flinkFilePath(folder)
  if (path !== undefined && JOB_ID.test(flinkJobId)) await rm(join(path, flinkJobId), { recursive: true, force: true })
}
