/**
 * Finds the Java that a Flink version is run with. One that was named for Weir is taken as it is; JAVA_HOME wins where
 * it is a release that the version runs on for sure, since somebody set it; of the others the best for that version.
 */
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { Failure } from '../../domain/failure.ts'
import { OLDEST_JAVA, preferredJava } from '../../flink/distributions/java-releases.ts'

export interface Java {
  home: string
  executable: string
  /** 17 */
  major: number
  /** `17.0.15` */
  version: string
  /** Vendor and exact version: what an archive of shared classes is bound to. */
  build: string
}

export interface JavaSearch {
  /**
   * Folders (or `java` programs) that were named for Weir: the first that can run Flink at all is taken, and nothing
   * else.
   */
  candidates?: readonly string[]
  /** JAVA_HOME and PATH are read from it; default: the process's own. */
  env?: NodeJS.ProcessEnv
  /** Folders that Javas are installed below. */
  roots?: readonly string[]
}

const ROOTS = ['/usr/lib/jvm', '/usr/java', '/opt/java']

/** For `1.17.1`, say. Throws Failure JAVA_MISSING, which names what was found and what to install. */
export async function findJava(flinkVersion: string, search: JavaSearch = {}): Promise<Java> {
  const found = await distinct(search.candidates ?? (await usualFolders(search)))
  const usable = found.filter((java) => java.major >= OLDEST_JAVA)
  const best = search.candidates ? usable[0] : await ofMachine(flinkVersion, usable, search)
  if (best) return best
  const tooOld = found.map((java) => `Java ${java.version} in ${java.home}`).join(', ')
  const inspected = search.candidates
    ? `only in ${search.candidates.join(', ')}, where --java-home points`
    : 'at JAVA_HOME, PATH and /usr/lib/jvm'
  const what = tooOld === '' ? `No Java was found (looked ${inspected}).` : `Only ${tooOld} was found: too old.`
  const [first, ...others] = preferredJava(flinkVersion)
  throw new Failure(
    'JAVA_MISSING',
    `${what} Flink ${flinkVersion} needs Java ${OLDEST_JAVA} or later, ` +
      `best ${first} (else ${others.join(' or ')}): install it` +
      ` (Debian, Ubuntu: apt install openjdk-${first}-jre-headless) or set JAVA_HOME, then start Weir again.`,
  )
}

async function ofMachine(
  flinkVersion: string,
  usable: readonly Java[],
  { env = process.env }: JavaSearch,
): Promise<Java | undefined> {
  const preferred = preferredJava(flinkVersion)
  const named = env['JAVA_HOME'] ? await inspect(env['JAVA_HOME']) : undefined
  if (named && preferred.includes(named.major)) return named
  // The more a release is beyond what the version knows, the less is to be expected of it.
  const rank = ({ major }: Java): number => (preferred.includes(major) ? preferred.indexOf(major) : 100 + major)
  return usable.toSorted((a, b) => rank(a) - rank(b))[0]
}

/** The first Java of the machine that Flink runs on and that is older than release `before`. */
export const olderJava = async (before: number, search: JavaSearch = {}): Promise<Java | undefined> =>
  (await distinct(await usualFolders(search))).find(({ major }) => major >= OLDEST_JAVA && major < before)

/** What can be run of the candidates, each home once, in their order. */
async function distinct(candidates: readonly string[]): Promise<Java[]> {
  const homes = new Map<string, Java>()
  for (const candidate of candidates) {
    const java = await inspect(candidate)
    if (java && !homes.has(java.home)) homes.set(java.home, java)
  }
  return [...homes.values()]
}

async function usualFolders({ env = process.env, roots = ROOTS }: JavaSearch): Promise<string[]> {
  const named = env['JAVA_HOME'] ? [env['JAVA_HOME']] : []
  const onPath = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'java'))
  const installed = await Promise.all(
    roots.map(async (root) => (await readdir(root).catch(() => [])).sort().map((name) => join(root, name))),
  )
  return [...named, ...onPath, ...installed.flat()]
}

type Release = Pick<Java, 'major' | 'version' | 'build'>

const inspected = new Map<string, Java>()

/** Takes a home or a `java` program; undefined when there is none that can be run. */
async function inspect(candidate: string): Promise<Java | undefined> {
  try {
    const path = await realpath(candidate)
    const executable =
      path.endsWith('/java') && !path.endsWith('/bin/java/java') ? await asProgram(path) : join(path, 'bin', 'java')
    await access(executable, constants.X_OK)
    const home = dirname(dirname(executable))
    const known = inspected.get(home)
    if (known) return known
    const version = (await fromReleaseFile(home)) ?? (await fromProgram(executable))
    if (version === undefined) return undefined
    const java = { home, executable, ...version }
    inspected.set(home, java)
    return java
  } catch {
    return undefined
  }
}

/** A folder may be called `java` too. */
const asProgram = async (path: string): Promise<string> =>
  access(join(path, 'bin', 'java')).then(
    () => join(path, 'bin', 'java'),
    () => path,
  )

async function fromReleaseFile(home: string): Promise<Release | undefined> {
  const text = await readFile(join(home, 'release'), 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="([^"]*)"`, 'm').exec(text)?.[1]
  const version = field('JAVA_VERSION')
  if (version === undefined) return undefined
  return {
    major: majorOf(version),
    version,
    build: [field('IMPLEMENTOR') ?? '', field('JAVA_RUNTIME_VERSION') ?? version].join(' ').trim(),
  }
}

async function fromProgram(executable: string): Promise<Release | undefined> {
  const { stderr } = await promisify(execFile)(executable, ['-version'], { timeout: 10_000 })
  const version = /version "([^"]+)"/.exec(stderr)?.[1]
  return version === undefined
    ? undefined
    : { major: majorOf(version), version, build: stderr.trim().replaceAll(/\s+/g, ' ') }
}

/** `17.0.15` is 17, `1.8.0_402` is 8. */
function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[.+_-]/).map(Number)
  return first === 1 ? second : first
}
