/**
 * Observes what is at rest: now and then each cluster, and with it all its runs. How often that is grows with their
 * number, so that a server asks no more than 200 clusters a second; those that come up have 200 of their own.
 */
import { type Clock, isoTime } from '../domain/clock.ts'
import type { FlinkRest } from '../flink/rest.ts'
import type { Runtime, Runtimes } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import { inspect } from './controllers/cluster/inspect.ts'
import type { ClusterObserver } from './controllers/cluster/observer.ts'
import { checkSaved } from './controllers/run/saved-at-rest.ts'
import type { RunTracking } from './controllers/run/tracking.ts'
import type { Tracking } from './controllers/tracking.ts'
import { createQueue } from './queue.ts'
import type { HostEntry, Named, Resting, RunEntry } from './resting.ts'
import type { Turns } from './turns.ts'

/** How often a resource that runs is observed, and at most so many clusters in a second. */
const INTERVAL_MS = 5_000
const MOST_A_SECOND = 200
/** Paces from here on are those of resources that run. */
const SLOW_MS = 3_000
const WORKERS = 8
/** How often each run's checkpoints are asked for, and for how many in one observation, where they can be found again. */
const SAVED_EVERY_MS = 30_000
const SAVED_AT_ONCE = 2
/** So long a workspace's runtime is not asked for again. */
const RUNTIME_KEPT_MS = 5_000

export interface ObservationsOptions {
  clock: Clock
  store: Store
  runtimes: Pick<Runtimes, 'of'>
  observer: ClusterObserver
  runTracking: Tracking<RunTracking>
  resting: Resting
  turns: Turns
  wake(resource: Named): void
  wakeSoon(resource: Named): void
  onError(resource: string, error: unknown): void
  /** 0 to 1: spreads observations. */
  random?: () => number
}

export interface Observations {
  /** There is something to observe of that host, or sooner than before. */
  schedule(entry: HostEntry): void
  start(): void
  stop(): Promise<void>
  /** How often a resource that runs is observed at present, in milliseconds. */
  intervalMs(): number
  /** How many were made. */
  count(): number
}

export function createObservations(options: ObservationsOptions): Observations {
  const { clock, resting, turns } = options
  const queue = createQueue(clock)
  const intervals = createIntervals(options.random)
  const running: Promise<void>[] = []
  const runtimeOf = rememberedRuntimes(options)
  let count = 0

  const schedule = (entry: HostEntry): void => {
    const pace = paceOf(entry)
    if (pace === Infinity) intervals.forget(entry.host.id)
    else queue.addAfter(entry.host.id, intervals.next(entry.host.id, pace))
  }

  async function observe(id: string): Promise<void> {
    const entry = resting.entry(id)
    const target = entry?.target
    if (!entry || !target || paceOf(entry) === Infinity) return intervals.forget(id)
    const { sequence } = entry
    const begun = clock.now()
    count += 1
    try {
      const runtime = await runtimeOf(target.workspace)
      const { view, flink } = await inspect(options.observer, runtime, target.generation)
      // A cycle has observed it meanwhile: which of the two is older can't be told.
      if (resting.entry(id) !== entry || entry.sequence !== sequence) return
      const same = resting.compare(entry, view, clock.now())
      if (same.length > 0) options.store.resources.observedAgain(same, isoTime(begun))
      if (flink) await askAboutSaved(entry, runtime, flink)
    } catch (error) {
      options.onError(`${entry.host.kind}/${id}`, error)
      options.wakeSoon(entry.host)
    } finally {
      if (resting.entry(id) === entry) schedule(entry)
    }
  }

  async function askAboutSaved(entry: HostEntry, runtime: Runtime, flink: FlinkRest): Promise<void> {
    for (const run of dueSaved(entry, runtime, intervals.slow())) {
      const news = await checkSaved(options, { runtime, flink, run })
      if (!news || entry.runs.get(run.id) !== run) continue
      resting.begin(run.id)
      options.wake(run)
    }
  }

  async function work(): Promise<void> {
    for (;;) {
      await turns.next()
      const id = await queue.take()
      if (id === undefined) return
      await observe(id)
      queue.done(id)
    }
  }

  return {
    schedule,
    start() {
      for (let n = 0; n < WORKERS; n += 1) running.push(work())
    },
    async stop() {
      queue.close()
      await Promise.all(running)
    },
    intervalMs: intervals.slow,
    count: () => count,
  }
}

function paceOf({ target, rest, runs }: HostEntry): number {
  if (!target) return Infinity
  let pace = rest?.pace ?? Infinity
  for (const run of runs.values()) pace = Math.min(pace, run.rest.pace)
  return pace
}

function createIntervals(random: () => number = Math.random) {
  const slow = new Set<string>()
  const fast = new Set<string>()
  const apart = (hosts: Set<string>): number => (hosts.size / MOST_A_SECOND) * 1000
  return {
    slow: () => Math.max(INTERVAL_MS, apart(slow)),
    next(host: string, pace: number): number {
      const isSlow = pace >= SLOW_MS
      const isNew = !slow.has(host)
      const [now, before] = isSlow ? [slow, fast] : [fast, slow]
      before.delete(host)
      now.add(host)
      const interval = Math.max(pace, apart(now))
      // The first one anywhere within the interval: those that came up together are not observed together.
      if (isSlow && isNew) return interval * random()
      return isSlow ? interval * (0.95 + 0.1 * random()) : interval
    },
    forget(host: string): void {
      slow.delete(host)
      fast.delete(host)
    },
  }
}

/** Those whose turn it is; and all whose checkpoints nobody but Flink can tell of. */
function dueSaved(entry: HostEntry, runtime: Runtime, intervalMs: number): RunEntry[] {
  const watched = [...entry.runs.values()].filter(({ rest }) => rest.saved !== undefined)
  const found = watched.filter(({ rest }) => isFound(runtime, rest.saved?.folder))
  const wanted = Math.min(SAVED_AT_ONCE, Math.ceil((found.length * intervalMs) / SAVED_EVERY_MS))
  const due = Array.from({ length: wanted }, (_, n) => found[(entry.turn + n) % found.length])
  entry.turn = found.length === 0 ? 0 : (entry.turn + wanted) % found.length
  return [
    ...due.filter((run) => run !== undefined),
    ...watched.filter(({ rest }) => !isFound(runtime, rest.saved?.folder)),
  ]
}

const isFound = (runtime: Runtime, folder: string | undefined): boolean =>
  folder !== undefined && (runtime.findsCheckpoints?.(folder) ?? false)

/** Which runtime a workspace has changes with its settings alone. */
function rememberedRuntimes({ clock, runtimes }: ObservationsOptions): (workspace: string) => Promise<Runtime> {
  const known = new Map<string, { at: number; runtime: Promise<Runtime> }>()
  return (workspace) => {
    const before = known.get(workspace)
    if (before && clock.now() - before.at < RUNTIME_KEPT_MS) return before.runtime
    const runtime = runtimes.of(workspace)
    known.set(workspace, { at: clock.now(), runtime })
    return runtime
  }
}
