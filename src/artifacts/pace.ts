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
export async function* arrivingAtPace(chunks: AsyncIterable<Buffer>, { maxBytes, clock, pace, stopping }: Bounds): AsyncGenerator<Buffer> {
  const { everyMs, leastBytes } = { ...LEAST, ...pace }
  const source = chunks[Symbol.asyncIterator]()
  let [total, inStretch, isWaiting] = [0, 0, false]
  let cancel = (): void => {}
  let stop = (): void => {}
  const ended = new Promise<never>((_resolve, reject) => {
    const look = (): void => {
      // Where our own disk is the slow one, the caller can't help it.
      if (isWaiting && inStretch < leastBytes) {
        return reject(new UploadRefused('STALLED', `Only ${inStretch} bytes came within ${everyMs / 1000} s: the upload was given up.`))
      }
      inStretch = 0
      cancel = clock.after(everyMs, look)
    }
    cancel = clock.after(everyMs, look)
    stop = () => reject(new UploadRefused('STOPPING', 'The server stops; upload it again when it is back.'))
    if (stopping.aborted) stop()
    stopping.addEventListener('abort', stop)
  })
  // Not always is somebody waiting for it.
  ended.catch(() => {})
  try {
    for (;;) {
      isWaiting = true
      const next = await Promise.race([source.next(), ended]).catch(brokenOff)
      isWaiting = false
      if (next.done) return
      total += next.value.length
      inStretch += next.value.length
      if (total > maxBytes) throw new UploadRefused('TOO_LARGE', `The file is larger than ${maxBytes} bytes, which is the most that this server takes.`)
      yield next.value
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
