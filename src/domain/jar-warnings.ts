/** What a jar's inside means for where it is used, in sentences for people: each says what to do. Pure. */
import { distance } from 'fastest-levenshtein'
import type { JarClash, JarInspection } from './jar.ts'

export interface JarUse {
  /** The version of Flink that it runs on: `1.17.1`. */
  flinkVersion: string
  /** The release of the Java that it runs on, where that is known: 17. */
  javaMajor?: number
  /** Its classes that Flink's own jars have too, where that is known. */
  clashes?: readonly JarClash[]
}

/** None of these keeps a cluster from starting. Signatures have no consequence on a class path, and are not told. */
export function jarWarnings(fileName: string, inspection: JarInspection, use: JarUse): string[] {
  return [
    javaWarning(fileName, inspection, use),
    flinkWarning(fileName, inspection, use),
    bundleWarning(fileName, inspection, use),
  ].filter((warning) => warning !== undefined)
}

function javaWarning(jar: string, { javaRelease }: JarInspection, { javaMajor }: JarUse): string | undefined {
  if (javaRelease === undefined || javaMajor === undefined || javaRelease <= javaMajor) return undefined
  return (
    `${jar} holds classes for Java ${javaRelease}, and this cluster runs on ` +
    `Java ${javaMajor}, which can't load them. ` +
    `Compile it for Java ${javaMajor} (--release ${javaMajor}), or have the server use Java ${javaRelease}.`
  )
}

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.')
const majorOf = (version: string): string => version.split('.')[0] ?? ''

function flinkWarning(
  jar: string,
  { flinkVersion: built, flinkVersionFrom }: JarInspection,
  { flinkVersion: runs }: JarUse,
): string | undefined {
  if (built === undefined || minorOf(built) === minorOf(runs)) return undefined
  const risk =
    majorOf(built) === majorOf(runs)
      ? 'classes or methods that it needs may be missing'
      : 'much of what it uses was moved or removed between these'
  return (
    `${jar} was built against Flink ${built} (as its ${flinkVersionFrom ?? 'contents'} says) ` +
    `and runs on Flink ${runs}: ${risk}. ` +
    `Build it against ${minorOf(runs)}, or choose the runtime FLINK_${minorOf(built).replace('.', '_')}.`
  )
}

/** One sentence about what is in the jar and in Flink as well, whichever way it was found. */
function bundleWarning(jar: string, { bundlesFlink }: JarInspection, { clashes = [] }: JarUse): string | undefined {
  if (bundlesFlink.length > 0) {
    return (
      `${jar} bundles Flink's own classes (${listed(bundlesFlink)}), which can get into the way of those of the ` +
      `cluster. ` +
      'Build it without them: Flink\'s dependencies belong into the scope "provided" (Gradle: compileOnly).'
    )
  }
  return clashWarning(jar, clashes)
}

/** For a jar that Flink's own jars have classes of, too; undefined where there are none. */
export function clashWarning(jar: string, clashes: readonly JarClash[]): string | undefined {
  const [first] = clashes
  if (!first) return undefined
  const count = clashes.reduce((sum, clash) => sum + clash.count, 0)
  const which = count === 1 ? `${first.example}, which` : `${count} classes, such as ${first.example}, that`
  return (
    `${jar} holds ${which} Flink's ${listed(clashes.map((clash) => clash.with))} ` +
    `${clashes.length === 1 ? 'has' : 'have'} too; ` +
    "the order of the class path, that of Flink's own scripts, decides which one is used. Leave them out of the " +
    'jar, or relocate them when you build it.'
  )
}

const MOST = 3

/** `a, b, c and 4 more` */
function listed(all: readonly string[]): string {
  const more = all.length - MOST
  return all.slice(0, MOST).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

const simpleName = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
const packageOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')))

/**
 * The known class names that somebody may have meant, nearest first, three at most: a class of the same simple name in
 * another package before one whose name is spelled alike.
 */
export function nearestClasses(wanted: string, known: readonly string[]): string[] {
  const simple = simpleName(wanted).toLowerCase()
  const ranked = [...new Set(known)].flatMap((name) => {
    const other = simpleName(name).toLowerCase()
    // The length tells the least distance there can be, and is much cheaper.
    const most = Math.max(2, Math.floor(simple.length / 3))
    const far = Math.abs(other.length - simple.length) > most ? Infinity : distance(other, simple)
    return far > most ? [] : [{ name, far }]
  })
  const rank = ranked.map((one) => ({ ...one, apart: distance(packageOf(one.name), packageOf(wanted)) }))
  return rank
    .sort((a, b) => a.far - b.far || a.apart - b.apart)
    .slice(0, MOST)
    .map(({ name }) => name)
}
