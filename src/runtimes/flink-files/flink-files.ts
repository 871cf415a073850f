/**
 * Files that only Flink's own file systems reach (s3, gs, abfs, hdfs, oss): fetched by the same code, with the same
 * plugins, configuration and credentials as the cluster itself would. A JVM that does this needs two seconds to start,
 * so it is kept for a while: whether an object is still the one in the cache is then a matter of milliseconds.
 */
import { createHash } from 'node:crypto'
import { copyFile, link, mkdir, readdir, realpath, rm, stat, symlink } from 'node:fs/promises'
import { join, sep } from 'node:path'
import type { FetchedFile, FetchOptions } from '../../artifacts/artifacts.ts'
import type { FileCache } from '../../artifacts/cache.ts'
import { expectedSha256, fileNameOf, withoutFragment } from '../../artifacts/uri.ts'
import type { Clock } from '../../domain/clock.ts'
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import { filesJar } from '../helper-jars.ts'
import { distributionJars } from '../local/classpath.ts'
import { type Java, olderJava } from '../local/java.ts'
import { ofFileSystems } from './configuration.ts'
import { type FilesProgram, startFilesProgram, UNGUARDED_JAVA } from './program.ts'

/** Everything that decides what is behind a URI. */
export interface FlinkSetup {
  /** Java to run. */
  java: Pick<Java, 'executable' | 'major'>
  /** The Flink distribution. */
  home: string
  /** A folder with one folder for each plugin, links among them. May be gone later. */
  plugins: string
  flinkConfiguration: Record<string, string>
  /** The whole environment of the program. */
  env: NodeJS.ProcessEnv
}

export interface FlinkFiles {
  /**
   * Puts the file into `folder` under its own last path segment. Throws Failure (FILE_UNAVAILABLE, DISK_FULL,
   * JAVA_MISSING).
   */
  fetch(
    uri: string,
    folder: string,
    setup: FlinkSetup,
    options?: FetchOptions,
  ): Promise<FetchedFile & { cached: boolean }>
  close(): Promise<void>
}

export interface FlinkFilesOptions {
  /** For plugins of programs that run; emptied at the start. */
  folder: string
  cache: FileCache
  maxBytes: number
  clock: Clock
  /** Ranges (CIDR) of special addresses that endpoints may have all the same. */
  allowAddresses: readonly string[]
}

const IDLE_MS = 5 * 60_000
/** Each takes about 150 MB. */
const IDLE_PROGRAMS = 2

interface Kept {
  program: FilesProgram
  users: number
  usedAt: number
  cancelIdle: () => void
  /** Removes the plugins of a program that has ended. */
  discard: () => Promise<void>
}

export function createFlinkFiles({ cache, ...options }: FlinkFilesOptions): FlinkFiles {
  const programs = new ProgramPool(options)
  return {
    fetch: (uri, into, setup, { signal, onProgress } = {}) =>
      programs.use(setup, async (program, key) => {
        signal?.throwIfAborted()
        const sha256 = expectedSha256(uri)
        const file = withoutFragment(uri)
        return cache.take(
          {
            key: `${key}\n${file}`,
            ...defined({ sha256 }),
            async fetch(known, part) {
              if (known !== undefined && (await program.stat(file, signal)).validator === known) return 'unchanged'
              return program.copy(file, part, { signal, onProgress, sha256 })
            },
          },
          join(into, fileNameOf(uri)),
          defined({ signal }),
        )
      }),
    close: () => programs.close(),
  }
}

/** Programs that run, by what decides what is behind a URI; kept for a while after their last use. */
class ProgramPool {
  readonly #options: Omit<FlinkFilesOptions, 'cache'>
  readonly #programs = new Map<string, Promise<Kept>>()
  readonly #emptied: Promise<void>
  #count = 0

  constructor(options: Omit<FlinkFilesOptions, 'cache'>) {
    this.#options = options
    this.#emptied = rm(options.folder, { recursive: true, force: true })
    // Whoever needs the folder is told.
    this.#emptied.catch(() => {})
  }

  async use<T>(setup: FlinkSetup, work: (program: FilesProgram, key: string) => Promise<T>): Promise<T> {
    const key = await keyOf(setup)
    const kept = await this.#programOf(key, setup)
    kept.users += 1
    kept.cancelIdle()
    try {
      return await work(kept.program, key)
    } finally {
      kept.users -= 1
      kept.usedAt = this.#options.clock.now()
      if (kept.program.ended) await this.#stop(key, kept)
      else if (kept.users === 0) {
        kept.cancelIdle = this.#options.clock.after(IDLE_MS, () => void this.#stop(key, kept))
        await this.#stopSurplus()
      }
    }
  }

