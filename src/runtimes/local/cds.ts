/**
 * Archives of Flink's own classes (CDS), with which JobManager and TaskManagers start in less time. The first cluster
 * of a distribution notes which classes it loads; some time later one JVM, at the lowest priority, makes an archive of
 * them in the user's cache. Nobody waits for it. One archive serves both roles, every server and every user jar, as
 * long as the class path begins with the distribution's. What can't be used is ignored by the JVM, without a word.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { basename, join, relative } from 'node:path'

import type { ClusterRef } from '../../domain/cluster.ts'
import { newUuid } from '../../domain/ids.ts'
import { joinClassPath } from '../../domain/paths.ts'
import type { ProcessRole } from '../../domain/process.ts'
import { lockFile } from '../../flink/distributions/lock.ts'
import { localeOfJvm } from '../jvm-locale.ts'
import { distributionJars } from './classpath.ts'
import type { Java } from './java.ts'
import type { Log } from './log.ts'
import { exists, launchFolder, memberName } from './paths.ts'
import { type LaunchPlan, readPlan } from './plan-file.ts'
import { marks } from './proc.ts'

export interface ClassArchives {
  /** JVM options of a member: those that use an archive, or those that note classes for one, or none. */
  options(cluster: ClusterRef, role: ProcessRole, ordinal: number, plan: LaunchPlan): Promise<readonly string[]>
  /**
   * Makes the archive that this cluster has noted classes for, if there is none yet. Returns when its notes are read.
   */
  gather(cluster: ClusterRef): Promise<void>
  /** What a JVM of that role can have before its cluster is known; undefined where there is no archive. */
  warm(role: ProcessRole, plan: ArchivedPlan): Promise<WarmStart | undefined>
  /** Ends what is being made. */
  close(): void
}

/** What of a plan an archive depends on. */
type ArchivedPlan = Pick<LaunchPlan, 'java' | 'home'> & { classPath: readonly string[] }

export interface WarmStart {
  /** JVM options that use the archive. */
  sharing: readonly string[]
  /** A file with the names of the classes that a start initialises, one a line, in their order. */
  classes: string
  /** Those of the distribution, with which the class path begins. */
  jars: readonly string[]
}

/** Older ones have it too, but with less to gain and other pitfalls. */
const OLDEST_JAVA = 17
/** About 70 MB each; the oldest go. */
const KEPT = 8

const NONE: ClassArchives = {
  options: async () => [],
  gather: async () => {},
  warm: async () => undefined,
  close: () => {},
}

export interface ClassArchiveOptions {
  mode: 'auto' | 'off'
  installation: string
  dataDir: string
  /** The user's cache: shared by all servers. */
  cacheDir: string
  log: Log
  /** Called with the UUID that the JVM at work carries, before it starts. */
  onStart: (uuid: string) => void
}

export function createClassArchives(options: ClassArchiveOptions): ClassArchives {
  return options.mode === 'off' ? NONE : new CachedArchives(options)
}

class CachedArchives implements ClassArchives {
  readonly #options: ClassArchiveOptions
  readonly #folder: string
  readonly #making = new Set<string>()
  readonly #closing = new AbortController()
  #child: ChildProcess | undefined

  constructor(options: ClassArchiveOptions) {
    this.#options = options
    this.#folder = join(options.cacheDir, 'class-archives')
  }

