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

/** What file systems take, in bytes; a letter beyond ASCII has two to four in UTF-8. */
const MOST_BYTES = 255

/** Why no file can have that name, as a part of a sentence; undefined where one can. */
export function fileNameProblem(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'its path does not end in a file name'
  const bytes = Buffer.byteLength(name)
  if (bytes > MOST_BYTES) return `a file's name has at most ${MOST_BYTES} bytes, and this one has ${bytes}`
  // A `/` may come out of an escape, and then names another folder.
  if (/[/\\\p{Cc}]/u.test(name)) return `a file can't be called ${JSON.stringify(name)}`
  return undefined
}

/** Why that URI names no file, as a part of a sentence: its name, or an escape in its path that is none. */
export function fileUriProblem(uri: string): string | undefined {
  const [path = ''] = uri.split(/[?#]/, 1)
  if (ENCODED.test(uri) && !isDecodable(path))
    return 'it has a "%" that begins no escape of UTF-8; write %25 for the sign itself'
  return fileNameProblem(fileName(uri))
}

/** Files of Flink's own distribution: there is one patch version of each, whichever is named. */
const OF_FLINK = /^(local:\/\/)?\//i
const PATCH = /(?<=-[0-9]{1,9}[.][0-9]{1,9})[.][0-9]{1,9}(?![0-9])/

/** The paths of those that will lie in one folder under a name that another has before them, with that other's path. */
export function sameNames(
  files: readonly (readonly [uri: string, path: string])[],
): { path: string; name: string; before: string }[] {
  const [names, anybodys, flinks] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()]
  const found = files.map(([uri, path]) => {
    const name = fileName(uri)
    const unpatched = name.endsWith('.jar') ? name.replace(PATCH, '') : name
    const isFlinks = OF_FLINK.test(uri)
    const before = names.get(name) ?? (isFlinks ? anybodys : flinks).get(unpatched)
    if (!names.has(name)) names.set(name, path)
    if (!anybodys.has(unpatched)) anybodys.set(unpatched, path)
    if (isFlinks && !flinks.has(unpatched)) flinks.set(unpatched, path)
    return { path, name, before }
  })
  return found.filter((each): each is { path: string; name: string; before: string } => each.before !== undefined)
}

const lastSegment = (path: string): string => path.split('/').at(-1) ?? path

/** The text behind percent-escapes; where they are none, the text itself. */
export const decoded = (text: string): string => (isDecodable(text) ? decodeURIComponent(text) : text)

/** Whether every `%` in it begins an escape, and these are UTF-8. */
export function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
