/** Waiting for a state by looking again and again, with what the server says meanwhile on stderr. */
import { setTimeout as delay } from 'node:timers/promises'
import { apiError } from './api.ts'
import type { Described } from './collections.ts'
import type { Context } from './context.ts'
import { CliError, EXIT, shellWord, usageError } from './errors.ts'
import { plain } from './output.ts'
import type { Located } from './resources.ts'

export interface WaitOptions {
  /** A state, or `DELETED`: gone altogether. */
  for: string
  timeoutMs: number
  /** How the news is shown; on stderr when left out. */
  progress?: Progress
  /** Ends the waiting with the signal's reason. */
  signal?: AbortSignal
}

export const WAITABLE = ['RUNNING', 'FINISHED', 'CANCELED', 'SUSPENDED', 'FAILED', 'DELETED']
const LOOK_EVERY_MS = 150

/** Answers with what was seen last, or undefined where the resource is gone and that was wanted. */
export async function waitFor(context: Context, it: Located, options: WaitOptions): Promise<Described | undefined> {
  const deadline = performance.now() + options.timeoutMs
  const progress = options.progress ?? makeProgress(context.io)
  try {
    for (let last: Described | undefined; ; ) {
      const answer = await it.in.describe(it.id)
      if (answer.ok) last = answer.data
      else if (answer.error.status === 404) return goneWhile(it, options)
      else if (answer.error.status < 500 && answer.error.status !== 429) throw apiError(answer.error)
      if (last && verdict(it, last, options.for)) return last
      progress.show(last)
      if (performance.now() > deadline) throw tooLate(it, last, options)
      await delay(LOOK_EVERY_MS, undefined, options.signal && { signal: options.signal })
    }
  } finally {
    progress.clear()
  }
}

function goneWhile(it: Located, options: WaitOptions): undefined {
  if (options.for === 'DELETED') return undefined
  throw new CliError(EXIT.notFound, `${it.kind} ${it.name} was deleted meanwhile`, { next: `weir ${it.kind} list` })
}

/** True when it is as wanted, false when it may still come to that; throws when it will not. */
function verdict(it: Located, seen: Described, wanted: string): boolean {
  if (seen.state === wanted) return true
  // A bounded job may be over before it was seen to run: it did run.
  if (wanted === 'RUNNING' && seen.state === 'FINISHED') return true
  const over =
    ['FAILED', 'FINISHED', 'CANCELED'].includes(seen.state) || (seen.state === 'DELETING' && wanted !== 'DELETED')
  if (!over || wanted === 'DELETED') return false
  const reason = seen.status.error?.message ?? seen.status.detail
  throw new CliError(
    EXIT.failed,
    `${it.kind} ${it.name} is ${seen.state}${seen.state === 'FAILED' ? `: ${plain(reason)}` : ''}`,
    {
      next: seen.state === 'FAILED' ? commandsFor(it, ['logs', 'describe']) : commandsFor(it, ['describe']),
    },
  )
}

function tooLate(it: Located, seen: Described | undefined, options: WaitOptions): CliError {
  const { detail, error } = seen?.status ?? {}
  const [wait, ...logs] = commandsFor(it, ['wait', 'logs'])
  const details = [error?.message, error ? undefined : detail].filter((text) => text !== undefined).map(plain)
  return new CliError(
    EXIT.timeout,
    `${it.kind} ${it.name} is ${seen?.state ?? 'unknown'} after ${Math.round(options.timeoutMs / 1000)} s, ` +
      `not ${options.for}`,
    { details, next: [`${wait}${options.for === 'RUNNING' ? '' : ` --for=${options.for}`}`, ...logs] },
  )
}

/** What a command is about, for messages. */
export interface Named {
  kind: string
  id: string
  name: string
  session?: { id: string }
}

/** Commands about one resource, ready to paste. */
export function commandsFor(it: Pick<Named, 'kind' | 'id' | 'session'>, verbs: string[]): string[] {
  return verbs.map(
    (verb) => `weir ${it.kind} ${verb} ${it.id}${it.session ? ` --session ${shellWord(it.session.id)}` : ''}`,
  )
}

export interface Progress {
  show(seen: Described | undefined): void
  clear(): void
}

export const SILENT: Progress = { show: () => undefined, clear: () => undefined }

/** What can be told of news in one line. */
function newsOf(seen: Described): string {
  const { error, detail } = seen.status
  return plain(`${seen.state}: ${error ? `${error.message} (tried again)` : detail}`)
}

/** Whether stderr is a terminal on which a line can be written over. */
export const overwrites = (io: Context['io']): boolean => io.errTty && io.env.TERM !== 'dumb'

function makeProgress(io: Context['io']): Progress {
  const started = performance.now()
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`.padStart(5)
  return overwrites(io)
    ? transientLine(io, (news) => `${seconds()}  ${news}`)
    : changedLines((line) => io.err(`${line}\n`))
}

/** A line whenever the news changes. */
export function changedLines(print: (line: string) => void): Progress {
  let last = ''
  return {
    show: (seen) => {
      if (!seen || newsOf(seen) === last) return
      last = newsOf(seen)
      print(last)
    },
    clear: () => undefined,
  }
}

/** One line that is written over and gone at the end. */
export function transientLine(io: Context['io'], line: (news: string) => string): Progress {
  return {
    show: (seen) => io.err(`\r\u001b[2K${line(seen ? newsOf(seen) : '').slice(0, io.columns - 1)}`),
    clear: () => io.err('\r\u001b[2K'),
  }
}

/** `90`, `90s`, `5m`, `1h30m` as milliseconds. */
export function duration(text: string): number {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(text.trim())
  if (!match || text.trim() === '') throw usageError(`"${text}" is not a duration`, 'use one like 90s, 5m or 1h30m')
  const [, hours = '0', minutes = '0', seconds = '0'] = match
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}
