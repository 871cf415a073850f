/**
 * A queue of keys in which each key stands at most once, is worked on by one worker at a time, and may be due later.
 * A key that is added while it is worked on is due again when that work is done. News go before rounds: whoever goes
 * through everything there is does not keep a caller's change waiting, and gets its turn all the same.
 */
import type { Clock } from '../domain/clock.ts'

/** NEWS: something happened to it. ROUND: it is its turn. */
export type Rank = 'NEWS' | 'ROUND'

export interface Queue {
  /** Due now. */
  add(key: string, rank?: Rank): void
  /** Due in `ms`, unless it is due earlier already. */
  addAfter(key: string, ms: number): void
  /** Due now, but not within `ms` of the last time it was taken: many of these come to one. */
  addApart(key: string, ms: number): void
  /** Not due for `ms`, whoever adds it. */
  hold(key: string, ms: number): void
  /** The next key that is due, or undefined once the queue is closed. Call `done(key)` after working on it. */
  take(): Promise<string | undefined>
  done(key: string): void
  /** It is not due any more, unless somebody adds it again. */
  forget(key: string): void
  close(): void
  size(): number
}

/** After so many news comes one of a round. */
const NEWS_IN_ROW = 3

export function createQueue(clock: Clock): Queue {
  const due = createDue()
  const working = new Set<string>()
  const dirty = new Map<string, Rank>()
  const heldUntil = new Map<string, number>()
  const taken = createTimes(clock)
  const timers = createTimers(clock, (key) => add(key))
  const takers: ((key: string | undefined) => void)[] = []
  let closed = false

  const hand = (): void => {
    while (takers.length > 0) {
      const key = due.take()
      if (key === undefined) return
      working.add(key)
      taken.note(key)
      takers.shift()?.(key)
    }
  }

  const add = (key: string, rank: Rank = 'NEWS'): void => {
    if (closed) return
    const held = (heldUntil.get(key) ?? 0) - clock.now()
    if (held > 0) return addAfter(key, held)
    heldUntil.delete(key)
    timers.cancel(key)
    if (!working.has(key)) due.add(key, rank)
    else if (rank === 'NEWS' || !dirty.has(key)) dirty.set(key, rank)
    hand()
  }

  function addAfter(key: string, ms: number): void {
    if (closed) return
    if (ms <= 0) return add(key)
    if (due.has(key)) return
    timers.set(key, ms)
  }

  return {
    add,
    addAfter,
    addApart: (key, ms) => addAfter(key, taken.at(key) + ms - clock.now()),
    hold: (key, ms) => void heldUntil.set(key, clock.now() + ms),
    take() {
      if (closed) return Promise.resolve(undefined)
      return new Promise((resolve) => {
        takers.push(resolve)
        hand()
      })
    },
    done(key) {
      working.delete(key)
      const rank = dirty.get(key)
      dirty.delete(key)
      if (rank !== undefined) add(key, rank)
    },
    forget(key) {
      timers.cancel(key)
      due.delete(key)
      dirty.delete(key)
      heldUntil.delete(key)
    },
    close() {
      closed = true
      timers.close()
      due.clear()
      for (const taker of takers.splice(0)) taker(undefined)
    },
    size: () => due.size() + working.size,
  }
}

function createDue() {
  const news = createLine()
  const round = createLine()
  let inRow = 0
  return {
    has: (key: string) => news.has(key) || round.has(key),
    add(key: string, rank: Rank): void {
      if (rank === 'NEWS') {
        round.delete(key)
        news.add(key)
      } else if (!news.has(key)) round.add(key)
    },
    take(): string | undefined {
      const turn = round.size() > 0 && (news.size() === 0 || inRow >= NEWS_IN_ROW)
      inRow = turn ? 0 : inRow + 1
      return turn ? round.take() : news.take()
    },
    delete(key: string): void {
      news.delete(key)
      round.delete(key)
    },
    clear(): void {
      news.clear()
      round.clear()
    },
    size: () => news.size() + round.size(),
  }
}

