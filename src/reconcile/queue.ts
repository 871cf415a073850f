/**
 * A queue of keys in which each key stands at most once, is worked on by one worker at a time, and may be due later.
 * A key that is added while it is worked on is due again when that work is done.
 */
import type { Clock } from '../domain/clock.ts'

export interface Queue {
  /** Due now. */
  add(key: string): void
  /** Due in `ms`, unless it is due earlier already. */
  addAfter(key: string, ms: number): void
  /** Not due for `ms`, whoever adds it. */
  hold(key: string, ms: number): void
  /** The next key that is due, or undefined once the queue is closed. Call `done(key)` after working on it. */
  take(): Promise<string | undefined>
  done(key: string): void
  close(): void
  size(): number
}

export function createQueue(clock: Clock): Queue {
  const due = new Set<string>()
  const working = new Set<string>()
  const dirty = new Set<string>()
  const heldUntil = new Map<string, number>()
  const timers = createTimers(clock, (key) => add(key))
  const takers: ((key: string | undefined) => void)[] = []
  let closed = false

  const hand = (): void => {
    while (takers.length > 0) {
      const [key] = due
      if (key === undefined) return
      due.delete(key)
      working.add(key)
      takers.shift()?.(key)
    }
  }

  const add = (key: string): void => {
    if (closed) return
    const held = (heldUntil.get(key) ?? 0) - clock.now()
    if (held > 0) return addAfter(key, held)
    heldUntil.delete(key)
    timers.cancel(key)
    if (working.has(key)) dirty.add(key)
    else due.add(key)
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
      if (dirty.delete(key)) add(key)
    },
    close() {
      closed = true
      timers.cancelAll()
      due.clear()
      for (const taker of takers.splice(0)) taker(undefined)
    },
    size: () => due.size + working.size,
  }
}

/** One timer a key, the earliest that was wanted. */
function createTimers(clock: Clock, fire: (key: string) => void) {
  const timers = new Map<string, { at: number; cancel: () => void }>()
  const cancel = (key: string): void => {
    timers.get(key)?.cancel()
    timers.delete(key)
  }
  return {
    cancel,
    cancelAll() {
      for (const key of [...timers.keys()]) cancel(key)
    },
    set(key: string, ms: number): void {
      const at = clock.now() + ms
      const earlier = timers.get(key)
      if (earlier && earlier.at <= at) return
      cancel(key)
      const fired = (): void => {
        timers.delete(key)
        fire(key)
      }
      timers.set(key, { at, cancel: clock.after(ms, fired) })
    },
  }
}
