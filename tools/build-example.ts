/**
 * Compiles the Java jobs of this repository with the machine's JDK against a Flink distribution: the example that the
 * quickstart runs, and the jobs that the tests need. One jar serves every Flink version, so the version compiled against
 * is not part of a jar's name: only the sources are. A jar appears whole or not at all.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')

/** The oldest class file format that every supported Flink runs on, whatever JDK compiles. */
const RELEASE = '11'

export interface BuildOptions {
  /** A Flink distribution of any supported version. */
  flinkHome: string
  /** Folder that the jar goes into; made if missing. */
  out: string
  /** JDK to use; otherwise `JAVA_HOME`, then the PATH. */
  javaHome?: string
  signal?: AbortSignal
}

/** The endless stateful example: `{jar, entryClass}` as a session and its job want them. */
export async function buildExample(options: BuildOptions): Promise<{ jar: string; entryClass: string }> {
  const jar = await build(join(root, 'examples/src'), 'running-counts', options)
  return { jar, entryClass: 'dev.weir.examples.RunningCounts' }
}

/** The jobs of the tests, package `dev.weir.jobs`: those that misbehave, and `ExactCounter`. */
export async function buildTestJobs(options: BuildOptions): Promise<{ jar: string }> {
  return { jar: await build(join(root, 'e2e/jobs/src'), 'test-jobs', options) }
}

async function build(sources: string, name: string, options: BuildOptions): Promise<string> {
  const files = await javaFiles(sources)
  const jar = join(resolve(options.out), `${name}-${await hashOf(sources, files)}.jar`)
  if (await exists(jar)) return jar
  await mkdir(resolve(options.out), { recursive: true })
  const work = await mkdtemp(join(resolve(options.out), '.building-'))
  try {
    const classes = join(work, 'classes')
    const paths = files.map((file) => join(sources, file))
    const classPath = join(resolve(options.flinkHome), 'lib', '*')
    const flags = ['--release', RELEASE, '-proc:none', '-encoding', 'UTF-8', '-Xlint:-options']
    await tool('javac', [...flags, '-cp', classPath, '-d', classes, ...paths], options)
    await tool('jar', ['--create', '--file', join(work, 'out.jar'), '-C', classes, '.'], options)
    await rename(join(work, 'out.jar'), jar)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return jar
}

async function tool(name: 'javac' | 'jar', args: string[], options: BuildOptions): Promise<void> {
  const program = await find(name, options.javaHome)
  try {
    await run(program, args, options.signal ? { signal: options.signal } : {})
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim()
    throw new Error(`${program} could not build the job: ${said || (error as Error).message}`, { cause: error })
  }
}

async function find(name: string, javaHome: string | undefined): Promise<string> {
  const homes = [javaHome, process.env['JAVA_HOME']].filter((home) => home !== undefined && home !== '')
  const folders = [...homes.map((home) => join(home as string, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const folder of folders) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name)
  }
  const looked = homes.length === 0 ? 'on the PATH (JAVA_HOME is not set)' : `in ${homes.join(', ')} or on the PATH`
  throw new Error(
    `No ${name} was found ${looked}. It compiles the job and is part of a JDK, not of a Java runtime alone: ` +
      'install one, version 11, 17 or 21 (Debian and Ubuntu: apt install openjdk-17-jdk-headless), or point JAVA_HOME at it.',
  )
}

async function javaFiles(folder: string): Promise<string[]> {
  const all = await readdir(folder, { recursive: true })
  return all.filter((file) => file.endsWith('.java')).toSorted()
}

async function hashOf(folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(RELEASE)
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(folder, file)))
  return hash.digest('hex').slice(0, 12)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false)
}