/** First in, first out, each once. Taking the first of a set gets slower with all that were taken before. */
function createLine() {
  const members = new Set<string>()
  let line: string[] = []
  let head = 0
  return {
    has: (key: string) => members.has(key),
    add(key: string): void {
      if (members.has(key)) return
      members.add(key)
      line.push(key)
    },
    take(): string | undefined {
      for (; head < line.length; head += 1) {
        const key = line[head]
        if (key === undefined || !members.delete(key)) continue
        head += 1
        if (2 * head > line.length) {
          line = line.slice(head)
          head = 0
        }
        return key
      }
      line = []
      head = 0
      return undefined
    },
    delete: (key: string) => void members.delete(key),
    clear: () => members.clear(),
    size: () => members.size,
  }
}

const TIMES_KEPT_MS = 5_000
const TIMES_KEPT = 10_000

/** When keys were taken the last time, as long as anybody wants to know. */
function createTimes(clock: Clock) {
  let times = new Map<string, number>()
  let sweepAt = TIMES_KEPT
  return {
    at: (key: string): number => times.get(key) ?? 0,
    note(key: string): void {
      times.set(key, clock.now())
      if (times.size < sweepAt) return
      const since = clock.now() - TIMES_KEPT_MS
      times = new Map([...times].filter(([, at]) => at > since))
      sweepAt = 2 * times.size + TIMES_KEPT
    },
  }
}

interface Alarm {
  at: number
  key: string
}

/** One time a key, the earliest that was wanted; all of them together have one timer of the clock. */
function createTimers(clock: Clock, fire: (key: string) => void) {
  const times = new Map<string, number>()
  /** A binary heap, the earliest first. Alarms whose time is not that of their key any more are passed over. */
  let heap: Alarm[] = []
  let armed: { at: number; cancel: () => void } | undefined

  const arm = (): void => {
    for (let first = heap[0]; first && times.get(first.key) !== first.at; first = heap[0]) pop(heap)
    const at = heap[0]?.at
    if (at === armed?.at) return
    armed?.cancel()
    armed = at === undefined ? undefined : { at, cancel: clock.after(Math.max(0, at - clock.now()), ring) }
  }
  const ring = (): void => {
    armed = undefined
    const now = clock.now()
    for (let first = heap[0]; first && first.at <= now; first = heap[0]) {
      pop(heap)
      if (times.get(first.key) !== first.at) continue
      times.delete(first.key)
      fire(first.key)
    }
    arm()
  }

  return {
    cancel(key: string): void {
      if (!times.delete(key)) return
      if (times.size === 0) heap = []
      arm()
    },
    close(): void {
      times.clear()
      heap = []
      arm()
    },
    set(key: string, ms: number): void {
      const at = clock.now() + ms
      const earlier = times.get(key)
      if (earlier !== undefined && earlier <= at) return
      times.set(key, at)
      push(heap, { at, key })
      if (heap.length > 2 * times.size + 64) heap = rebuilt(times)
      arm()
    },
  }
}

function rebuilt(times: ReadonlyMap<string, number>): Alarm[] {
  return [...times].map(([key, at]) => ({ at, key })).sort((a, b) => a.at - b.at)
}

function push(heap: Alarm[], alarm: Alarm): void {
  let n = heap.length
  heap.push(alarm)
  while (n > 0) {
    const above = (n - 1) >> 1
    const parent = heap[above]
    if (!parent || parent.at <= alarm.at) break
    heap[n] = parent
    heap[above] = alarm
    n = above
  }
}

function pop(heap: Alarm[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let n = 0
  for (;;) {
    const left = 2 * n + 1
    const right = left + 1
    const [a, b] = [heap[left], heap[right]]
    const [least, below] = b && a && b.at < a.at ? [b, right] : [a, left]
    if (!least || least.at >= last.at) break
    heap[n] = least
    n = below
  }
  heap[n] = last
}
