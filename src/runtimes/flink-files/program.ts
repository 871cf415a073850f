/**
 * The program of `helpers/` as it reaches files through Flink's own file systems: a small JVM with the distribution on
 * its class path, the session's plugins and the session's configuration, which goes in by its standard input, since it
 * holds credentials. It ends with the server, however that ends: its standard input is closed then.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { plainRanges } from '../../artifacts/addresses.ts'
import type { Clock } from '../../domain/clock.ts'
import { defined } from '../../domain/defined.ts'
import { Failure, type FailureCode } from '../../domain/failure.ts'
import { joinClassPath } from '../../domain/paths.ts'
import { MODULE_OPTIONS } from '../jvm-options.ts'
import { readLine, writeLine } from './lines.ts'

export interface FilesProgramOptions {
  /** The `java` to run. */
  executable: string
  /** The program's own jar, and Flink's. */
  classPath: readonly string[]
  /** All of it. FLINK_PLUGINS_DIR says where the plugins are. */
  env: NodeJS.ProcessEnv
  /** Where it starts; default: where this server did. */
  cwd?: string
  /** Ranges (CIDR) of special addresses that it may connect to. */
  allowAddresses: readonly string[]
  flinkConfiguration: Record<string, string>
  maxBytes: number
  clock: Clock
}

export interface CopyOptions {
  /** What the file must have. */
  sha256?: string | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((bytes: number, total: number) => void) | undefined
}

/** All of it throws Failure: FILE_UNAVAILABLE (retryable where another try may do), DISK_FULL, JAVA_MISSING. */
export interface FilesProgram {
  /** `validator`: another one once the file is another one. */
  stat(uri: string, signal?: AbortSignal): Promise<{ sizeBytes: number; validator: string }>
  /** Into `file`, which is not there yet: whole or not at all. */
  copy(
    uri: string,
    file: string,
    options?: CopyOptions,
  ): Promise<{ sizeBytes: number; sha256: string; validator: string }>
  readonly busy: boolean
  /** It has ended, whatever for: another one is needed. */
  readonly ended: boolean
  stop(): void
}

/** Flink's clients have deadlines of their own; this one is for those that have none. */
const SILENCE_MS = 180_000
const JVM = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
/** Endpoints are named by callers: each connection's address is checked. See Guard in `helpers/`. */
const GUARD = '-Djava.security.manager=dev.weir.files.Guard'
/** The first Java that has no such thing any more. */
export const UNGUARDED_JAVA = 24

interface Request {
  /** With the fields of the answer. */
  resolve: (fields: string[]) => void
  reject: (error: Failure) => void
  onProgress?: CopyOptions['onProgress']
  heard: number
}

