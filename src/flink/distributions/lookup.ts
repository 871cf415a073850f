/**
 * Finds what specs name below `/opt/flink`, the home of Flink in its official images, in a distribution of this
 * machine.
 */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, posix } from 'node:path'
import { readMarker } from './cache.ts'

export interface Lookup {
  /** Absolute; undefined when the distribution has no such file. */
  file: string | undefined
  /** Another patch version of the jar was taken: a sentence for people. */
  warning?: string
  /** Why there is no file, and what to do. */
  reason?: string
}

const IMAGE_HOME = '/opt/flink/'

/** True for the forms that name a file inside of the distribution: `/opt/flink/...`, `local:///opt/flink/...`. */
export const isInDistribution = (uri: string): boolean => pathOf(uri).startsWith(IMAGE_HOME)

/**
 * The file of the distribution at `home` that a path below `/opt/flink` means. A jar of another patch version of the
 * same minor is resolved to the one that is there, with a warning. Never answers a file outside of `home`.
 */
export async function resolveInDistribution(home: string, uri: string): Promise<Lookup> {
  const path = posix.normalize(pathOf(uri))
  if (!path.startsWith(IMAGE_HOME)) {
    return { file: undefined, reason: `${uri} is not a path below /opt/flink, where Flink's own files are` }
  }
  const inside = path.slice(IMAGE_HOME.length)
  const exact = join(home, inside)
  if (await isFile(exact)) return { file: exact }
  const other = await samePart(home, inside)
  if (other) {
    return { file: other, warning: `${path} is not part of this Flink; ${basename(other)} is used in its place` }
  }
  return { file: undefined, reason: await whyAbsent(home, inside) }
}

const pathOf = (uri: string): string => uri.replace(/^local:\/\/(?=\/)/, '')

/** `flink-s3-fs-hadoop-1.17.1.jar`; `rest` is what follows the patch version. */
function versioned(jar: string): { name: string; minor: string; rest: string } | undefined {
  if (!jar.endsWith('.jar')) return undefined
  const stem = jar.slice(0, -'.jar'.length)
  for (let at = stem.lastIndexOf('-'); at > 0; at = stem.lastIndexOf('-', at - 1)) {
    const after = stem.slice(at + 1)
    const [version = '', minor] = /^(\d+\.\d+)\.\d+/.exec(after) ?? []
    if (minor !== undefined) return { name: stem.slice(0, at), minor, rest: after.slice(version.length) }
  }
  return undefined
}

/** The newest jar beside it that differs in nothing but the patch version. */
async function samePart(home: string, inside: string): Promise<string | undefined> {
  const wanted = versioned(basename(inside))
  if (!wanted) return undefined
  const folder = join(home, dirname(inside))
  const names = await readdir(folder).catch((): string[] => [])
  const alike = names.filter((name) => {
    const found = versioned(name)
    return found?.name === wanted.name && found.minor === wanted.minor && found.rest === wanted.rest
  })
  const [newest] = alike.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  return newest && join(folder, newest)
}

async function whyAbsent(home: string, inside: string): Promise<string> {
  const marker = await readMarker(home)
  const name = versioned(basename(inside))?.name
  const absent = marker?.absent.find((each) => name !== undefined && basename(each.path).startsWith(`${name}-`))
  if (absent) return `/opt/flink/${inside} is missing since this Flink was installed without it: ${absent.reason}`
  if (marker?.source === 'PACKAGES' && inside.startsWith('examples/')) return noExamples(home, inside)
  const names = (await readdir(join(home, dirname(inside))).catch((): string[] => [])).filter((each) =>
    each.endsWith('.jar'),
  )
  const there = names.length > 0 ? `there are ${names.sort().join(', ')}` : 'there are no jars in that folder'
  return `/opt/flink/${inside} is not part of this Flink distribution (${home}); ${there}`
}

/** What is put together from packages has everything that clusters run with, and no jar to try them with. */
const noExamples = (home: string, inside: string): string =>
  `/opt/flink/${inside} is not there: this Flink (${home}) was put together from packages of PyPI and Maven Central, ` +
  'which have no examples. Name a jar of your own (weir artifact upload, https://, maven:), get the example from ' +
  `Flink's release at https://archive.apache.org/dist/flink/, or set FLINK_HOME to an unpacked release`

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}
