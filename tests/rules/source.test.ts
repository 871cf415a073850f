import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bareCode, isTest, production, read, repositoryFiles, scripts, sizeOf } from './files.ts'
import { importsOf } from './imports.ts'

/** Lines that match, as `path:line text`. */
function where(paths: readonly string[], pattern: RegExp, text: (path: string) => string = read): string[] {
  return paths.flatMap((path) =>
    text(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim().slice(0, 120)}`] : [])),
  )
}

/**
 * The file of each room, and of each runtime, whose first comment tells what it owns, may import, must never do and how
 * it fails.
 */
const MAIN_FILES = [
  'src/domain/spec.ts',
  'src/flink/client.ts',
  'src/store/store.ts',
  'src/reconcile/cycle.ts',
  'src/reconcile/engine.ts',
  'src/runtimes/runtime.ts',
  'src/runtimes/fake/fake.ts',
  'src/runtimes/local/runtime.ts',
  'src/artifacts/fetch.ts',
  'src/auth/keys.ts',
  'src/api/app.ts',
  'src/server/serve.ts',
  'src/cli/main.ts',
]

describe('source', () => {
  const code = (path: string): string => bareCode(read(path))

  test('files only forward what they own: no barrel files', () => {
    const barrels = production().filter((path) => {
      const forwarded = importsOf(path).filter(({ forwards }) => forwards).length
      const owns = /^export (async |const|function|interface|type \w+ =|class)/m.test(code(path))
      return posix.basename(path).startsWith('index.') || (forwarded > 0 && !owns)
    })
    expect(barrels).toEqual([])
  })

  test('nothing is exported by default', () => {
    const settings = scripts().filter((path) => !path.endsWith('.config.ts'))
    expect(where(settings, /^export default\b/, code)).toEqual([])
  })

  test('folders are named by what they own', () => {
    const vague = /(^|\/)(utils?|libs?|common|helpers?|misc|shared)\//
    expect(scripts().filter((path) => vague.test(path))).toEqual([])
  })

  test('every test runs: none is skipped, alone or put off', () => {
    const left = /\b(test|it|describe)\.(skip|only|todo|skipIf|runIf|fails)\b|\b(xit|xtest|xdescribe|fit)\(/
    expect(where(scripts().filter(isTest), left, code)).toEqual([])
  })

  test('tests wait for conditions, they do not sleep', () => {
    expect(
      where(
        scripts().filter((path) => isTest(path)),
        /\bsleep\(|setTimeout\(resolve/,
        code,
      ),
    ).toEqual([])
  })

  test('nothing is put off by a mark in the text', () => {
    // Put together here, so that this file passes its own rule.
    const words = [
      ['TO', 'DO'],
      ['FIX', 'ME'],
      ['XX', 'X'],
      ['HA', 'CK'],
    ].map((halves) => halves.join(''))
    const marks = new RegExp(`\\b(${words.join('|')})\\b`)
    expect(where(textFiles(), marks)).toEqual([])
  })

  test('no path of one machine is written down', () => {
    const paths = textFiles().filter((path) => !isTest(path) && !path.startsWith('tests/'))
    expect(where(paths, /(?<![\w.~/}-])\/(?:work|root|home)(?:\/|(?![\w-]))|(?<![\w.~/}-])\/tmp\/\w/)).toEqual([])
  })

  test('each room opens with what it owns and how it fails', () => {
    const opening = /^(?:#!.*\n)?\/\*\*\n(?: \*.*\n){2,} \*\//
    const silent = MAIN_FILES.filter((path) => !repositoryFiles().includes(path) || !opening.test(read(path)))
    expect(silent).toEqual([])
  })

  test('every file of the domain, the store, the engine and the runtimes opens with a comment', () => {
    const rooms = /^src\/(domain|store|reconcile|runtimes|flink|artifacts|auth|server)\//
    expect(production().filter((path) => rooms.test(path) && !/^\/[*/]/.test(read(path)))).toEqual([])
  })
})

const TEXT = /\.(ts|tsx|mjs|js|json|md|java|sh|yml|yaml|sql|css|html|txt)$|^\.ci\/|^[A-Z]+$/
const textFiles = (): string[] =>
  repositoryFiles().filter(
    (path) => TEXT.test(path) && path !== 'package-lock.json' && !path.includes('/generated/') && sizeOf(path) < 1e6,
  )
