/**
 * Paths on their way into Flink and Java, and back: the one place that knows what each of them makes of the letters in
 * a path. Pure.
 *
 * Flink takes the text of a `file:` URI literally in its configuration and everywhere else: nothing is percent-encoded,
 * and `%20`, `?` and `#` are letters of a folder's name (findings/flink-file-uri-is-taken-literally.sh). The URIs of
 * jars in a spec are URIs as everybody has them: `new URL` and Node's own conversions are right there, and only there.
 */
import { Failure } from './failure.ts'

/** What Flink calls that absolute path, in its configuration and wherever it says where state lies. */
export const flinkFileUri = (path: string): string => `file://${path}`

/**
 * The absolute path that Flink uses for such a text: a `file:` URI as it takes them, or a plain path. Undefined for
 * what lies elsewhere. Flink takes `\` for `/` and several `/` for one, and overlooks a host's name.
 */
export function flinkFilePath(text: string): string | undefined {
  const [, path] = /^(?:file:)?((?:\/\/[^/]*(?=\/))?\/.*)$/s.exec(text) ?? []
  return path?.replace(/^\/\/[^/]*(?=\/)/, '').replaceAll(/[\\/]+/g, '/')
}

/** Java's own separator of a class path, for which it has no escape. */
const SEPARATOR = ':'

/**
 * The text after `-classpath`. `lists` come behind the entries as they are: class paths that somebody else has written.
 * Throws Failure where a JVM would take one entry for two.
 */
export function joinClassPath(entries: readonly string[], lists: readonly string[] = []): string {
  const torn = entries.find((entry) => entry.includes(SEPARATOR))
  if (torn !== undefined) {
    throw new Failure(
      'INVALID_SPEC',
      `${JSON.stringify(torn)} can't be on Java's class path, which would be divided at its ":": ` +
        'rename the file or folder whose name has it.',
    )
  }
  return [...entries, ...lists].join(SEPARATOR)
}

/**
 * Why Flink can't have its files in that absolute folder; undefined where it can. Lists of folders (`io.tmp.dirs`) are
 * divided at `,` and `:`, the class path at `:`, `\` becomes `/`, and a line's end ends a line of the configuration.
 */
export function flinkFolderProblem(folder: string): string | undefined {
  const [found] = /[:,\\\p{Cc}]/u.exec(folder) ?? []
  if (found === undefined) return undefined
  const letter = found < ' ' ? 'a control character' : `a "${found}"`
  return `${JSON.stringify(folder)} has ${letter}, which Flink can't have in the path of its files: choose a folder without`
}
