/** Waiting for a condition, with a deadline that tells what was seen last. */
import { setTimeout as delay } from 'node:timers/promises'

/** Asks until the answer is neither undefined nor false. Throws, with `last`, after `timeoutMs`. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  options: { timeoutMs?: number; last?: () => unknown } = {},
): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 90_000)
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > deadline) {
      throw new Error(
        `waited in vain until ${what}` + (options.last ? `; last: ${JSON.stringify(options.last())}` : ''),
      )
    }
    await delay(50)
  }
}
