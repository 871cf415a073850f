/**
 * A clock that stands still until a test moves it: hours of a server's life pass in milliseconds, the same way every
 * time.
 */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/domain/clock.ts'

export interface ManualClock extends Clock {
  /** Moves on by `ms`, stops at each timer on the way and lets what it starts come to rest. */
  advance(ms: number): Promise<void>
  /**
   * Moves on from timer to timer until `condition` answers something that is neither false nor undefined, and answers
   * that. Throws once `withinMs` of this clock have passed, or when nothing waits for any time any more.
   */
  until<T>(condition: () => Promise<T | false | undefined> | T | false | undefined, withinMs?: number): Promise<T>
  /** Timers that have not fired. */
  pending(): number
}

export function manualClock(start = Date.parse('2026-01-05T08:00:00.000Z')): ManualClock {
  let now = start
  let timers: { at: number; callback: () => void }[] = []

  const next = (): { at: number; callback: () => void } | undefined =>
    timers.reduce<(typeof timers)[number] | undefined>(
      (first, timer) => (first && first.at <= timer.at ? first : timer),
      undefined,
    )

  const fireNext = async (end: number): Promise<boolean> => {
    const timer = next()
    if (!timer || timer.at > end) return false
    timers = timers.filter((other) => other !== timer)
    now = Math.max(now, timer.at)
    timer.callback()
    await atRest()
    return true
  }

  return {
    now: () => now,
    after(ms, callback) {
      const timer = { at: now + Math.max(0, ms), callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const end = now + ms
      await atRest()
      while (await fireNext(end));
      now = end
      await atRest()
    },
    async until(condition, withinMs = 600_000) {
      const end = now + withinMs
      for (;;) {
        await atRest()
        const answer = await condition()
        if (answer !== false && answer !== undefined) return answer
        if (!(await fireNext(end)))
          throw new Error(`not within ${withinMs} ms of the test's clock; ${timers.length} timers are left`)
      }
    },
    pending: () => timers.length,
  }
}

/** Chains of promises are through once the event loop has come round; a few rounds for those that start others. */
async function atRest(): Promise<void> {
  for (let round = 0; round < 8; round += 1) await setImmediate()
}
