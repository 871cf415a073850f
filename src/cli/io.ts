/** The process as the commands see it, passed in, so that tests run commands without a process of their own. */
import { writeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { printable } from '../domain/printable.ts'
import { EXIT } from './errors.ts'

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
  /** Calls back at SIGINT, SIGTERM, SIGHUP or a closed output; without it they end the process. Answers how to stop. */
  onStop(handler: (signal: NodeJS.Signals) => void): () => void
}

// eslint-disable-next-line no-control-regex
const OURS = /(\u001b\[(?:0|1|2|22|3[1-6]|39)m|\r\u001b\[2K)/

/**
 * Whatever is printed passes here, wherever it came from: of all that steers a terminal only our own few colours and
 * the line that is written over get through, in a pipe too, since a pipe may end on a terminal.
 */
export function harmless(io: Io): Io {
  const clean = (text: string): string =>
    text
      .split(OURS)
      .map((part, index) => (index % 2 === 1 ? part : printable(part)))
      .join('')
  return { ...io, out: (text) => io.out(clean(text)), err: (text) => io.err(clean(text)) }
}

export function processIo(): Io {
  const stop = stopSignals()
  // `weir session list | head -1` closes our output early, a closed terminal too. A command that runs things stops them
  // then, as by a signal; any other is done.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) return stop.listening() ? undefined : fail(error)
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
      if (!stop.raise('SIGHUP')) process.exit(0)
    })
  }
  return {
    env: process.env,
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    inTty: process.stdin.isTTY === true,
    outTty: process.stdout.isTTY === true,
    errTty: process.stderr.isTTY === true,
    columns: process.stdout.columns || process.stderr.columns || 80,
    onStop: stop.listen,
  }
}

/** Output that is lost is a failure of a command that is there for its output, and none of what runs on. */
function fail({ message }: Error): never {
  try {
    writeSync(2, `weir: the output could not be written: ${message}\n`)
  } catch {
    // That is where it could not be written.
  }
  process.exit(EXIT.failed)
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** npm and a terminal both pass a Ctrl-C on, so one signal arrives two or three times within moments. */
const ONE_SIGNAL_MS = 1000

function stopSignals() {
  const handlers = new Set<(signal: NodeJS.Signals) => void>()
  let last = -Infinity
  /** False when nobody listens. */
  const raise = (signal: NodeJS.Signals): boolean => {
    const repeated = performance.now() - last < ONE_SIGNAL_MS
    last = performance.now()
    if (!repeated) for (const handler of [...handlers]) handler(signal)
    return handlers.size > 0
  }
  let stopWatching = (): void => undefined
  const listen = (handler: (signal: NodeJS.Signals) => void): (() => void) => {
    if (handlers.size === 0) stopWatching = whenOrphanedByNpm(() => raise('SIGTERM'))
    if (handlers.size === 0) for (const signal of STOP_SIGNALS) process.on(signal, raise)
    handlers.add(handler)
    return () => {
      handlers.delete(handler)
      if (handlers.size > 0) return
      for (const signal of STOP_SIGNALS) process.removeListener(signal, raise)
      stopWatching()
    }
  }
  return { listen, raise, listening: () => handlers.size > 0 }
}

/**
 * npm hands a signal to the shell it runs a script with, and the shell may die of it without telling us. So below npm
 * the death of our parent is taken as the signal that we did not get.
 */
function whenOrphanedByNpm(callback: () => void): () => void {
  if (!process.env.npm_lifecycle_event) return () => undefined
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    callback()
  }, 250)
  timer.unref()
  return () => clearInterval(timer)
}
