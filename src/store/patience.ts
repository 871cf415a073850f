/** Waiting for what passes at once, without holding up anybody else: a short lock, a transaction that gave way. */
import { setTimeout as delay } from 'node:timers/promises'
import { jittered } from '../domain/backoff.ts'
import { codeOf, type StoreErrorCode } from './errors.ts'

/** Where a database says that nothing was done and that the same can go well at once. */
const PASSING: readonly (StoreErrorCode | undefined)[] = ['LOCKED', 'CONFLICT']

export const isPassing = (error: unknown): boolean => PASSING.includes(codeOf(error))

export const AGAIN_MS = 40

/** How long a caller waits before he is told. */
export const PATIENCE_MS = 2000

/** Does it again while it fails with what passes at once. Nothing is held in between. @throws what it throws last */
export async function patiently<T>(work: () => Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
  for (const end = performance.now() + withinMs; ; ) {
    try {
      return await work()
    } catch (error) {
      if (!isPassing(error) || performance.now() > end) throw error
      await delay(jittered(AGAIN_MS))
    }
  }
}
