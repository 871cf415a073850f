/** A clock that stands still until it is told to go on: hours pass in a test without anybody waiting. */
import { setImmediate as macrotask } from 'node:timers/promises'
import type { Clock } from '../../domain/clock.ts'

export interface ManualClock extends Clock {
  /** Lets `ms` pass. What is due on the way happens in its order, each with the time at which it was due. */
  pass(ms: number): Promise<void>
}

export function createManualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start
  const timers = new Set<{ at: number; callback: () => void }>()
  /** All timers of the earliest time up to `end`. */
  const dueBy = (end: number) => {
    let at = Infinity
    for (const timer of timers) at = Math.min(at, timer.at)
    return at <= end ? [...timers].filter((timer) => timer.at === at) : []
  }
  return {
    now: () => now,
    after: (ms, callback) => {
      const timer = { at: now + Math.max(0, ms), callback }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass: async (ms) => {
      const end = now + ms
      await macrotask()
      for (let due = dueBy(end); due.length > 0; due = dueBy(end)) {
        for (const timer of due) {
          // One of the same time may have canceled it.
          if (!timers.delete(timer)) continue
          now = Math.max(now, timer.at)
          timer.callback()
        }
        // What the callbacks set going may ask for timers of its own that come next.
        await macrotask()
      }
      now = end
    },
  }
}
