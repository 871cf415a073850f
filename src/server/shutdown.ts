/**
 * Stopping the clusters with the server, as `weir up` and the quickstart do. Their jobs go on from their latest
 * checkpoints at the next start.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { liveGeneration } from '../domain/cluster/input.ts'
import { CLUSTER_KINDS } from '../domain/kinds.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'

const INSPECT_EVERY_MS = 50

export interface StopOptions {
  /** From the first `true` on, processes are killed instead of awaited. */
  force?: () => boolean
  onProgress?: (line: string) => void
}

/**
 * Ends and removes every cluster on this machine; those on Kubernetes go on. Call it when the reconciler has stopped.
 * The ends are recorded first, so that a server killed in the middle of this is followed by one that finishes the
 * removal.
 */
export async function stopClusters(store: Store, runtime: Runtime, options: StopOptions = {}): Promise<void> {
  const workspaces = new Map((await store.workspaces.all()).map((workspace) => [workspace.id, workspace]))
  const resources = (await Promise.all(CLUSTER_KINDS.map((kind) => store.resources.all(kind)))).flat()
  const here = resources.filter(({ workspace }) => !workspaces.get(workspace)?.kubernetes)
  await Promise.all(
    here.map(async ({ id, name }) => {
      const live = liveGeneration(await store.generations.list(id))
      if (live) {
        options.onProgress?.(`stopping ${name}`)
        await store.generations.end(live, {
          kind: 'LOST',
          code: 'STOPPED_WITH_SERVER',
          message: 'stopped together with the server',
          retryable: true,
        })
      }
      for (const generation of await store.generations.list(id)) {
        if (generation.removedAt) continue
        while (!(await runtime.remove(generation, { force: options.force?.() === true })).done)
          await delay(INSPECT_EVERY_MS)
        await store.generations.removed(generation)
      }
    }),
  )
}
