/** What a file that a spec names by URI will be called where Flink finds it: decided here, and nowhere else. Pure. */
import { isMavenUri, jarName, parseMaven } from './maven.ts'

/** URIs as everybody has them, in which `%20` stands for a space. Those of Flink's file systems are taken literally. */
const ENCODED = /^(https?|file|local):/i

/**
 * The last segment of the URI's path, decoded where the URI's kind is; of `maven:G:A:V[:C]` it is `A-V[-C].jar`. What is
 * no file's name (`fileNameProblem` says why) is answered as it is.
 */
export function fileName(uri: string): string {
  const coordinates = isMavenUri(uri) ? parseMaven(uri) : undefined
  if (coordinates && !('problem' in coordinates)) return jarName(coordinates)
  if (!ENCODED.test(uri)) return lastSegment(uri.replace(/[?#].*$/s, ''))
  const path = URL.parse(uri)?.pathname ?? uri.replace(/[?#].*$/s, '')
  return decoded(lastSegment(path))
}

/** Why no file can have that name, as a part of a sentence; undefined where one can. */
export function fileNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'its path does not end in a file name'
  // A `/` may come out of an escape, and then names another folder.
  if (/[/\\\p{Cc}]/u.test(name)) return `a file can't be called ${JSON.stringify(name)}`
  return undefined
}

const lastSegment = (path: string): string => path.split('/').at(-1) ?? path

/** The text behind percent-escapes; where they are none, the text itself. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
