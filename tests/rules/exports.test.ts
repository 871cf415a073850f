import { expect, test } from 'vitest'
import { bareCode, isTest, read, repositoryFiles, scripts } from './files.ts'
import { importsOf } from './imports.ts'

/** Exported for readers outside this repository, or about to be used by the room named. Keep it short. */
const ALLOWED = new Set<string>([])

const EXPORT = /^export (?:async )?(function\*?|const|let|class|interface|type) (\w+)/gm

test('everything that is exported is used by another file', () => {
  const used = new Set<string>()
  const wholly = new Set<string>()
  for (const { to, names, internal } of [...scripts(), ...plainScripts()].flatMap(importsOf)) {
    if (!internal) continue
    if (names.length === 0) wholly.add(to)
    for (const name of names) used.add(`${to}#${name}`)
  }
  const unused = scripts()
    .filter((path) => path.startsWith('src/') && !isTest(path) && !wholly.has(path))
    .flatMap((path) => {
      const text = bareCode(read(path))
      return [...text.matchAll(EXPORT)]
        .filter(([, kind = '', name = '']) => !used.has(`${path}#${name}`) && !describesOthers(text, kind, name))
        .map(([, , name]) => `${path}#${name}`)
    })
  expect(unused.filter((name) => !ALLOWED.has(name))).toEqual([])
})

/** A type that another declaration of its file is written with is part of what that one says to its callers. */
function describesOthers(text: string, kind: string, name: string): boolean {
  return (kind === 'interface' || kind === 'type') && [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length > 1
}

const plainScripts = (): string[] => repositoryFiles().filter((path) => path.endsWith('.mjs'))
