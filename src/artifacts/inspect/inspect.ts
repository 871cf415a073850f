/** Looks into a jar: what can be started in it, what it was built for, and what it brings along. */
import { basename } from 'node:path'
import type { JarInspection } from '../../domain/jar.ts'
import { javaReleaseOf, majorVersionOf, mayHaveMain, parseClassFile } from './class-file.ts'
import { connectorPackage, connectorsOf, distributionPackage, flinkVersionOf } from './flink.ts'
import { kept } from './kept.ts'
import { JAR_LIMITS, type JarLimits } from './limits.ts'
import { manifestAttributes } from './manifest.ts'
import { mavenPath, type Pom, parsePom, versionOf } from './maven.ts'
import { type JarEntry, type OpenJar, withJar } from './zip.ts'

/**
 * Takes seconds for the largest jars, and a few megabytes of memory beside the list of their entries. `name` is what
 * messages call it. Throws Failure: JAR_INVALID when it is broken or made to do harm, FILE_UNAVAILABLE.
 */
export function inspectJar(
  path: string,
  limits: Partial<JarLimits> = {},
  name = basename(path),
): Promise<JarInspection> {
  const all = { ...JAR_LIMITS, ...limits }
  return withJar(path, name, all, async (jar) => {
    const manifest = await manifestOf(jar)
    const { poms, artifacts } = await mavenOf(jar)
    const classes = jar.entries.filter(({ name: path }) => isClass(path))
    const version = flinkVersionOf({ jarName: name.replace(/\.jar$/i, ''), poms, artifacts, manifest })
    return kept({
      entries: jar.entries.length,
      classes: classes.length,
      ...attribute('mainClass', manifest.get('main-class')),
      ...attribute('programClass', manifest.get('program-class')),
      ...attribute('classPath', words(manifest.get('class-path'))),
      ...(await readClasses(jar, classes, all)),
      ...version,
      connectors: connectorsOf(artifacts, present(classes, connectorPackage), await factoriesOf(jar)),
      bundlesFlink: [...present(classes, distributionPackage)].sort(),
      ...signaturesOf(jar),
    })
  })
}

const attribute = <Name extends string, Value extends string | string[]>(name: Name, value: Value | undefined) =>
  (value === undefined || value.length === 0 ? {} : { [name]: value }) as Partial<Record<Name, Value>>

const words = (line = ''): string[] => line.split(/\s+/).filter((word) => word !== '')

const isClass = (path: string): boolean => path.endsWith('.class') && !path.startsWith('META-INF/')

function present(classes: readonly JarEntry[], kind: (path: string) => string | undefined): Set<string> {
  return new Set(classes.flatMap(({ name }) => kind(name) ?? []))
}

/** Signed jars have a line or two for each of their files in it, after what counts here. */
const MANIFEST_BYTES = 64 * 1024

async function manifestOf(jar: OpenJar): Promise<Map<string, string>> {
  const entry = jar.entries.find(({ name }) => name.toUpperCase() === 'META-INF/MANIFEST.MF')
  return manifestAttributes(entry ? (await jar.start(entry, MANIFEST_BYTES)).toString('utf8') : '')
}

const POM_BYTES = 1024 ** 2
const MOST_ARTIFACTS = 1000

async function mavenOf(
  jar: OpenJar,
): Promise<{ poms: Pom[]; artifacts: { groupId: string; artifactId: string; version?: string }[] }> {
  const poms: Pom[] = []
  const artifacts = []
  let read = 0
  for (const entry of jar.entries) {
    const found = mavenPath(entry.name)
    if (!found || read >= MOST_ARTIFACTS) continue
    read += 1
    const { file, ...artifact } = found
    const text = (await jar.read(entry, POM_BYTES))?.toString('utf8') ?? ''
    if (file === 'pom.xml') poms.push(parsePom(text, artifact))
    else artifacts.push({ ...artifact, ...attribute('version', versionOf(text)) })
  }
  return { poms, artifacts }
}

async function factoriesOf(jar: OpenJar): Promise<string[]> {
  const entry = jar.entries.find(({ name }) => name === 'META-INF/services/org.apache.flink.table.factories.Factory')
  const text = entry && (await jar.read(entry, POM_BYTES))
  return (
    text
      ?.toString('utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim())
      .filter((line) => line !== '') ?? []
  )
}

function signaturesOf(jar: OpenJar): Pick<JarInspection, 'signed' | 'signers'> {
  const names = jar.entries.map(({ name }) => name).filter((name) => /^META-INF\/[^/]+\.(SF|RSA|DSA|EC)$/i.test(name))
  const stem = (name: string): string => name.replace(/\.\w+$/, '').toUpperCase()
  const signed = new Set(names.filter((name) => /\.SF$/i.test(name)).map(stem))
  const signers = names.filter((name) => !/\.SF$/i.test(name) && signed.has(stem(name))).sort()
  return { signed: signers.length > 0, signers }
}

/** Packages of libraries that jars often bundle: read last, so that what is read of a very large jar is its own. */
const LIBRARIES = new RegExp(
  `^(?:${[
    'akka',
    'android',
    'antlr',
    'com/(?:amazonaws|codahale|esotericsoftware|fasterxml|github|google|ibm|microsoft|mysql|oracle|sun|typesafe)',
    'io/(?:grpc|netty|opencensus|opentelemetry|prometheus)',
    'it/unimi',
    'jakarta',
    'javassist',
    'javax',
    'kotlin',
    'net/(?:bytebuddy|jpountz)',
    'org/(?:antlr|apache/(?!flink/)|bouncycastle|checkerframework|codehaus|eclipse|glassfish|jboss|joda' +
      '|objectweb|postgresql)',
    'org/(?:reactivestreams|rocksdb|slf4j|w3c|xerial|xml|yaml)',
    'reactor',
    'scala',
    'shaded',
    'software/amazon',
  ].join('|')})/`,
)

/** Enough to come past what describes the packing to the first eight bytes of a class. */
const START_BYTES = 512

async function readClasses(
  jar: OpenJar,
  classes: readonly JarEntry[],
  limits: JarLimits,
): Promise<Pick<JarInspection, 'entryClasses' | 'javaRelease'>> {
  const found: string[] = []
  let newest = 0
  let left = limits.classBytes
  const [own, libraries] = [
    classes.filter(({ name }) => !LIBRARIES.test(name)),
    classes.filter(({ name }) => LIBRARIES.test(name)),
  ]
  for (const part of [own, libraries]) {
    const names: string[] = []
    for (const entry of part) {
      const whole = canBeEntryClass(entry.name) && entry.unpackedBytes <= left
      const bytes = whole ? await jar.read(entry, limits.entryBytes) : undefined
      if (bytes) left -= bytes.length
      newest = Math.max(newest, majorVersionOf(bytes ?? (await jar.start(entry, START_BYTES))) ?? 0)
      if (bytes && mayHaveMain(bytes)) names.push(...entryClass(bytes))
    }
    found.push(...names.sort())
  }
  return { entryClasses: found, ...(newest > 0 && { javaRelease: javaReleaseOf(newest) }) }
}

/** Not `Job$1.class`, which has no name in Java, and not what only describes a module or a package. */
const canBeEntryClass = (path: string): boolean => !/(^|\/)(module|package)-info\.class$|\$\d/.test(path)

function entryClass(bytes: Buffer): string[] {
  const found = parseClassFile(bytes)
  return found?.hasMain && found.isPublic && !found.isSynthetic && !found.isModule ? [found.name] : []
}
