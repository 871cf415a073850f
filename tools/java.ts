/**
 * Compiles Java sources of this repository into a jar with the machine's JDK. The jar's name holds a hash of the
 * sources, so that what is there already is taken as it is. A jar appears whole or not at all.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { localeOfJvm } from '../src/runtimes/jvm-locale.ts'

const run = promisify(execFile)

export interface JavaOptions {
  /** Folder that the jar goes into; made if missing. */
  out: string
  /** JDK to use; otherwise `JAVA_HOME`, then the PATH. */
  javaHome?: string
  signal?: AbortSignal
}

export interface JavaSources {
  /** The folder above the packages. */
  folder: string
  /** The one package to compile, as a folder: `dev/weir/files`; otherwise all. */
  package?: string
  /** What the jar's name begins with. */
  name: string
  /** What errors call it: `the job`. */
  what: string
  /** The class file format, whatever JDK compiles. */
  release: string
  classPath?: string
  /** Sources of what is compiled against and comes from elsewhere: not compiled. */
  sourcePath?: string
}

/** Answers the jar's path. Throws an Error that says what to install when there is no JDK. */
export async function buildJar(sources: JavaSources, options: JavaOptions): Promise<string> {
  const { folder, name, release, classPath, sourcePath } = sources
  const out = resolve(options.out)
  const files = await javaFiles(folder, sources.package)
  const jar = join(out, `${name}-${await hashOf(release, folder, files)}.jar`)
  if (await exists(jar)) return jar
  await mkdir(out, { recursive: true })
  const work = await mkdtemp(join(out, '.building-'))
  try {
    const classes = join(work, 'classes')
    const paths = files.map((file) => join(folder, file))
    const flags = ['--release', release, '-proc:none', '-encoding', 'UTF-8', '-Xlint:-options']
    await tool(
      'javac',
      [
        ...flags,
        ...(classPath === undefined ? [] : ['-cp', classPath]),
        ...(sourcePath === undefined ? [] : ['-sourcepath', sourcePath, '-implicit:none']),
        '-d',
        classes,
        ...paths,
      ],
      sources,
      options,
    )
    await tool('jar', ['--create', '--file', join(work, 'out.jar'), '-C', classes, '.'], sources, options)
    await rename(join(work, 'out.jar'), jar)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return jar
}

async function tool(name: 'javac' | 'jar', args: string[], { what }: JavaSources, options: JavaOptions): Promise<void> {
  const program = await find(name, what, options.javaHome)
  try {
    const env = { ...process.env, ...localeOfJvm() }
    await run(program, args, options.signal ? { env, signal: options.signal } : { env })
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim()
    throw new Error(`${program} could not build ${what}: ${said || (error as Error).message}`, { cause: error })
  }
}

async function find(name: string, what: string, javaHome: string | undefined): Promise<string> {
  const homes = [javaHome, process.env['JAVA_HOME']].filter((home) => home !== undefined && home !== '')
  const folders = [...homes.map((home) => join(home as string, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)]
  for (const folder of folders) {
    if (folder !== '' && (await exists(join(folder, name)))) return join(folder, name)
  }
  const inspected = homes.length === 0 ? 'on the PATH (JAVA_HOME is not set)' : `in ${homes.join(', ')} or on the PATH`
  throw new Error(
    `No ${name} was found ${inspected}. It compiles ${what} and is part of a JDK, not of a Java runtime alone: ` +
      'install one, version 11, 17 or 21 (Debian and Ubuntu: apt install openjdk-17-jdk-headless), or point JAVA_HOME at it.',
  )
}

/** Paths from `folder` on. */
async function javaFiles(folder: string, of = ''): Promise<string[]> {
  const all = await readdir(join(folder, of), { recursive: true })
  return all
    .filter((file) => file.endsWith('.java'))
    .map((file) => join(of, file))
    .toSorted()
}

async function hashOf(release: string, folder: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(release)
  for (const file of files) hash.update(`\0${file}\0`).update(await readFile(join(folder, file)))
  return hash.digest('hex').slice(0, 12)
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