  async close(): Promise<void> {
    const all = [...this.#programs]
    for (const [key, starting] of all) {
      const kept = await starting.catch(() => undefined)
      if (kept) await this.#stop(key, kept)
    }
  }

  async #programOf(key: string, setup: FlinkSetup): Promise<Kept> {
    const running = await this.#programs.get(key)
    if (running && !running.program.ended) return running
    if (running) await this.#stop(key, running)
    const starting = this.#programs.get(key) ?? this.#begin(setup)
    this.#programs.set(key, starting)
    starting.catch(() => this.#programs.delete(key))
    return starting
  }

  async #begin(setup: FlinkSetup): Promise<Kept> {
    await this.#emptied
    const { folder, ...options } = this.#options
    const { executable } = await guardable(setup.java)
    const plugins = join(folder, String(++this.#count))
    await keepPlugins(setup.plugins, plugins)
    const program = startFilesProgram({
      ...options,
      executable,
      classPath: [await filesJar(), ...(await distributionJars(setup.home))],
      env: { ...setup.env, FLINK_PLUGINS_DIR: plugins },
      cwd: plugins,
      flinkConfiguration: ofFileSystems(setup.flinkConfiguration),
    })
    return {
      program,
      users: 0,
      usedAt: 0,
      cancelIdle: () => {},
      discard: () => rm(plugins, { recursive: true, force: true }),
    }
  }

  async #stop(key: string, kept: Kept): Promise<void> {
    // Another one may have taken its place.
    if ((await this.#programs.get(key)?.catch(() => undefined)) === kept) this.#programs.delete(key)
    kept.cancelIdle()
    kept.program.stop()
    // What stays goes at the next start.
    await kept.discard().catch(() => {})
  }

  /** Of those that are idle, all but the few that were used last. */
  async #stopSurplus(): Promise<void> {
    const all = await Promise.all(
      [...this.#programs].map(async ([key, starting]) => ({ key, kept: await starting.catch(() => undefined) })),
    )
    const idle = all
      .flatMap(({ key, kept }) => (kept?.users === 0 ? [{ key, kept }] : []))
      .sort((a, b) => b.kept.usedAt - a.kept.usedAt)
    for (const { key, kept } of idle.slice(IDLE_PROGRAMS)) await this.#stop(key, kept)
  }
}

/** A Java whose connections can be held to addresses: newer ones can't be, so another of the machine takes their place. */
async function guardable(java: FlinkSetup['java']): Promise<FlinkSetup['java']> {
  const found = java.major < UNGUARDED_JAVA ? java : await olderJava(UNGUARDED_JAVA)
  if (found) return found
  throw new Failure(
    'JAVA_MISSING',
    `Java ${java.major} can't hold Flink's file systems to the addresses that this server may connect to: install Java 17 or 21 ` +
      'beside it (Debian, Ubuntu: apt install openjdk-17-jre-headless), or name the file by https:// or artifact://',
  )
}

/** The same for setups behind which every URI is the same file. */
async function keyOf({ java: { executable }, home, plugins, flinkConfiguration }: FlinkSetup): Promise<string> {
  const jars = await pluginJars(plugins)
  const stats = await Promise.all(
    jars.map(async (jar) => {
      const { size, mtimeMs, ino } = await stat(join(plugins, jar))
      return [jar, size, mtimeMs, ino]
    }),
  )
  const configuration = Object.entries(ofFileSystems(flinkConfiguration)).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([executable, home, stats, configuration]))
    .digest('hex')
}

/** `NAME/FILE` of each, sorted. */
async function pluginJars(plugins: string): Promise<string[]> {
  const names = (await readdir(plugins)).sort()
  const files = await Promise.all(
    names.map(async (name) => (await readdir(join(plugins, name))).sort().map((file) => join(name, file))),
  )
  return files.flat()
}

/** The program outlives the launch that it was started for, and loads its classes when it needs them. */
async function keepPlugins(from: string, to: string): Promise<void> {
  const base = await realpath(from)
  for (const jar of await pluginJars(from)) {
    const copy = join(to, jar)
    await mkdir(join(copy, '..'), { recursive: true, mode: 0o700 })
    const file = await realpath(join(from, jar))
    if (file.startsWith(base + sep)) await link(file, copy).catch(() => copyFile(file, copy))
    else await symlink(file, copy)
  }
}
