/** Time as a parameter: whatever waits or stamps takes a clock, so that tests own the time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls back once after `ms`; the answer cancels it. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** `YYYY-MM-DDTHH:mm:ss.sssZ`, the one form in which times are stored and answered. */
export const isoTime = (ms: number): string => new Date(ms).toISOString()
