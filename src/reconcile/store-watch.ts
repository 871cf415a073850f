/**
 * What the engine knows of its store. While that is away nobody works: what is observed could not be written down, and
 * nothing may be done from what was known before. Somebody asks now and then whether it is back, and later each time.
 * A store that only refuses to write (a full disk) stops those who have something to write.
 */
import { growingDelay, jittered } from '../domain/backoff.ts'
import type { Clock } from '../domain/clock.ts'
import { CODES, type StoreErrorCode, storeErrorIn } from '../store/errors.ts'

export interface StoreWatch {
  /** Resolves when there may be work; false once it is closed. */
  turn(): Promise<boolean>
  isAway(): boolean
  /** Something failed; whether the store was to blame is found out here. */
  failed(what: string, error: unknown): void
  worked(what: string): void
  /** A whole cycle worked: the store is well, where one that is only read may be so for a moment. */
  well(): void
  failures(): number
  close(): void
}

export interface StoreWatchOptions {
  clock: Clock
  random: () => number
  /** Why the store can't be used; undefined when it can. */
  problem(): Promise<string | undefined>
  /** Called with the error when something can't be read or written, without one when all can be again. */
  onTrouble(error?: unknown): void
  /** It was away, and what happened meanwhile was not seen. */
  onBack(): void
}

const ASK_MS = 250
const ASK_MAX_MS = 10_000

export function createStoreWatch({ clock, random, problem, onTrouble, onBack }: StoreWatchOptions): StoreWatch {
  /** Who can't go on for the store's sake, with what it said. */
  const refused = new Map<string, unknown>()
  let away: { error: unknown } | undefined
  /** How often it was found away since something last worked. */
  let times = 0
  let count = 0
  let waiting: ((go: boolean) => void)[] = []
  let cancel = (): void => {}
  let closed = false
  let reported: StoreErrorCode | undefined

  /** Once for each that is new; many fail with the same. */
  const tell = (): void => {
    const [first] = refused.values()
    const error = away ? away.error : first
    const code = storeErrorIn(error)?.code
    if (code === reported) return
    reported = code
    onTrouble(error)
  }

  const askLater = (): void => {
    times += 1
    cancel = clock.after(jittered(growingDelay(times + 1, ASK_MS, ASK_MAX_MS), random), () => void ask())
  }

  const ask = async (): Promise<void> => {
    const still = await problem().catch(() => 'it could not be asked')
    if (closed) return
    if (still !== undefined) return askLater()
    away = undefined
    tell()
    for (const go of waiting.splice(0)) go(true)
    onBack()
  }

  return {
    async turn() {
      if (closed) return false
      return away ? new Promise((resolve) => waiting.push(resolve)) : true
    },
    isAway: () => away !== undefined,
    failed(what, error) {
      const code = storeErrorIn(error)?.code
      if (code === undefined || closed) return
      count += 1
      if (CODES[code].running === 'GO_ON') refused.set(what, error)
      else if (!away) {
        away = { error }
        askLater()
      }
      tell()
    },
    worked(what) {
      if (!away && refused.delete(what)) tell()
    },
    well() {
      if (!away) times = 0
    },
    failures: () => count,
    close() {
      closed = true
      cancel()
      for (const go of waiting) go(false)
      waiting = []
    },
  }
}
