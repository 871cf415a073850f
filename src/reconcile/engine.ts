/**
 * The reconcile engine: turns "something may have changed about X" into cycles of X.
 *
 * Owns the queue, the workers, backoff after errors and the slow resync. Woken by the store's change feed, by the
 * runtime's signals and by delays that cycles ask for. Knows nothing of Flink. A cycle that throws is tried again with
 * a growing delay, whoever wakes it meanwhile; one that hangs blocks its own resource only, up to the number of
 * workers. While the store is away nothing is worked on at all (store-watch.ts).
 */
import { jittered } from '../domain/backoff.ts'
import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Change, Changes, FeedKind } from '../store/store.ts'
import { createQueue } from './queue.ts'
import { createStoreWatch } from './store-watch.ts'

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
  /** Why the store can't be used; undefined when it can. */
  storeProblem(): Promise<string | undefined>
  /** Called with the error when the store can't be read or written, without one when it can again. */
  onTrouble?(error?: unknown): void
  /** 0 to 1: spreads what is tried again. */
  random?: () => number
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
  /** How often something failed because the store could not be read or written. */
  store_errors: number
  /** 1 while nothing is worked on because the store is away. */
  paused: number
}

const BACKOFF_MAX_MS = 30_000
/** What failed is left alone for this long, however often it is woken: its own cycles may be what wakes it. */
const HOLD_MAX_MS = 5_000
const FEED_BATCH = 500

export function createEngine(options: EngineOptions): Engine {
  const { clock, random = Math.random, onTrouble = () => {} } = options
  const queue = createQueue(clock)
  const failures = new Map<string, number>()
  const stats = { cycles: 0, errors: 0 }
  const running: Promise<void>[] = []
  let unsubscribe = (): void => {}

  const wake = (kind: FeedKind, id: string): void => queue.add(`${kind}/${id}`)
  const onBack = (): void => void resync.now()
  const watch = createStoreWatch({ clock, random, problem: options.storeProblem, onTrouble, onBack })
  const failed = (what: string, error: unknown): void => {
    const count = (failures.get(what) ?? 0) + 1
    failures.set(what, count)
    watch.failed(what, error)
    options.onError(what, error, count)
  }
  const worked = (what: string): void => {
    failures.delete(what)
    watch.worked(what)
  }

  async function work(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      if (!(await watch.turn())) return
      const [kind, id] = key.split('/') as [FeedKind, string]
      stats.cycles += 1
      try {
        const result = await options.cycles[kind]?.(id)
        worked(key)
        watch.well()
        queue.done(key)
        if (result && Number.isFinite(result.again)) queue.addAfter(key, Math.max(result.again, 10))
      } catch (error) {
        stats.errors += 1
        failed(key, error)
        const wanted = error instanceof Failure ? (error.retryAfterMs ?? 0) : 0
        const backoff = backoffMs(failures.get(key) ?? 1, random)
        queue.hold(key, Math.max(Math.min(backoff, HOLD_MAX_MS), wanted))
        queue.done(key)
        queue.addAfter(key, Math.max(backoff, wanted))
      }
    }
  }

  const resync = createResync({ ...options, wake, failed, worked, isAway: watch.isAway })

  return {
    wake,
    async start() {
      unsubscribe = followFeed({ ...options, wake, failed, worked }, await options.changes.head())
      for (let n = 0; n < (options.workers ?? 16); n += 1) running.push(work())
      await resync.now()
    },
    async stop() {
      unsubscribe()
      resync.stop()
      queue.close()
      watch.close()
      await Promise.all(running)
    },
    stats: () => ({
      ...stats,
      resyncs: resync.count(),
      queued: queue.size(),
      store_errors: watch.failures(),
      paused: Number(watch.isAway()),
    }),
  }
}

/** 200 ms, doubled with each failure, up to half a minute; spread, so that many do not come back together. */
const backoffMs = (failures: number, random: () => number): number =>
  Math.min(BACKOFF_MAX_MS, jittered(100 * 2 ** Math.min(failures, 20), random))

interface Outcomes {
  wake: Engine['wake']
  failed(what: string, error: unknown): void
  worked(what: string): void
}

type Resyncing = Pick<EngineOptions, 'clock' | 'all' | 'resyncMs'> & Outcomes & { isAway(): boolean }

/** Wakes everything there is, now and then. */
function createResync({ clock, all, resyncMs = 30_000, wake, failed, worked, isAway }: Resyncing) {
  let cancel = (): void => {}
  let stopped = false
  let count = 0
  async function wakeAll(): Promise<void> {
    count += 1
    try {
      for (const { kind, id } of await all()) wake(kind, id)
      worked('resync')
    } catch (error) {
      failed('resync', error)
    }
  }
  async function now(): Promise<void> {
    cancel()
    if (!isAway()) await wakeAll()
    cancel()
    if (!stopped) cancel = clock.after(resyncMs, () => void now())
  }
  return {
    now,
    stop() {
      stopped = true
      cancel()
    },
    count: () => count,
  }
}

type FeedReader = Pick<EngineOptions, 'changes' | 'concerned'> & Outcomes

/** Reads the feed from `cursor` on, whenever something was committed; one reader at a time, nothing skipped. */
function followFeed({ changes, concerned, wake, failed, worked }: FeedReader, cursor: number): () => void {
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
          const batch = await changes.since(cursor, FEED_BATCH)
          for (const change of batch) await spread(change)
          if (batch.length < FEED_BATCH) break
        }
      } while (more)
      worked('change feed')
    } catch (error) {
      // The resync makes up for whatever is missed here.
      failed('change feed', error)
    } finally {
      reading = false
    }
  }
  const spread = async (change: Change): Promise<void> => {
    cursor = change.sequence
    // What was observed was written by a cycle of that very resource: only others learn something from it.
    if (change.what !== 'OBSERVED') wake(change.kind, change.id)
    for (const other of await concerned(change)) wake(other.kind, other.id)
  }
  return changes.onChange(() => void read())
}
