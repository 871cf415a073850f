/**
 * Reads the errors that Flink's REST API answers: Java stack traces in `errors`, the cause that matters at the bottom.
 */
import { FlinkRestError } from './rest.ts'

/** Exceptions that only carry another one; `Wrapper: inner.Class: message` is told as `inner.Class: message`. */
const WRAPPERS = new RegExp(
  '^(?:' +
    '(?:java\\.util\\.concurrent\\.(?:CompletionException|ExecutionException)' +
    '|org\\.apache\\.flink\\.runtime\\.rest\\.' +
    '(?:handler\\.RestHandlerException|util\\.RestClientException|NotFoundException)' +
    '|org\\.apache\\.flink\\.(?:util\\.SerializedThrowable|runtime\\.rpc\\.exceptions\\.RpcException))' +
    ': |Internal server error\\.|\\[|,? *<Exception on server side:)+',
)

/** They tell which word was wrong, but not what it was for: what they caused says both. */
const TOO_TERSE = /^java\.lang\.(?:NumberFormatException|ClassNotFoundException)\b/

const NOT_WORDS = /^\.\.\. \d+ (?:more|common frames omitted)|^End of exception on server side>/
const LONGEST = 2000

/**
 * What the JobManager says of a task that has ended without its TaskManager's report of it. Seen on 1.17 and 2.3
 * where the task threw an exception with a message of 5 MB: with its stack, twice, it is larger than a message between
 * the two may be.
 */
const UNEXPLAINED = /Execution \w+ is unexpectedly no longer running on task executor [^\s:]*[^\s:.]/
const TOO_LARGE_TO_TELL =
  'a task has ended there, and what it ended with did not reach the JobManager. The usual cause is an exception whose ' +
  'message has some megabytes, more than pekko.framesize (akka.framesize before Flink 1.18; 10 MB) lets through: look ' +
  "for it in the TaskManager's log, and have the job throw shorter messages"

/**
 * The cause at the bottom of a Java stack trace in one line, without frames and wrappers:
 * `java.lang.IllegalStateException: boom`. A bare NumberFormatException or ClassNotFoundException is passed over for
 * the exception that it caused. Text that is no stack trace comes back as it is, cut to 2000 characters.
 */
export function rootCause(stack: string): string {
  const silent = UNEXPLAINED.exec(stack)
  if (silent) return `${silent[0]}: ${TOO_LARGE_TO_TELL}`
  const causes = headlines(stack).filter((line) => line !== '')
  const last = causes.at(-1) ?? stack.trim()
  const chosen = TOO_TERSE.test(last) ? (causes.at(-2) ?? last) : last
  return chosen.length > LONGEST ? `${chosen.slice(0, LONGEST)}...` : chosen
}

/** First lines of a stack and of its causes, outermost first. Suppressed exceptions are indented and left out. */
function headlines(stack: string): string[] {
  const found: string[][] = []
  let inFrames = false
  for (const line of stack.split(/\r?\n/)) {
    if (line.startsWith('Caused by: ')) {
      found.push([line.slice('Caused by: '.length)])
      inFrames = false
    } else if (isFrame(line.trimStart())) {
      inFrames = true
    } else if (!inFrames) {
      // A message of several lines goes on until the first frame.
      const current = found.at(-1)
      if (current) current.push(line.trim())
      else found.push([line.trim()])
    }
  }
  return found.map((lines) =>
    lines
      .filter((line) => line !== '')
      .join(' ')
      .replace(WRAPPERS, '')
      // Of an exception without words Java prints the colon all the same.
      .replace(/(?<![:\s])[:\s]+$/, '')
      .trim(),
  )
}

const isFrame = (line: string): boolean =>
  NOT_WORDS.test(line) || (line.startsWith('at ') && line.endsWith(')') && line.includes('('))

const TOO_SLOW =
  /^Caused by: (?:\w+\.)*(?:AskTimeoutException|RpcTimeout\w*|RecipientUnreachableException|TimeoutException)\b/m

const FINAL = /^org\.apache\.flink\.runtime\.JobException: (?:Recovery is suppressed|The failure is not recoverable)/

/** Whether Flink says of a failure that no restart follows. */
export const endsJob = (stack: string): boolean => FINAL.test(stack)

/**
 * Whether the error demonstrably came out of the user's program: main() threw, submitted nothing, or can't be called.
 * False for whatever may have gone wrong on the way (no answer, a duplicate, Flink being too slow to take the job).
 */
export function isMainFailure(error: unknown): boolean {
  if (!(error instanceof FlinkRestError) || error.kind !== 'REFUSED') return false
  const text = error.errors.join('\n')
  if (TOO_SLOW.test(text) && /Failed to execute job|Failed to submit/.test(text)) return false
  return (
    text.includes('org.apache.flink.client.program.ProgramInvocationException') ||
    text.includes('No jobs included in application')
  )
}

/** Whether Flink's own words say that it doesn't know the job; a 404 alone may come from anything on that port. */
export const saysJobUnknown = (error: unknown): boolean =>
  error instanceof FlinkRestError &&
  error.status === 404 &&
  error.errors.some((text) => text.includes('FlinkJobNotFoundException'))

/** The error of an answer with a status of 400 and above. `errors` is undefined when the body isn't Flink's. */
export function refusal(request: string, status: number, errors: string[] | undefined, body: string): FlinkRestError {
  const text = errors?.join('\n') ?? body
  if (status === 503) {
    return new FlinkRestError('NOT_READY', `Flink is not ready yet: ${rootCause(text) || request}`, {
      status,
      errors: errors ?? [],
    })
  }
  if (!errors) {
    return new FlinkRestError(
      'UNREACHABLE',
      `${request} was answered with status ${status}, but not by Flink's REST API`,
      { status },
    )
  }
  const kind = /\.Duplicate(?:Job|Application)SubmissionException/.test(text) ? 'DUPLICATE' : 'REFUSED'
  return new FlinkRestError(kind, rootCause(text) || `Flink answered ${request} with status ${status}`, {
    status,
    errors,
  })
}
