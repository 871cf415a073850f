/** Lines of fields with tabs between them, as `Text` in `helpers/` reads and writes them. */

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const PLAIN: Record<string, string> = { t: '\t', n: '\n', r: '\r' }

/** With its end. */
export const writeLine = (fields: readonly string[]): string =>
  `${fields.map((field) => field.replaceAll(/[\\\t\n\r]/g, (letter) => ESCAPES[letter] ?? letter)).join('\t')}\n`

export const readLine = (line: string): string[] =>
  line.split('\t').map((field) => field.replaceAll(/\\(.)/gs, (_, letter: string) => PLAIN[letter] ?? letter))
