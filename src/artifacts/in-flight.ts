/** Work that several want at once is done once, and its outcome is held until the last of them is through with it. */

interface Shared<T> {
  outcome: Promise<T>
  users: number
  /** Of whoever began it: with its abort the work ends, for the others to begin anew. */
  signal: AbortSignal | undefined
}

interface Wanted<T, R> {
  /** Those with the same name at the same time share one `begin`. */
  name: string
  /** Ends soon after its signal's abort. */
  begin(): Promise<T>
  use(outcome: T, joined: boolean): Promise<R>
  signal: AbortSignal | undefined
}

/**
 * `release` is called once for each outcome, when nobody uses it any more. Answers throw what the work throws, or the
 * signal's reason.
 */
export function shareInFlight<T>(release: (outcome: T) => void): <R>(wanted: Wanted<T, R>) => Promise<R> {
  const inFlight = new Map<string, Shared<T>>()

  function start({ name, begin, signal }: Wanted<T, unknown>): Shared<T> {
    const work: Shared<T> = { outcome: begin(), users: 0, signal }
    inFlight.set(name, work)
    const ended = (): void => void inFlight.delete(name)
    work.outcome.then(ended, ended)
    return work
  }

  function leave(work: Shared<T>): void {
    work.users -= 1
    // Somebody may still join before it ends; after that nobody does.
    const unused = (outcome: T): void => {
      if (work.users !== 0) return
      work.users = Number.NaN
      release(outcome)
    }
    if (work.users === 0) work.outcome.then(unused, () => {})
  }

  return async (wanted) => {
    for (;;) {
      wanted.signal?.throwIfAborted()
      const joined = inFlight.get(wanted.name)
      const work = joined ?? start(wanted)
      work.users += 1
      try {
        // Who began it waits for its end, so that nothing goes on behind its back.
        const outcome = await (joined ? orAborted(work.outcome, wanted.signal) : work.outcome)
        return await wanted.use(outcome, joined !== undefined)
      } catch (error) {
        wanted.signal?.throwIfAborted()
        if (!joined?.signal?.aborted) throw error
      } finally {
        leave(work)
      }
    }
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
