/**
 * When the engine may take the next key. There is one thread: whoever answers a caller waits until the engine lets go
 * of it. So it lets others have a turn between cycles, and while requests are being answered it takes only a share.
 */
import { setImmediate as later } from 'node:timers'
import { setImmediate, setTimeout } from 'node:timers/promises'

export interface Turns {
  /** Resolves when there may be more work. */
  next(): Promise<void>
}

export interface TurnsOptions {
  /** How many callers wait for an answer at present. */
  callers?: () => number
}

/** So long it may work without letting anybody else have a turn, give or take one cycle. */
const AT_A_STRETCH_MS = 8
/**
 * While requests are being answered: for one part of work as many parts of waiting as there are callers, and no more
 * than these. One caller after the other leaves half to the engine, which has to do what they ask for; a crowd a
 * quarter.
 */
const PARTS = 3
/** Of a cycle's work this much is done before it lets go for the first time, to ask somebody something. */
const FIRST_PART = 0.5
const LEAST_MS = 1
const MOST_MS = 100

export function createTurns({ callers = () => 0 }: TurnsOptions = {}): Turns {
  let turned = performance.now()
  let line = Promise.resolve()
  /** What the last one that was let through has cost. */
  let cost = LEAST_MS

  const turn = async (): Promise<void> => {
    await setImmediate()
    turned = performance.now()
  }

  /** Between the first and the second of these callbacks runs what was waited for, and nobody else. */
  const measured = (): Promise<void> =>
    new Promise((resolve) => {
      later(() => {
        turned = performance.now()
        resolve()
      })
      later(() => {
        cost = Math.max(LEAST_MS, (performance.now() - turned) / FIRST_PART)
      })
    })

  /** One at a time, each after a wait in which requests are answered. */
  const waitBehind = (): Promise<void> => {
    const mine = line.then(async () => {
      const begun = performance.now()
      const isOver = (): boolean => {
        const parts = Math.min(PARTS, callers())
        return performance.now() >= begun + Math.min(MOST_MS, parts * cost)
      }
      do await setTimeout(1)
      while (!isOver())
      await measured()
    })
    line = mine
    return mine
  }

  return {
    async next() {
      if (callers() > 0) return waitBehind()
      if (performance.now() - turned >= AT_A_STRETCH_MS) await turn()
    },
  }
}
