/** What Maven leaves in jars: `pom.xml` and `pom.properties` of the jar itself and of every one that it bundles. */

import { defined } from '../../domain/defined.ts'

export interface MavenArtifact {
  groupId: string
  artifactId: string
}

export interface Pom extends MavenArtifact {
  version?: string
  /**
   * Its dependencies on `org.apache.flink`, the managed ones too, with versions as far as they can be told from it
   * alone.
   */
  flink: { artifactId: string; version?: string }[]
}

/** `META-INF/maven/GROUP/ARTIFACT/pom.xml` */
export function mavenPath(name: string): (MavenArtifact & { file: 'pom.xml' | 'pom.properties' }) | undefined {
  const [, groupId, artifactId, file] =
    /^META-INF\/maven\/([^/]+)\/([^/]+)\/(pom\.xml|pom\.properties)$/.exec(name) ?? []
  return groupId && artifactId && file ? { groupId, artifactId, file: file as 'pom.xml' | 'pom.properties' } : undefined
}

/** The `version` of a `pom.properties`. */
export const versionOf = (properties: string): string | undefined =>
  /^version[ \t]*[=:][ \t]*(\S+)/m.exec(properties)?.[1]

/**
 * Poms are regular enough to be read without a tree; what is read from here is only ever told, never acted on. In
 * linear time, whatever stands there.
 */
export function parsePom(xml: string, artifact: MavenArtifact): Pom {
  const text = outside(xml, '<!--', '-->')
  const own = ['dependencies', 'dependencyManagement', 'build', 'profiles', 'reporting', 'properties', 'parent'].reduce(
    (rest, name) => outside(rest, `<${name}>`, `</${name}>`),
    text,
  )
  const [parent = ''] = inside(text, 'parent')
  const above = element(parent, 'version')
  const version = element(own, 'version') ?? above
  const properties = propertiesOf(text)
  for (const prefix of ['project', 'pom']) {
    if (version !== undefined) properties.set(`${prefix}.version`, version)
    if (above !== undefined) properties.set(`${prefix}.parent.version`, above)
  }
  const flink = inside(text, 'dependency')
    .filter((dependency) => element(dependency, 'groupId') === 'org.apache.flink')
    .flatMap((dependency) => {
      const artifactId = element(dependency, 'artifactId')
      const resolved = resolve(element(dependency, 'version'), properties)
      return artifactId === undefined ? [] : [{ artifactId, ...defined({ version: resolved }) }]
    })
  const resolved = resolve(version, properties)
  return { ...artifact, flink, ...defined({ version: resolved }) }
}

/** What stands in each element of that name. In linear time. */
export function inside(text: string, name: string): string[] {
  const [open, close] = [`<${name}>`, `</${name}>`]
  const found: string[] = []
  for (let from = text.indexOf(open); from >= 0; from = text.indexOf(open, from)) {
    const to = text.indexOf(close, from)
    if (to < 0) break
    found.push(text.slice(from + open.length, to))
    from = to
  }
  return found
}

/** The text without what stands between the two. */
function outside(text: string, open: string, close: string): string {
  const kept: string[] = []
  let at = 0
  for (let from = text.indexOf(open); from >= 0; from = text.indexOf(open, at)) {
    kept.push(text.slice(at, from))
    const to = text.indexOf(close, from)
    if (to < 0) return kept.join('')
    at = to + close.length
  }
  return kept.join('') + text.slice(at)
}

const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim()

/** Longer values are no versions. */
const LONGEST = 200

function propertiesOf(text: string): Map<string, string> {
  const all = inside(text, 'properties').flatMap((block) => [...block.matchAll(/<([\w.-]+)>([^<]*)<\/\1>/g)])
  return new Map(
    all
      .map(([, name = '', value = '']): [string, string] => [name, value.trim()])
      .filter(([, value]) => value.length <= LONGEST),
  )
}

/** Undefined where it names a property that isn't there, or is a range. */
function resolve(value: string | undefined, properties: ReadonlyMap<string, string>): string | undefined {
  let text = value
  // A property may name another one; one that names itself ends here too.
  for (let depth = 0; text?.includes('${') && text.length <= LONGEST && depth < 5; depth++) {
    text = text.replaceAll(/\$\{([^{}]+)\}/g, (whole, name: string) => properties.get(name) ?? whole)
  }
  return text === undefined || text === '' || text.length > LONGEST || /[${[(,]/.test(text) ? undefined : text
}
