/** Work that several want at once is done once, and its outcome is held until the last of them is through with it. */

interface Flight<T> {
  outcome: Promise<T>
  users: number
  /** Of whoever began it: with its abort the work ends, for the others to begin anew. */
  signal: AbortSignal | undefined
}

interface Trip<T, R> {
  /** Those with the same name at the same time share one `begin`. */
  name: string
  /** Ends soon after its signal's abort. */
  begin(): Promise<T>
  use(outcome: T, joined: boolean): Promise<R>
  signal: AbortSignal | undefined
}

/** `release` is called once for each outcome, when nobody uses it any more. Answers throw what the work throws, or the signal's reason. */
export function shareInFlight<T>(release: (outcome: T) => void): <R>(trip: Trip<T, R>) => Promise<R> {
  const flights = new Map<string, Flight<T>>()

  function board({ name, begin, signal }: Trip<T, unknown>): Flight<T> {
    const flight: Flight<T> = { outcome: begin(), users: 0, signal }
    flights.set(name, flight)
    const landed = (): void => void flights.delete(name)
    flight.outcome.then(landed, landed)
    return flight
  }

  function leave(flight: Flight<T>): void {
    flight.users -= 1
    // Somebody may still come aboard before it lands; after that nobody does.
    const empty = (outcome: T): void => {
      if (flight.users !== 0) return
      flight.users = Number.NaN
      release(outcome)
    }
    if (flight.users === 0) flight.outcome.then(empty, () => {})
  }

  return async (trip) => {
    for (;;) {
      trip.signal?.throwIfAborted()
      const joined = flights.get(trip.name)
      const flight = joined ?? board(trip)
      flight.users += 1
      try {
        // Who began it waits for its end, so that nothing goes on behind its back.
        const outcome = await (joined ? orAborted(flight.outcome, trip.signal) : flight.outcome)
        return await trip.use(outcome, joined !== undefined)
      } catch (error) {
        trip.signal?.throwIfAborted()
        if (!joined?.signal?.aborted) throw error
      } finally {
        leave(flight)
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