export function startFilesProgram(options: FilesProgramOptions): FilesProgram {
  const { executable, classPath } = options
  const child = spawn(
    executable,
    [...JVM, GUARD, ...MODULE_OPTIONS, '-cp', joinClassPath(classPath), 'dev.weir.files.Fetch', 'serve'],
    {
      env: options.env,
      ...defined({ cwd: options.cwd }),
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )
  const program = new RunningProgram(child, options.clock)
  child.on('error', (error) =>
    program.end(
      new Failure(
        'JAVA_MISSING',
        `${executable} cannot be started: ${error.message}. Install Java 17 or set JAVA_HOME.`,
      ),
    ),
  )
  for (const [key, value] of Object.entries(options.flinkConfiguration))
    child.stdin.write(writeLine(['flink', key, value]))
  for (const range of plainRanges(options.allowAddresses)) child.stdin.write(writeLine(['allow', range]))
  child.stdin.write(`${writeLine(['max-bytes', String(options.maxBytes)])}ready\n`)
  return program
}

type Child = ChildProcessByStdio<Writable, Readable, null>

class RunningProgram implements FilesProgram {
  readonly #child: Child
  readonly #clock: Clock
  readonly #requests = new Map<string, Request>()
  #last = 0
  #ended = false
  #cancelWatch = (): void => {}

  constructor(child: Child, clock: Clock) {
    this.#child = child
    this.#clock = clock
    child.on('exit', (code, signal) => this.end(broken(`it ended (${signal ?? `exit code ${code}`})`)))
    // A program that is gone is told of by its exit.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) => this.#answered(readLine(line)))
  }

  async stat(uri: string, signal?: AbortSignal): ReturnType<FilesProgram['stat']> {
    const [bytes, validator = ''] = await this.#ask(['stat', uri], { signal })
    return { sizeBytes: Number(bytes), validator }
  }

  async copy(uri: string, file: string, options: CopyOptions = {}): ReturnType<FilesProgram['copy']> {
    const sum = options.sha256 === undefined ? [] : [`SHA-256:${options.sha256}`]
    const [bytes, sha256 = '', validator = ''] = await this.#ask(['copy', uri, file, ...sum], options)
    return { sizeBytes: Number(bytes), sha256, validator }
  }

  get busy(): boolean {
    return this.#requests.size > 0
  }

  get ended(): boolean {
    return this.#ended
  }

  stop(): void {
    if (!this.#ended) this.end(broken('the server stops'))
  }

  /** All that wait get the failure. */
  end(failure: Failure): void {
    this.#ended = true
    this.#cancelWatch()
    for (const request of this.#requests.values()) request.reject(failure)
    this.#requests.clear()
    this.#child.kill('SIGKILL')
  }

  /** Ends a program that says nothing for too long; runs while there are requests. */
  #watch(): void {
    const oldest = Math.min(...[...this.#requests.values()].map(({ heard }) => heard))
    if (this.#clock.now() - oldest >= SILENCE_MS)
      return this.end(broken(`it did not answer for ${SILENCE_MS / 1000} s`))
    this.#cancelWatch = this.#clock.after(SILENCE_MS / 10, () => this.#watch())
  }

  #answered([kind = '', id = '', ...fields]: string[]): void {
    const request = this.#requests.get(id)
    if (!request) return
    request.heard = this.#clock.now()
    if (kind === 'progress') request.onProgress?.(Number(fields[0]), Number(fields[1]))
    if (kind === 'ok' || kind === 'trouble') this.#requests.delete(id)
    if (kind === 'ok') request.resolve(fields)
    if (kind === 'trouble') request.reject(failureOf(fields))
  }

  #ask(
    words: readonly [verb: string, uri: string, ...more: string[]],
    { signal, onProgress }: CopyOptions = {},
  ): Promise<string[]> {
    const id = String(++this.#last)
    return new Promise<string[]>((resolve, reject) => {
      signal?.throwIfAborted()
      if (this.#ended) throw broken('it had ended')
      const onAbort = (): void => {
        this.#requests.delete(id)
        this.#child.stdin.write(writeLine(['cancel', id]))
        reject(signal?.reason)
      }
      const over = (): void => signal?.removeEventListener('abort', onAbort)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#requests.set(id, {
        heard: this.#clock.now(),
        onProgress,
        resolve: (fields) => {
          over()
          resolve(fields)
        },
        reject: (error) => {
          over()
          reject(error)
        },
      })
      if (this.#requests.size === 1) {
        this.#cancelWatch()
        this.#watch()
      }
      const [verb, ...rest] = words
      this.#child.stdin.write(writeLine([verb, id, ...rest]))
    }).finally(() => {
      if (this.#requests.size === 0) this.#cancelWatch()
    })
  }
}

const broken = (why: string): Failure =>
  new Failure(
    'FILE_UNAVAILABLE',
    `The program that reaches files through Flink's file systems failed: ${why}; it is tried again`,
    { retryable: true },
  )

/** See `Trouble.Kind` of the program. */
function failureOf([kind, message = '']: string[]): Failure {
  const code: FailureCode = kind === 'LATER' ? 'DISK_FULL' : 'FILE_UNAVAILABLE'
  return new Failure(code, message, { retryable: kind !== 'LASTING' })
}
