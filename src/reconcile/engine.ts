/**
 * The reconcile engine: turns "something may have changed about X" into cycles of X.
 *
 * Owns the queue, the workers, backoff after errors and the slow resync. Woken by the store's change feed, by the
 * runtime's signals and by delays that cycles ask for. Knows nothing of Flink. A cycle that throws is tried again with
 * a growing delay; one that hangs blocks its own resource only, up to the number of workers.
 */
import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Change, Changes, FeedKind } from '../store/store.ts'
import { createQueue } from './queue.ts'

export interface EngineOptions {
  clock: Clock
  changes: Changes
  /** One cycle of a resource; undefined answer: there is nothing to look after. */
  cycles: Partial<Record<FeedKind, (id: string) => Promise<{ again: number } | undefined>>>
  /** Everything there is, for the resync. */
  all(): Promise<{ kind: FeedKind; id: string }[]>
  /** Others that a change concerns: a job's session, a session's jobs. */
  concerned(change: Change): Promise<{ kind: FeedKind; id: string }[]>
  onError(resource: string, error: unknown, failures: number): void
  workers?: number
  resyncMs?: number
}

export interface Engine {
  wake(kind: FeedKind, id: string): void
  start(): Promise<void>
  /** Takes no new work and waits for the cycles under way. */
  stop(): Promise<void>
  stats(): EngineStats
}

export interface EngineStats {
  cycles: number
  errors: number
  resyncs: number
  queued: number
}

const BACKOFF_MAX_MS = 30_000
const FEED_BATCH = 500

export function createEngine(options: EngineOptions): Engine {
  const { clock } = options
  const queue = createQueue(clock)
  const failures = new Map<string, number>()
  const stats = { cycles: 0, errors: 0, resyncs: 0 }
  const running: Promise<void>[] = []
  let stopResync = (): void => {}
  let unsubscribe = (): void => {}
  let stopped = false

  const wake = (kind: FeedKind, id: string): void => queue.add(`${kind}/${id}`)

  async function work(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      const [kind, id] = key.split('/') as [FeedKind, string]
      stats.cycles += 1
      try {
        const result = await options.cycles[kind]?.(id)
        failures.delete(key)
        queue.done(key)
        if (result && Number.isFinite(result.again)) queue.addAfter(key, Math.max(result.again, 10))
      } catch (error) {
        const count = (failures.get(key) ?? 0) + 1
        failures.set(key, count)
        stats.errors += 1
        options.onError(key, error, count)
        queue.done(key)
        const backoff = Math.min(BACKOFF_MAX_MS, 100 * 2 ** Math.min(count, 20))
        queue.addAfter(key, Math.max(backoff, error instanceof Failure ? (error.retryAfterMs ?? 0) : 0))
      }
    }
  }

  async function resync(): Promise<void> {
    stats.resyncs += 1
    try {
      for (const { kind, id } of await options.all()) wake(kind, id)
    } catch (error) {
      options.onError('resync', error, 1)
    }
    if (!stopped) stopResync = clock.after(options.resyncMs ?? 30_000, () => void resync())
  }

  return {
    wake,
    async start() {
      unsubscribe = followFeed(options, wake, await options.changes.head())
      for (let n = 0; n < (options.workers ?? 16); n += 1) running.push(work())
      await resync()
    },
    async stop() {
      stopped = true
      unsubscribe()
      stopResync()
      queue.close()
      await Promise.all(running)
    },
    stats: () => ({ ...stats, queued: queue.size() }),
  }
}

/** Reads the feed from `cursor` on, whenever something was committed; one reader at a time, nothing skipped. */
function followFeed(options: EngineOptions, wake: Engine['wake'], cursor: number): () => void {
  let reading = false
  let more = false
  const read = async (): Promise<void> => {
    if (reading) {
      more = true
      return
    }
    reading = true
    try {
      do {
        more = false
        for (;;) {
          const batch = await options.changes.since(cursor, FEED_BATCH)
          for (const change of batch) await spread(change)
          if (batch.length < FEED_BATCH) break
        }
      } while (more)
    } catch (error) {
      // The resync makes up for whatever is missed here.
      options.onError('change feed', error, 1)
    } finally {
      reading = false
    }
  }
  const spread = async (change: Change): Promise<void> => {
    cursor = change.sequence
    // What was observed was written by a cycle of that very resource: only others learn something from it.
    if (change.what !== 'OBSERVED') wake(change.kind, change.id)
    for (const other of await options.concerned(change)) wake(other.kind, other.id)
  }
  return options.changes.onChange(() => void read())
}
