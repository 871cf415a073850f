/** Bytes of a caller who may send too many, too slowly, or stop in the middle. */
import { UploadRefused } from '../domain/artifact.ts'
import type { Clock } from '../domain/clock.ts'

export interface Pace {
  /** In every stretch of this length... */
  everyMs: number
  /** ... at least so much must come, or the caller is taken for gone. */
  leastBytes: number
}

/** A kibibyte a second. */
const LEAST: Pace = { everyMs: 30_000, leastBytes: 30 * 1024 }

export interface Bounds {
  maxBytes: number
  clock: Clock
  pace?: Partial<Pace>
  /** Ends it: the server stops. */
  stopping: AbortSignal
}

/** The same chunks. Throws UploadRefused (TOO_LARGE, STALLED, BROKEN_OFF, STOPPING). */
export async function* arrivingAtPace(
  chunks: AsyncIterable<Buffer>,
  { maxBytes, clock, pace, stopping }: Bounds,
): AsyncGenerator<Buffer> {
  const { everyMs, leastBytes } = { ...LEAST, ...pace }
  const source = chunks[Symbol.asyncIterator]()
  let [total, inStretch] = [0, 0]
  let cancel = (): void => {}
  // One for each wait, and forgotten with it: a promise that lasted as long as the upload would hold every chunk.
  let giveUp: ((error: UploadRefused) => void) | undefined
  const stop = (): void => giveUp?.(new UploadRefused('STOPPING', 'The server stops; upload it again when it is back.'))
  const observe = (): void => {
    // Where our own disk is the slow one, and nobody waits here, the caller can't help it.
    if (giveUp && inStretch < leastBytes) {
      return giveUp(
        new UploadRefused(
          'STALLED',
          `Only ${inStretch} bytes came within ${everyMs / 1000} s: the upload was given up.`,
        ),
      )
    }
    inStretch = 0
    cancel = clock.after(everyMs, observe)
  }
  cancel = clock.after(everyMs, observe)
  stopping.addEventListener('abort', stop)
  const next = (): Promise<IteratorResult<Buffer>> =>
    new Promise((resolve, reject) => {
      giveUp = reject
      if (stopping.aborted) stop()
      source.next().then(resolve, reject)
    })
  try {
    for (;;) {
      const chunk = await next()
        .catch(brokenOff)
        .finally(() => {
          giveUp = undefined
        })
      if (chunk.done) return
      total += chunk.value.length
      inStretch += chunk.value.length
      if (total > maxBytes)
        throw new UploadRefused(
          'TOO_LARGE',
          `The file is larger than ${maxBytes} bytes, which is the most that this server takes.`,
        )
      yield chunk.value
    }
  } finally {
    // Else it would go on holding what is still to come, which then could not be thrown away.
    void source.return?.().catch(() => {})
    cancel()
    stopping.removeEventListener('abort', stop)
  }
}

function brokenOff(error: Error): never {
  if (error instanceof UploadRefused) throw error
  throw new UploadRefused('BROKEN_OFF', 'The body broke off before it was complete.', error)
}
