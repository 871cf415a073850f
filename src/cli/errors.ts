/** How a command fails: an exit code that scripts can rely on, a message for people and the next command to type. */
import { unicodeEscape } from '../domain/printable.ts'

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  conflict: 5,
  unreachable: 6,
  timeout: 7,
  interrupted: 130,
  terminated: 143,
} as const

export const EXIT_CODES_HELP = `Exit codes

  0    done
  1    it failed: the resource ended in FAILED, the server had an error, or something on this machine went wrong
  2    the command line or the request body is wrong (HTTP 400, 413, 415, 422)
  3    what was named does not exist, or you may not see it (HTTP 404)
  4    no valid key, or not allowed (HTTP 401, 403)
  5    conflict: the name is taken, the state forbids it, or the revision moved on (HTTP 409, 412)
  6    the server does not answer, or says that it is not ready (HTTP 429, 503)
  7    --timeout passed while waiting
  130  interrupted by Ctrl-C (SIGINT)
  143  ended by SIGTERM
`

export class CliError extends Error {
  readonly exitCode: number
  /** Further lines, each indented below the message. */
  readonly details: string[]
  /** Commands (or other steps) that get the user on; the last line of the error. */
  readonly next: string[]

  constructor(
    exitCode: number,
    message: string,
    options: { details?: string[]; next?: string | string[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CliError'
    this.exitCode = exitCode
    this.details = options.details ?? []
    this.next = [options.next ?? []].flat()
  }
}

/** The command line or a body is wrong. */
export const usageError = (message: string, next: string | string[]): CliError =>
  new CliError(EXIT.usage, message, { next })

/** The way the user calls us: `weir`, or in a clone the npm script. */
export function selfCommand(url: string = import.meta.url): string {
  return url.endsWith('.ts') ? 'npm run -s weir --' : 'weir'
}

/** `flags` (which server, which workspace) are those of the failed command. */
export function formatError(error: CliError, flags: string[] = []): string {
  const next = error.next.map((line, i) => `  ${i === 0 ? 'next:' : '  or:'} ${pasteable(line, flags)}`)
  return [`weir: ${error.message}`, ...error.details.map((line) => `  ${line}`), ...next].join('\n') + '\n'
}

/** A next command, ready to paste: `weir` as it is called here, about the same server; a remark in brackets stays. */
export function pasteable(line: string, flags: string[] = [], self: string = selfCommand()): string {
  const carried =
    /^weir (session|job|artifact|cluster|workspace|api) (?!.*--help)/.test(line) && flags.length > 0
      ? ` ${flags.map(shellWord).join(' ')}`
      : ''
  return line.replace(/^weir(?= |$)/, self).replace(/(?=$| {3,}\()/, carried)
}

export function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.notAllowed
  if (status === 404) return EXIT.notFound
  if (status === 409 || status === 412) return EXIT.conflict
  if (status === 429 || status === 503) return EXIT.unreachable
  if ([400, 413, 415, 422].includes(status)) return EXIT.usage
  return EXIT.failed
}

const CONTROLS: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Quotes a word for a shell where it needs it, so that a name with spaces can be pasted. */
export function shellWord(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", "'\\''")}'`
  const escaped = text
    .replace(/['\\]/g, '\\$&')
    .replace(/\p{Cc}/gu, (character) => CONTROLS[character] ?? unicodeEscape(character))
  return `$'${escaped}'`
}
