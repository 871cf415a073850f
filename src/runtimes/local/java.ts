/**
 * Finds the Java that Flink is run with. JAVA_HOME wins where it fits, since somebody set it; of the others the
 * release that the most Flink versions are at home on.
 */
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { Failure } from '../../domain/failure.ts'

export interface Java {
  home: string
  executable: string
  /** 17 */
  major: number
  /** Vendor and exact version: what an archive of shared classes is bound to. */
  build: string
}

/** Every version in the catalogue runs on 11 and later; Java 8 lacks the module options that Flink needs on 17. */
const OLDEST = 11
const PREFERRED = [17, 21, 11]

/** Folders (or `java` programs) to look at instead of the usual places. */
export interface JavaSearch {
  candidates?: readonly string[]
}

/** Throws Failure JAVA_MISSING, which names what was found and what to install. */
export async function findJava(search: JavaSearch = {}): Promise<Java> {
  const explicit = search.candidates ?? (process.env['JAVA_HOME'] ? [process.env['JAVA_HOME']] : [])
  const found: Java[] = []
  for (const candidate of explicit) {
    const java = await inspect(candidate)
    if (java && java.major >= OLDEST) return java
    if (java) found.push(java)
  }
  if (search.candidates === undefined) {
    for (const candidate of await usualPlaces()) {
      const java = await inspect(candidate)
      if (java && !found.some((other) => other.home === java.home)) found.push(java)
    }
  }
  const fit = found.filter((java) => java.major >= OLDEST).sort((a, b) => rank(a) - rank(b))[0]
  if (fit) return fit
  const seen = found.map((java) => `Java ${java.major} in ${java.home}`).join(', ')
  const looked = search.candidates ? `only in ${search.candidates.join(', ')}, where --java-home points` : 'at JAVA_HOME, PATH and /usr/lib/jvm'
  const what = seen === '' ? `No Java was found (looked ${looked}).` : `Only ${seen} was found: too old.`
  throw new Failure('JAVA_MISSING', `${what} Flink needs Java ${OLDEST} or later, best 17: install it`
    + ' (Debian, Ubuntu: apt install openjdk-17-jre-headless) or set JAVA_HOME, then start Weir again.')
}

const rank = (java: Java): number => {
  const place = PREFERRED.indexOf(java.major)
  return place >= 0 ? place : 100 + java.major
}

async function usualPlaces(): Promise<string[]> {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '').map((folder) => join(folder, 'java'))
  const roots = ['/usr/lib/jvm', '/usr/java', '/opt/java']
  const installed = await Promise.all(roots.map(async (root) => (await readdir(root).catch(() => [])).sort().map((name) => join(root, name))))
  return [...onPath, ...installed.flat()]
}

const inspected = new Map<string, Java>()

/** Takes a home or a `java` program; undefined when there is none that can be run. */
async function inspect(candidate: string): Promise<Java | undefined> {
  try {
    const path = await realpath(candidate)
    const executable = path.endsWith('/java') && !path.endsWith('/bin/java/java') ? await asProgram(path) : join(path, 'bin', 'java')
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
  access(join(path, 'bin', 'java')).then(() => join(path, 'bin', 'java'), () => path)

async function fromReleaseFile(home: string): Promise<{ major: number; build: string } | undefined> {
  const text = await readFile(join(home, 'release'), 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="([^"]*)"`, 'm').exec(text)?.[1]
  const version = field('JAVA_VERSION')
  if (version === undefined) return undefined
  return { major: majorOf(version), build: [field('IMPLEMENTOR') ?? '', field('JAVA_RUNTIME_VERSION') ?? version].join(' ').trim() }
}

async function fromProgram(executable: string): Promise<{ major: number; build: string } | undefined> {
  const { stderr } = await promisify(execFile)(executable, ['-version'], { timeout: 10_000 })
  const version = /version "([^"]+)"/.exec(stderr)?.[1]
  return version === undefined ? undefined : { major: majorOf(version), build: stderr.trim().replaceAll(/\s+/g, ' ') }
}

/** `17.0.15` is 17, `1.8.0_402` is 8. */
function majorOf(version: string): number {
  const [first = 0, second = 0] = version.split(/[.+_-]/).map(Number)
  return first === 1 ? second : first
}