  async options(cluster: ClusterRef, role: ProcessRole, ordinal: number, plan: LaunchPlan): Promise<readonly string[]> {
    const jars = await archivable(plan)
    if (jars === undefined) return []
    const archive = await archivePath(this.#folder, plan.java, jars)
    if (await exists(archive)) return sharing(archive)
    // One TaskManager's notes are all TaskManagers' notes.
    if (ordinal > 1) return []
    const notes = notesPath(this.#options.dataDir, cluster, role, ordinal)
    // From the launch folder, which the JVM starts in: in the names of folders above, signs may have a meaning.
    const inits = relative(launchFolder(this.#options.dataDir, cluster).root, initPath(notes))
    return [`-XX:DumpLoadedClassList=${notes}`, `-Xlog:class+init=info:file=${inits}:none:filecount=0`]
  }

  async warm(role: ProcessRole, plan: ArchivedPlan): Promise<WarmStart | undefined> {
    const jars = await archivable(plan)
    if (jars === undefined) return undefined
    const archive = await archivePath(this.#folder, plan.java, jars)
    const classes = classesPath(archive, role)
    return (await exists(archive)) && (await exists(classes)) ? { sharing: sharing(archive), classes, jars } : undefined
  }

  gather(cluster: ClusterRef): Promise<void> {
    return this.#gather(cluster).catch((error) =>
      this.#options.log.warn({ err: error }, 'no archive of Flink classes is made'),
    )
  }

  close(): void {
    this.#closing.abort()
    this.#child?.kill('SIGKILL')
  }

  async #gather(cluster: ClusterRef): Promise<void> {
    const { dataDir, log } = this.#options
    const notes = [notesPath(dataDir, cluster, 'jobmanager', 0), notesPath(dataDir, cluster, 'taskmanager', 1)]
    const launch = launchFolder(dataDir, cluster)
    // A start that never got anywhere has noted too little.
    if (!(await exists(launch.reached))) return
    const plan = await readPlan(launch).catch(() => undefined)
    const jars = plan && (await archivable(plan))
    if (plan === undefined || jars === undefined) return
    const archive = await archivePath(this.#folder, plan.java, jars)
    if (this.#making.has(archive) || (await exists(archive))) return
    const [texts, inits] = await Promise.all([readAll(notes), readAll(notes.map(initPath))])
    if (this.#closing.signal.aborted || this.#making.has(archive) || texts === undefined || inits === undefined) return
    this.#making.add(archive)
    const lists = { classes: mergeNotes(texts), initialised: inits.map(initialisedClasses) }
    this.#make(archive, plan.java, jars, lists)
      .catch((error) => {
        if (!this.#closing.signal.aborted)
          log.warn({ err: error }, 'no archive of Flink classes was made; Flink starts as usual')
      })
      .finally(() => this.#making.delete(archive))
  }

  async #make(archive: string, java: Java, jars: string[], { classes, initialised }: ClassLists): Promise<void> {
    const { installation, log, onStart } = this.#options
    const { signal } = this.#closing
    const uuid = newUuid()
    const temporary = `${archive}.${uuid}`
    const release = await lockFile(`${archive}.lock`, signal)
    try {
      if (await exists(archive)) return
      await writeFile(`${temporary}.classes`, `${classes.join('\n')}\n`, { mode: 0o600 })
      signal.throwIfAborted()
      onStart(uuid)
      this.#child = spawn(java.executable, dumpArguments(marks(installation, uuid), temporary, jars), {
        env: { ...process.env, ...localeOfJvm() },
        stdio: 'ignore',
        timeout: 600_000,
      })
      const code = await ended(this.#child)
      signal.throwIfAborted()
      if (code !== 0) throw new Error(`the JVM exited with ${code}`)
      for (const [index, role] of ROLES.entries())
        await writeFile(classesPath(archive, role), `${initialised[index]!.join('\n')}\n`, { mode: 0o600 })
      await rename(temporary, archive)
      await prune(this.#folder)
      log.info({ archive }, 'Flink starts faster from now on: an archive of its classes was made')
    } finally {
      for (const path of [temporary, `${temporary}.classes`]) await rm(path, { force: true })
      release()
    }
  }
}

/** Made with G1, which alone can put heap objects into an archive; any collector reads them. */
const dumpArguments = (ours: readonly string[], archive: string, jars: readonly string[]): string[] => [
  ...ours,
  '-Xshare:dump',
  '-XX:+UseG1GC',
  '-Xmx512m',
  `-XX:SharedClassListFile=${archive}.classes`,
  `-XX:SharedArchiveFile=${archive}`,
  '-classpath',
  joinClassPath(jars),
]

const sharing = (archive: string): string[] => [
  `-XX:SharedArchiveFile=${archive}`,
  '-Xshare:auto',
  '-Xlog:cds=off',
  '-Xlog:class+path=off',
]

const ROLES = ['jobmanager', 'taskmanager'] as const

interface ClassLists {
  classes: string[]
  /** Of each role. */
  initialised: string[][]
}

/** Beside the archive: what JVMs of that role initialise as they start. */
const classesPath = (archive: string, role: ProcessRole): string => archive.replace(/\.jsa$/, `.${role}`)

const initPath = (notes: string): string => `${notes}.init`

async function readAll(paths: readonly string[]): Promise<string[] | undefined> {
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => undefined)))
  return texts.includes(undefined) ? undefined : (texts as string[])
}

/**
 * What the JVM says of classes that it initialises, as names: each once, in their order. Those that it makes up while
 * it runs have no names to go by.
 */
export function initialisedClasses(text: string): string[] {
  const names = [...text.matchAll(/Initializing '([^']+)'/g)].map(([, name]) => name!.replaceAll('/', '.'))
  return [...new Set(names.filter((name) => !/\$\$Lambda|[/[]|\.0x|\+0x|^jdk\.proxy|\$Proxy\d/.test(name)))]
}

const notesPath = (dataDir: string, cluster: ClusterRef, role: ProcessRole, ordinal: number): string =>
  join(launchFolder(dataDir, cluster).scratch, `${memberName(role, ordinal)}.classes`)

/** The distribution's jars, when the launch's class path begins with them and its Java can use an archive. */
async function archivable({ java, home, classPath }: ArchivedPlan): Promise<string[] | undefined> {
  if (java.major < OLDEST_JAVA) return undefined
  const jars = await distributionJars(home)
  return jars.every((jar, index) => classPath[index] === jar) ? jars : undefined
}

/** Another Java, another jar, another date of a jar: another archive, since the JVM would refuse this one. */
async function archivePath(folder: string, java: Java, jars: string[]): Promise<string> {
  const hash = createHash('sha256').update(`with classes to initialise\n${java.home}\n${java.build}\n`)
  for (const jar of jars) {
    const { size, mtimeMs } = await stat(jar)
    hash.update(`${jar} ${size} ${Math.floor(mtimeMs)}\n`)
  }
  return join(folder, `${basename(jars.at(-1)!, '.jar')}-java${java.major}-${hash.digest('hex').slice(0, 16)}.jsa`)
}

/** Every class once. The last line may be half written; comments and classes of other loaders are left out. */
export function mergeNotes(texts: readonly string[]): string[] {
  const lines = texts.flatMap((text) => text.split('\n').slice(0, -1))
  const own = lines.filter((line) => line !== '' && !line.startsWith('#') && !line.includes(' source: '))
  return [...new Set(own.map((line) => line.split(/ id: (?=\d)/, 1)[0] ?? ''))]
}

function ended(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'))
    try {
      setPriority(child.pid!, 19)
    } catch {
      // It ended already, or this system knows no priorities.
    }
  })
}

async function prune(folder: string): Promise<void> {
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.jsa'))
  const aged = await Promise.all(archives.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })))
  for (const { name } of aged.sort((a, b) => b.at - a.at).slice(KEPT)) {
    for (const path of [name, ...ROLES.map((role) => classesPath(name, role))])
      await rm(join(folder, path), { force: true })
  }
}
