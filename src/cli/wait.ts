/** Waiting for a state by asking again and again, with what the server says meanwhile on stderr. */
import { setTimeout as delay } from 'node:timers/promises'
import { apiError } from './api.ts'
import { CliError, EXIT, shellWord, usageError } from './errors.ts'
import type { Io } from './io.ts'
import type { Collection, Described, Item, Located, Resources } from './nouns/row.ts'
import { plain } from './output.ts'

const POLL_MS = 150

export interface Poll<Whole, Gone> {
  timeoutMs: number
  /** Whether this is what is waited for; throws when it will never be. */
  done(whole: Whole): boolean
  /** When there is no such thing any more; an error without it. */
  gone?(): Gone
  late(last: Whole | undefined): CliError
  /** The next command after a refusal. */
  refused?: string
  onNews?(last: Whole | undefined): void
  /** Ends the waiting with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Describes one until it is as wanted, and answers that. What passes by itself, as a busy server, is waited out. */
export async function poll<Whole extends Item, Gone = never>(
  it: Located<Collection<Item, Whole>>,
  options: Poll<Whole, Gone>,
): Promise<Whole | Gone> {
  const deadline = performance.now() + options.timeoutMs
  for (let last: Whole | undefined; ; ) {
    const answer = await it.in.describe(it.id)
    if (answer.ok) last = answer.data
    else if (answer.error.status === 404 && options.gone) return options.gone()
    else if (answer.error.status < 500 && answer.error.status !== 429) throw apiError(answer.error, options.refused)
    if (last && options.done(last)) return last
    options.onNews?.(last)
    if (performance.now() > deadline) throw options.late(last)
    await delay(POLL_MS, undefined, options.signal && { signal: options.signal })
  }
}

export const WAITABLE = ['RUNNING', 'FINISHED', 'CANCELED', 'SUSPENDED', 'FAILED', 'DELETED']

export interface WaitOptions {
  /** A state, or `DELETED`: gone altogether. */
  for: string
  timeoutMs: number
  /** How the news is shown; on stderr when left out. */
  progress?: Progress
  signal?: AbortSignal
}

/** Answers what was observed last, or undefined where the resource is gone and that was wanted. */
export async function waitFor({ io }: { io: Io }, it: Located<Resources>, options: WaitOptions) {
  const progress = options.progress ?? makeProgress(io)
  return poll(it, {
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    done: (whole) => verdict(it, whole, options.for),
    gone: () => goneWhile(it, options),
    late: (last) => tooLate(it, last, options),
    onNews: progress.show,
  }).finally(progress.clear)
}

function goneWhile(it: Located<Resources>, options: WaitOptions): undefined {
  if (options.for === 'DELETED') return undefined
  throw new CliError(EXIT.notFound, `${it.noun} ${it.name} was deleted meanwhile`, { next: `weir ${it.noun} list` })
}

/** True when it is as wanted, false when it may still come to that; throws when it will not. */
function verdict(it: Located<Resources>, { state, status }: Described, wanted: string): boolean {
  if (state === wanted) return true
  // A bounded job may be over before it was observed to run: it did run.
  if (wanted === 'RUNNING' && state === 'FINISHED') return true
  const over = ['FAILED', 'FINISHED', 'CANCELED', 'DELETING'].includes(state)
  if (!over || wanted === 'DELETED') return false
  const failed = state === 'FAILED'
  const reason = failed ? `: ${plain(status.error?.message ?? status.detail)}` : ''
  const [remove] = commandsFor(it, ['delete'])
  const again = failed ? [`${remove}   (its name is free again then)`] : []
  const next = [...commandsFor(it, failed ? ['logs', 'describe'] : ['describe']), ...again]
  throw new CliError(EXIT.failed, `${it.noun} ${it.name} is ${state}${reason}`, { next })
}

function tooLate(it: Located<Resources>, last: Described | undefined, options: WaitOptions): CliError {
  const { detail, error } = last?.status ?? {}
  const [wait, ...logs] = commandsFor(it, ['wait', 'logs'])
  const seconds = Math.round(options.timeoutMs / 1000)
  const message = `${it.noun} ${it.name} is ${last?.state ?? 'unknown'} after ${seconds} s, not ${options.for}`
  const details = [error ? error.message : detail].filter((text) => text !== undefined).map(plain)
  const next = [`${wait}${options.for === 'RUNNING' ? '' : ` --for=${options.for}`}`, ...logs]
  return new CliError(EXIT.timeout, message, { details, next })
}

/** What a command is about, for messages. */
export interface Named {
  noun: string
  id: string
  name: string
  session?: { id: string } | undefined
}

/** Commands about one resource, ready to paste. */
export function commandsFor(it: Pick<Named, 'noun' | 'id' | 'session'>, verbs: string[]): string[] {
  return verbs.map(
    (verb) => `weir ${it.noun} ${verb} ${it.id}${it.session ? ` --session ${shellWord(it.session.id)}` : ''}`,
  )
}

export interface Progress {
  show(last: Described | undefined): void
  clear(): void
}

export const SILENT: Progress = { show: () => undefined, clear: () => undefined }

/** What can be told of news in one line. */
function newsOf(last: Described): string {
  const { error, detail } = last.status
  return plain(`${last.state}: ${error ? `${error.message} (tried again)` : detail}`)
}

/** Whether stderr is a terminal on which a line can be written over. */
export const overwrites = (io: Io): boolean => io.errTty && io.env.TERM !== 'dumb'

function makeProgress(io: Io): Progress {
  const started = performance.now()
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`.padStart(5)
  return overwrites(io)
    ? transientLine(io, (news) => `${seconds()}  ${news}`)
    : changedLines((line) => io.err(`${line}\n`))
}

/** A line whenever the news changes. */
export function changedLines(print: (line: string) => void): Progress {
  let printed = ''
  return {
    show: (last) => {
      if (!last || newsOf(last) === printed) return
      printed = newsOf(last)
      print(printed)
    },
    clear: () => undefined,
  }
}

/** One line that is written over and gone at the end. */
export function transientLine(io: Io, line: (news: string) => string): Progress {
  return {
    show: (last) => io.err(`\r\u001b[2K${line(last ? newsOf(last) : '').slice(0, io.columns - 1)}`),
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
