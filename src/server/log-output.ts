/**
 * Where the log goes: standard error, which may be a file on a full disk, a pipe that nobody reads any more or a
 * terminal that is gone. A server goes on without its log; what was lost is told when writing works again.
 */
import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** Writes some of the bytes and answers how many. */
type Write = (bytes: Buffer) => number

/** A pipe is full for as long as its reader is busy: that long it is waited for, and then no more until it takes some. */
const PATIENCE_MS = 1000
const STEP_MS = 20

const toStandardError: Write = (bytes) => writeSync(2, bytes)

const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

export function logOutput(write: Write = toStandardError): DestinationStream {
  let lost = 0
  /** The last line was cut off in the middle. */
  let torn = false

  function writeAll(bytes: Buffer): boolean {
    let patience = lost > 0 ? 0 : PATIENCE_MS
    for (let at = 0; at < bytes.length; ) {
      try {
        at += write(bytes.subarray(at))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || patience <= 0) {
          torn ||= at > 0
          return false
        }
        patience -= STEP_MS
        sleep(STEP_MS)
      }
    }
    return true
  }

  return {
    write(line: string) {
      const text = `${torn ? '\n' : ''}${lost > 0 ? `${tellOf(lost)}\n` : ''}${line}`
      if (!writeAll(Buffer.from(text))) {
        lost += 1
        return
      }
      lost = 0
      torn = false
    },
  }
}

const tellOf = (lost: number): string =>
  JSON.stringify({
    level: 'warn',
    time: new Date().toISOString(),
    msg: `${lost} line(s) of the log could not be written and are lost`,
  })
