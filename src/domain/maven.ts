/** `maven:GROUP:ARTIFACT:VERSION[:CLASSIFIER]`, and the paths that it has in a repository. Pure. */

import { defined } from './defined.ts'

export interface Coordinates {
  group: string
  artifact: string
  version: string
  classifier?: string
}

/** Maven Central, unless the server's owner names others. */
export const CENTRAL = 'https://repo1.maven.org/maven2/'

/** A name within a path of a repository: it leads neither up nor elsewhere. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]*$/
const WORDS = /^(LATEST|RELEASE)$/i

export const isMavenUri = (uri: string): boolean => /^maven:/i.test(uri)

/** The coordinates, or what is wrong with them, as a whole sentence. */
export function parseMaven(uri: string): Coordinates | { problem: string } {
  const [, group = '', artifact = '', version = '', classifier, ...more] = uri.split(':')
  if (group === '' || artifact === '' || version === '' || classifier === '' || more.length > 0) {
    return { problem: 'write maven:GROUP:ARTIFACT:VERSION or maven:GROUP:ARTIFACT:VERSION:CLASSIFIER' }
  }
  if (/[[\](),]/.test(version))
    return { problem: `"${version}" is a range of versions: name one version, so that a restart brings the same file` }
  if (WORDS.test(version))
    return {
      problem: `"${version}" is another version every day: name one version, so that a restart brings the same file`,
    }
  const odd = [group, artifact, version, ...(classifier === undefined ? [] : [classifier])].find(
    (name) => !NAME.test(name),
  )
  if (odd !== undefined)
    return {
      problem: `"${odd}" can't be part of Maven coordinates: they have letters, digits, and . _ - + between them`,
    }
  return { group, artifact, version, ...defined({ classifier }) }
}

export const isSnapshot = (version: string): boolean => version.endsWith('-SNAPSHOT')

/** The folder of all versions, below a repository's base; without a slash at the end. */
export const artifactFolder = ({ group, artifact }: Coordinates): string => `${group.replaceAll('.', '/')}/${artifact}`

/** The file's name in a repository; `resolved` is the version with a snapshot's timestamp. */
export const jarName = ({ artifact, version, classifier }: Coordinates, resolved = version): string =>
  `${[artifact, resolved, ...(classifier === undefined ? [] : [classifier])].join('-')}.jar`
