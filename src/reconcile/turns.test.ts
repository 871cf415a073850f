import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createTurns } from './turns.ts'

/** Keeps the thread for so long. */
function work(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

describe('turns of the engine', () => {
  test('whoever waits for the event loop gets it while there is work without end', async () => {
    const turns = createTurns()
    let rounds = 0
    let isOver = false
    const others = (async () => {
      for (; !isOver; rounds += 1) await setImmediate()
    })()
    for (let n = 0; n < 200; n += 1) {
      await turns.next()
      work(1)
    }
    isOver = true
    await others
    // 200 ms of work, of which it keeps 8 ms at a time, and one more.
    expect(rounds).toBeGreaterThanOrEqual(20)
  })

  test('while many callers wait it takes a share, however many workers there are, and all of it when nobody does', async () => {
    let callers = 32
    const turns = createTurns({ callers: () => callers })
    let done = 0
    const worker = async (until: () => boolean): Promise<void> => {
      for (;;) {
        await turns.next()
        if (until()) return
        work(2)
        done += 1
      }
    }
    const workers = async (): Promise<number> => {
      done = 0
      const end = performance.now() + 400
      await Promise.all(Array.from({ length: 8 }, () => worker(() => performance.now() >= end)))
      return done
    }
    await workers()
    // A quarter of 400 ms would be 50; a busy machine may leave less, and waiting is never shorter.
    expect(done).toBeGreaterThanOrEqual(5)
    expect(done).toBeLessThanOrEqual(100)
    const besideMany = done
    callers = 1
    expect(await workers(), 'more beside one caller').toBeGreaterThan(besideMany)
    callers = 0
    done = 0
    await worker(() => done >= 50)
    expect(done).toBe(50)
  })
})
