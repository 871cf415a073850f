/** Why a JVM ended, in its own words: the JVM's complaint or Flink's last error, and what to do about it. */
import type { FailureCode } from '../domain/failure.ts'
import type { ProcessExit, ProcessRole } from '../domain/process.ts'

const LONGEST = 600

/** What the JVM itself says before any Java runs; `.err` or `.out`, by the kind of complaint. */
const JVM_COMPLAINTS = [
  /^(Unrecognized (?:VM )?option:? .*)$/m,
  /^(Error: VM option .*)$/m,
  /^(Improperly specified VM option .*)$/m,
  /^((?:Invalid|Too small|Incompatible) (?:maximum |initial |minimum )?(?:and maximum )?heap.*)$/m,
  /^(Conflicting collector combinations.*)$/m,
  /^(Error: [Cc]ould not open .*)$/m,
  /^(Error: Could not find or load main class .*)$/m,
  /^(Could not reserve enough space .*)$/m,
  /^# (There is insufficient memory for the Java Runtime Environment.*)$/m,
  /Error occurred during initialization of (?:VM|boot layer)\n(.+)$/m,
  /^# (A fatal error has been detected by the Java Runtime Environment)/m,
  /(java\.lang\.OutOfMemoryError: .*)$/m,
  /^(Error: .*)$/m,
]

export interface MemberOutput {
  log: string
  out: string
  err: string
}

/** The line that tells the most, or undefined when nothing there sounds like an error. */
export function lastWords(output: MemberOutput): string | undefined {
  for (const text of [output.err, output.out]) {
    for (const complaint of JVM_COMPLAINTS) {
      const words = complaint.exec(text)?.[1]
      if (words !== undefined) return shorten(words)
    }
  }
  return lastError(output.log) ?? rootCause(output.err) ?? rootCause(output.out)
}

/** The root cause of the last error in a log: of its stack the deepest "Caused by", else the line itself. */
function lastError(log: string): string | undefined {
  const lines = log.split('\n')
  const entry = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (ERROR|FATAL)\s+(\S+)\s+(?:\S+ )?(?:\[\] )?- (.*)$/
  for (let index = lines.length - 1; index >= 0; index--) {
    const match = entry.exec(lines[index]!)
    if (!match) continue
    const rest: string[] = []
    for (let next = index + 1; next < lines.length && !/^\d{4}-\d\d-\d\d /.test(lines[next]!); next++)
      rest.push(lines[next]!)
    return rootCause(rest.join('\n')) ?? shorten(match[3]!)
  }
  return undefined
}

/** `IllegalConfigurationException: ...` of the deepest cause in a Java stack; package names are left out. */
function rootCause(stack: string): string | undefined {
  const causes = [
    ...stack.matchAll(
      /^(?:Exception in thread "[^"]*" |Caused by: )?((?:[\w$]+\.)+[\w$]*(?:Exception|Error|Throwable)\b.*)$/gm,
    ),
  ]
  const reported = causes.map((cause) => cause[1]!)
  const telling =
    reported.findLast((cause) => TELLING.test(cause)) ??
    reported.findLast((cause) => !MUTE.test(cause)) ??
    reported.at(-1)
  return telling === undefined
    ? undefined
    : shorten(telling.replace(/^(?:[\w$]+\.)+(?=[\w$]+(?:Exception|Error|Throwable))/, ''))
}

/** What is said here is worth more than what lies deeper. */
const TELLING = /Could not parse value|IllegalConfiguration|BindException|port range|No space left|OutOfMemory/
const MUTE = /NullPointerException|^[\w.$]+$/

const shorten = (text: string): string =>
  (text.length > LONGEST ? `${text.slice(0, LONGEST)} ...` : text)
    .replace(/(?<![:\s])[:\s]+$/, '')
    .replace(/; nested exception is$/, '')
    .trim()

interface Cause {
  code: FailureCode
  retryable: boolean
  advice: string
}

const CAUSES: [RegExp, Cause][] = [
  [
    /No space left on device|Disk quota exceeded/i,
    { code: 'DISK_FULL', retryable: true, advice: 'Free space on the disk that holds the data folder.' },
  ],
  [
    /BindException|Address already in use|Could not start rest endpoint|port range|Port already in use/i,
    { code: 'PORT_TAKEN', retryable: true, advice: 'It is tried again with other ports.' },
  ],
  [
    /Could not reserve enough space|insufficient memory|Cannot allocate memory|unable to create native thread/i,
    { code: 'MEMORY_SHORT', retryable: true, advice: 'Free memory on this machine or give the session less.' },
  ],
  [
    /Unrecognized|VM option|heap size|collector combinations|UseSerialGC/i,
    {
      code: 'FLINK_START_FAILED',
      retryable: false,
      advice: 'Correct the JVM options in env.java.opts.* of flinkConfiguration.',
    },
  ],
  [/OutOfMemoryError/, { code: 'FLINK_START_FAILED', retryable: false, advice: 'Give it more memory.' }],
  [
    /IllegalConfiguration|Could not parse value|IllegalArgument|NumberFormat|ConfigurationException/i,
    { code: 'FLINK_START_FAILED', retryable: false, advice: 'Correct flinkConfiguration.' },
  ],
]

/** Why a JVM that never got to work ended, as a failure for people. */
export function startFailure(
  role: ProcessRole,
  exit: ProcessExit,
  words: string | undefined,
): { code: FailureCode; message: string; retryable: boolean } {
  const who = role === 'jobmanager' ? 'The JobManager' : 'A TaskManager'
  const cause = CAUSES.find(([pattern]) => words !== undefined && pattern.test(words))?.[1]
  const said =
    words === undefined ? 'It left no message: its log tells more.' : /[.!?]$/.test(words) ? words : `${words}.`
  const ended = `${who} ended while it started (${exit.reason}). ${said}`
  if (cause) return { code: cause.code, retryable: cause.retryable, message: `${ended} ${cause.advice}` }
  // A kill from outside, the kernel's included, says nothing against the specification.
  const killed = exit.signal !== undefined || exit.code === undefined
  return killed
    ? {
        code: 'FLINK_START_FAILED',
        retryable: true,
        message: `${ended} If nobody stopped it, the kernel did for lack of memory: see dmesg.`,
      }
    : {
        code: 'FLINK_START_FAILED',
        retryable: false,
        message: `${ended} Look into the log (weir session logs), then correct the session.`,
      }
}
