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
import { createQueue, type Queue } from './queue.ts'
import { createStoreWatch, type StoreWatch } from './store-watch.ts'
import { createTurns, type Turns } from './turns.ts'

export interface EngineOptions {
  clock: Clock
  changes: Changes
  /** One cycle of a resource; undefined answer: there is nothing to look after. */
  cycles: Partial<Record<FeedKind, (id: string) => Promise<{ again: number } | undefined>>>
  /** Everything there is that a cycle may have missed, a slice at a time, for the resync. */
  all(): AsyncIterable<{ kind: FeedKind; id: string }[]>
  /** Others that a change concerns: a job's session. */
  concerned(change: Change): { kind: FeedKind; id: string }[]
  /** When there may be more work. */
  turns?: Turns
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
  /** Something happened to it, of which more may be on its way: cycles for such news are `ms` apart. */
  wakeSoon(kind: FeedKind, id: string, ms?: number): void
  wakeAfter(kind: FeedKind, id: string, ms: number): void
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
  /** Observations of clusters that needed no cycle. */
  observations: number
  /** How often something failed because the store could not be read or written. */
  store_errors: number
  /** 1 while nothing is worked on because the store is away. */
  paused: number
}

const BACKOFF_MAX_MS = 30_000
/** What failed is left alone for this long, however often it is woken: its own cycles may be what wakes it. */
const HOLD_MAX_MS = 5_000
const FEED_BATCH = 500
/** Cycles for news that nobody waits for are so far apart: many news come to one cycle. */
const APART_MS = 200

export function createEngine(options: EngineOptions): Engine {
  const { clock, random = Math.random, onTrouble = () => {}, turns = createTurns() } = options
  const queue = createQueue(clock)
  const stats = { cycles: 0, errors: 0 }
  const running: Promise<void>[] = []
  let unsubscribe = (): void => {}

  const wake = (kind: FeedKind, id: string): void => queue.add(`${kind}/${id}`)
  const wakeSoon: Engine['wakeSoon'] = (kind, id, ms = APART_MS) => queue.addApart(`${kind}/${id}`, ms)
  const onBack = (): void => void resync.now()
  const watch = createStoreWatch({ clock, random, problem: options.storeProblem, onTrouble, onBack })
  const { failed, worked, delayOf } = createFailures({ watch, random, onError: options.onError })

  async function cycleOf(key: string): Promise<void> {
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
      const { backoff, wanted } = delayOf(key, error)
      queue.hold(key, Math.max(Math.min(backoff, HOLD_MAX_MS), wanted))
      queue.done(key)
      queue.addAfter(key, Math.max(backoff, wanted))
    }
  }

  async function work(): Promise<void> {
    for (;;) {
      await turns.next()
      const key = await queue.take()
      if (key === undefined || !(await watch.turn())) return
      await cycleOf(key)
    }
  }

  const resync = createResync({ ...options, queue, turns, failed, worked, isAway: watch.isAway })

  return {
    wake,
    wakeSoon,
    wakeAfter: (kind, id, ms) => queue.addAfter(`${kind}/${id}`, ms),
    async start() {
      unsubscribe = followFeed({ ...options, wake, wakeSoon, failed, worked }, await options.changes.head())
      for (let n = 0; n < (options.workers ?? 16); n += 1) running.push(work())
      void resync.now()
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
      observations: 0,
      store_errors: watch.failures(),
      paused: Number(watch.isAway()),
    }),
  }
}

/** Counts failures in a row of whatever is worked on. */
function createFailures({ watch, random, onError }: Pick<EngineOptions, 'onError'> & FailureParts) {
  const failures = new Map<string, number>()
  return {
    failed(what: string, error: unknown): void {
      const count = (failures.get(what) ?? 0) + 1
      failures.set(what, count)
      watch.failed(what, error)
      onError(what, error, count)
    },
    worked(what: string): void {
      failures.delete(what)
      watch.worked(what)
    },
    /** How long to leave it alone, and how long whoever refused it wants to be left alone. */
    delayOf: (what: string, error: unknown) => ({
      backoff: backoffMs(failures.get(what) ?? 1, random),
      wanted: error instanceof Failure ? (error.retryAfterMs ?? 0) : 0,
    }),
  }
}

interface FailureParts {
  watch: StoreWatch
  random: () => number
}

/** 200 ms, doubled with each failure, up to half a minute; spread, so that many do not come back together. */
const backoffMs = (failures: number, random: () => number): number =>
  Math.min(BACKOFF_MAX_MS, jittered(100 * 2 ** Math.min(failures, 20), random))

interface Outcomes {
  wake: Engine['wake']
  wakeSoon: Engine['wakeSoon']
  failed(what: string, error: unknown): void
  worked(what: string): void
}

type Resyncing = Pick<EngineOptions, 'clock' | 'all' | 'resyncMs'> &
  Pick<Outcomes, 'failed' | 'worked'> & { queue: Queue; turns: Turns; isAway(): boolean }

/** Wakes everything there is, now and then, behind all news. It takes its time: reading a slice holds up everybody. */
function createResync({ clock, all, resyncMs = 30_000, queue, turns, failed, worked, isAway }: Resyncing) {
  let cancel = (): void => {}
  let stopped = false
  let count = 0
  async function wakeAll(): Promise<void> {
    count += 1
    try {
      for await (const slice of all()) {
        if (stopped) return
        for (const { kind, id } of slice) queue.add(`${kind}/${id}`, 'ROUND')
        await turns.next()
      }
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
function followFeed({ changes, concerned, wake, wakeSoon, failed, worked }: FeedReader, cursor: number): () => void {
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
          for (const change of batch) spread(change)
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
  const spread = (change: Change): void => {
    cursor = change.sequence
    // What was observed was written by a cycle of that very resource: only others learn something from it.
    if (change.what !== 'OBSERVED') wake(change.kind, change.id)
    for (const other of concerned(change)) wakeSoon(other.kind, other.id)
  }
  return changes.onChange(() => void read())
}
