/**
 * Waits for a JobManager's REST API to answer for the first time: notes it for good and tells that there is something
 * to see.
 */
import { writeFile } from 'node:fs/promises'

import type { Clock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { launchFolder } from './paths.ts'

const EVERY_MS = 50
/** A start takes seconds; whoever asks again after this long starts the watch anew. */
const GIVE_UP_MS = 120_000

export interface ReachWatch {
  /** Does nothing while the JobManager is watched already. */
  watch(record: ProcessRecord): void
  /** Whether that JobManager has answered while this server watched. */
  hasReached(uuid: string): boolean
  close(): void
}

export function createReachWatch(options: {
  dataDir: string
  clock: Clock
  isLive: (uuid: string) => Promise<boolean>
  onReached: (cluster: ClusterRef) => void
}): ReachWatch {
  const watched = new Map<string, () => void>()
  /** What could not be noted on the disk (it is full, the folder is gone) would be found out again and again. */
  const reached = new Set<string>()
  let closed = false

  async function answers(port: number): Promise<boolean> {
    // Any answer will do, a 503 for want of a leader too: what counts is that the JobManager got so far.
    return fetch(`http://127.0.0.1:${port}/config`, { signal: AbortSignal.timeout(2_000) }).then(
      async (response) => {
        await response.body?.cancel()
        return true
      },
      () => false,
    )
  }

  async function check(record: ProcessRecord, until: number): Promise<void> {
    const answered = await answers(record.restPort!)
    if (closed) return
    if (answered) {
      watched.delete(record.uuid)
      reached.add(record.uuid)
      await writeFile(launchFolder(options.dataDir, record).reached, '', { mode: 0o600 }).catch(() => {})
      if (!closed) options.onReached({ resource: record.resource, generation: record.generation })
    } else if (options.clock.now() > until || !(await options.isLive(record.uuid))) {
      watched.delete(record.uuid)
    } else if (!closed) {
      watched.set(
        record.uuid,
        options.clock.after(EVERY_MS, () => start(record, until)),
      )
    }
  }

  /** Where the store can't be asked, the next observation begins the watch anew. */
  function start(record: ProcessRecord, until: number): void {
    check(record, until).catch(() => watched.delete(record.uuid))
  }

  return {
    watch(record) {
      if (watched.has(record.uuid) || reached.has(record.uuid) || record.restPort === undefined) return
      watched.set(record.uuid, () => {})
      start(record, options.clock.now() + GIVE_UP_MS)
    },
    hasReached: (uuid) => reached.has(uuid),
    close() {
      closed = true
      for (const cancel of watched.values()) cancel()
    },
  }
}
