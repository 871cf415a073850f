/**
 * The program of `helpers/` as it reaches files through Flink's own file systems: a small JVM with the distribution on its class
 * path, the session's plugins and the session's configuration, which goes in by its standard input, since it holds credentials.
 * It ends with the server, however that ends: its standard input is closed then.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Clock } from '../../domain/clock.ts'
import { Failure, type FailureCode } from '../../domain/failure.ts'
import { MODULE_OPTIONS } from '../jvm-options.ts'
import { readLine, writeLine } from './lines.ts'

export interface FilesProgramOptions {
  /** The `java` to run. */
  executable: string
  /** The program's own jar, and Flink's. */
  classPath: readonly string[]
  /** With FLINK_PLUGINS_DIR, where the plugins are; the rest is what Flink's JVMs would see. */
  env: NodeJS.ProcessEnv
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

interface Request {
  /** With the fields of the answer. */
  resolve: (fields: string[]) => void
  reject: (error: Failure) => void
  onProgress?: CopyOptions['onProgress']
  heard: number
}

export function startFilesProgram(options: FilesProgramOptions): FilesProgram {
  const { executable, classPath, clock } = options
  const requests = new Map<string, Request>()
  let last = 0
  let ended = false
  const child = spawn(
    executable,
    [...JVM, ...MODULE_OPTIONS, '-cp', classPath.join(':'), 'dev.weir.files.Fetch', 'serve'],
    {
      env: options.env,
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  )

  function end(failure: Failure): void {
    ended = true
    cancelWatch()
    for (const request of requests.values()) request.reject(failure)
    requests.clear()
    child.kill('SIGKILL')
  }

  let cancelWatch = (): void => {}
  const watch = (): void => {
    const oldest = Math.min(...[...requests.values()].map(({ heard }) => heard))
    if (clock.now() - oldest >= SILENCE_MS) return end(broken(`it did not answer for ${SILENCE_MS / 1000} s`))
    cancelWatch = clock.after(SILENCE_MS / 10, watch)
  }

  child.on('error', (error) =>
    end(
      new Failure(
        'JAVA_MISSING',
        `${executable} cannot be started: ${error.message}. Install Java 17 or set JAVA_HOME.`,
      ),
    ),
  )
  child.on('exit', (code, signal) => end(broken(`it ended (${signal ?? `exit code ${code}`})`)))
  // A program that is gone is told of by its exit.
  child.stdin.on('error', () => {})
  for (const [key, value] of Object.entries(options.flinkConfiguration))
    child.stdin.write(writeLine(['flink', key, value]))
  child.stdin.write(`${writeLine(['max-bytes', String(options.maxBytes)])}ready\n`)
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [kind = '', id = '', ...fields] = readLine(line)
    const request = requests.get(id)
    if (!request) return
    request.heard = clock.now()
    if (kind === 'progress') request.onProgress?.(Number(fields[0]), Number(fields[1]))
    if (kind === 'ok' || kind === 'trouble') requests.delete(id)
    if (kind === 'ok') request.resolve(fields)
    if (kind === 'trouble') request.reject(failureOf(fields))
  })

  function ask(
    words: readonly [verb: string, uri: string, ...more: string[]],
    { signal, onProgress }: CopyOptions = {},
  ): Promise<string[]> {
    const id = String(++last)
    return new Promise<string[]>((resolve, reject) => {
      signal?.throwIfAborted()
      if (ended) throw broken('it had ended')
      const onAbort = (): void => {
        requests.delete(id)
        child.stdin.write(writeLine(['cancel', id]))
        reject(signal?.reason)
      }
      const over = (): void => signal?.removeEventListener('abort', onAbort)
      signal?.addEventListener('abort', onAbort, { once: true })
      requests.set(id, {
        heard: clock.now(),
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
      if (requests.size === 1) {
        cancelWatch()
        watch()
      }
      const [verb, ...rest] = words
      child.stdin.write(writeLine([verb, id, ...rest]))
    }).finally(() => {
      if (requests.size === 0) cancelWatch()
    })
  }

  return {
    async stat(uri, signal) {
      const [bytes, validator = ''] = await ask(['stat', uri], { signal })
      return { sizeBytes: Number(bytes), validator }
    },
    async copy(uri, file, copyOptions = {}) {
      const sum = copyOptions.sha256 === undefined ? [] : [`SHA-256:${copyOptions.sha256}`]
      const [bytes, sha256 = '', validator = ''] = await ask(['copy', uri, file, ...sum], copyOptions)
      return { sizeBytes: Number(bytes), sha256, validator }
    },
    get busy() {
      return requests.size > 0
    },
    get ended() {
      return ended
    },
    stop: () => {
      if (!ended) end(broken('the server stops'))
    },
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
