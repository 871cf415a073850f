/**
 * Takes a generation away: its JVMs first, then what only they needed. Logs stay, those of the last few generations.
 */
import { readdir, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import type { ClusterRef } from '../../domain/cluster.ts'
import type { ProcessLedger, ProcessRecord } from '../../domain/process.ts'
import type { RemoveProgress } from '../runtime.ts'
import type { Launches } from './launches.ts'
import { isLive } from './observe.ts'
import { launchFolder, resourceFolders, spareFolder } from './paths.ts'
import type { Processes } from './processes.ts'

const KEPT_GENERATIONS = 5

export interface RemovalOptions {
  dataDir: string
  ledger: ProcessLedger
  processes: Processes
  launches: Launches
}

function describe({ role, ordinal, pid }: ProcessRecord): string {
  const member = role === 'jobmanager' ? 'the JobManager' : `TaskManager ${ordinal}`
  return pid ? `${member} (pid ${pid})` : member
}

export async function removeGeneration(
  options: RemovalOptions,
  cluster: ClusterRef,
  force: boolean,
): Promise<RemoveProgress> {
  options.launches.cancel(cluster)
  if (options.launches.state(cluster)?.running) return { done: false, waitingOn: 'the launch to stop' }
  const live = (await options.ledger.list({ cluster, live: true })).filter(isLive)
  for (const record of live) await options.processes.stop(record, force)
  if (live.length > 0) return { done: false, waitingOn: `${live.map(describe).join(', ')} to stop` }
  const folder = launchFolder(options.dataDir, cluster)
  // The configuration goes too, since it holds secrets and nobody reads it any more; last, since its absence tells that
  // all is done.
  for (const path of [folder.scratch, folder.plugins, dirname(folder.extra), folder.conf])
    await rm(path, { recursive: true, force: true })
  // Those of its JVMs that were there before it had a folder of their own.
  for (const { uuid } of await options.ledger.list({ cluster }))
    await rm(spareFolder(options.dataDir, uuid).root, { recursive: true, force: true })
  await prune(options.dataDir, cluster.resource)
  return { done: true, waitingOn: '' }
}

async function prune(dataDir: string, resource: string): Promise<void> {
  const { launches } = resourceFolders(dataDir, resource)
  const generations = (await readdir(launches).catch(() => []))
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => b - a)
  for (const generation of generations.slice(KEPT_GENERATIONS))
    await rm(join(launches, String(generation)), { recursive: true, force: true })
}

/** Deletes all that a resource had but its savepoints. */
export async function forgetResource(dataDir: string, ledger: ProcessLedger, resource: string): Promise<void> {
  const folders = resourceFolders(dataDir, resource)
  await rm(folders.launches, { recursive: true, force: true })
  await rm(folders.checkpoints, { recursive: true, force: true })
  // Goes only when it is empty: savepoints outlive their session.
  await rmdir(folders.savepoints).catch(() => {})
  await rmdir(dirname(folders.checkpoints)).catch(() => {})
  await ledger.forget(resource)
}
