/** The process as the commands see it, passed in, so that tests run commands without a process of their own. */
import type { Readable } from 'node:stream'

export interface Io {
  env: Record<string, string | undefined>
  stdin: Readable
  out(text: string): void
  err(text: string): void
  /** Whether stdin, stdout and stderr are terminals. */
  inTty: boolean
  outTty: boolean
  errTty: boolean
  columns: number
  /** Aborted by SIGINT, SIGTERM or SIGHUP where a command asked for that by `onStop`. */
  onStop(handler: (signal: NodeJS.Signals) => void): () => void
}

export function processIo(): Io {
  // `weir session list | head -1` closes our output early: that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    env: process.env,
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    inTty: process.stdin.isTTY === true,
    outTty: process.stdout.isTTY === true,
    errTty: process.stderr.isTTY === true,
    columns: process.stdout.columns ?? 80,
    onStop: listenForStop,
  }
}

/**
 * Calls back once per signal that a person or supervisor means. npm and a terminal both pass a Ctrl-C on, so the same
 * signal arrives two or three times within moments: repeats within a second are one.
 */
function listenForStop(handler: (signal: NodeJS.Signals) => void): () => void {
  let last = -Infinity
  const listen = (signal: NodeJS.Signals): void => {
    const now = performance.now()
    if (now - last < 1000) return
    last = now
    handler(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, listen)
  return () => {
    for (const signal of signals) process.removeListener(signal, listen)
  }
}
