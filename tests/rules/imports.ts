/** A small reader of import lines: enough for this repository's style, which has one form of each. */
import { posix } from 'node:path'
import { read } from './files.ts'

export interface Import {
  from: string
  /** A path in the repository, or the name of a package. */
  to: string
  internal: boolean
  /** Imported or re-exported names; empty where the whole module is taken. */
  names: string[]
  /** `export ... from`. */
  forwards: boolean
  /** Read when the file is loaded; a type's import and a dynamic one are not. */
  eager: boolean
}

const STATIC =
  /^(import|export)\s+(type\s+)?((?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?)\s*from\s+'([^']+)'/gm
const BARE = /^import\s+'([^']+)'/gm
const DYNAMIC = /(?:(?:const|let)\s+(\{[^}]*\})\s*=\s*await\s+)?\bimport\('([^']+)'\)(?:\)?\.([\w$]+))?/g

export function importsOf(from: string): Import[] {
  const text = read(from)
  const found: Import[] = []
  const add = (specifier: string, names: string[], kind: Pick<Import, 'forwards' | 'eager'>): void => {
    const internal = specifier.startsWith('.')
    found.push({
      from,
      to: internal ? posix.join(posix.dirname(from), specifier) : specifier,
      internal,
      names,
      ...kind,
    })
  }
  for (const [, keyword, type, clause = '', specifier = ''] of text.matchAll(STATIC)) {
    add(specifier, namesIn(clause), { forwards: keyword === 'export', eager: type === undefined })
  }
  for (const [, specifier = ''] of text.matchAll(BARE)) add(specifier, [], { forwards: false, eager: true })
  for (const [, clause = '', specifier = '', member] of text.matchAll(DYNAMIC)) {
    add(specifier, member === undefined || member === 'then' ? namesIn(clause) : [member], {
      forwards: false,
      eager: false,
    })
  }
  return found
}

function namesIn(clause: string): string[] {
  const inBraces = /\{([^}]*)\}/.exec(clause)?.[1] ?? ''
  return inBraces
    .split(',')
    .map(
      (part) =>
        part
          .trim()
          .replace(/^type\s+/, '')
          .split(/\s+as\s+|\s*:\s*/)[0] ?? '',
    )
    .filter((name) => name !== '')
}
