import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, read, repositoryFiles, sizeOf } from './files.ts'

/** What may stand at the top; everything else belongs below one of these. */
const TOP = new Set([
  '.ci',
  '.git-blame-ignore-revs',
  '.gitignore',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
  'README.md',
  'SECURITY.md',
  'bench',
  'biome.json',
  'console',
  'docs',
  'e2e',
  'examples',
  'findings',
  'helpers',
  'openapi.json',
  'package-lock.json',
  'package.json',
  'src',
  'tests',
  'tools',
  'tsconfig.json',
  'vitest.config.ts',
])
/** Generated, but read by people in reviews. */
const LARGE = new Set(['package-lock.json', 'openapi.json'])
const KINDS =
  /\.(ts|tsx|mjs|json|jsonl|md|java|sh|yml|yaml|properties|css|html|svg|txt)$|^\.gitignore$|^\.git-blame-ignore-revs$|^LICENSE$|^\.ci\//

describe('the tree', () => {
  const files = repositoryFiles()

  test('nothing stray stands at the top', () => {
    expect([...new Set(files.map((path) => path.split('/')[0] ?? ''))].filter((entry) => !TOP.has(entry))).toEqual([])
  })

  test('files are of kinds that people write', () => {
    expect(files.filter((path) => !KINDS.test(path) && !isProgram(path))).toEqual([])
  })

  test('no file is large or binary', () => {
    const large = files.filter((path) => sizeOf(path) > 200_000 && !LARGE.has(path) && !path.includes('/generated/'))
    const binary = files.filter((path) =>
      readFileSync(ROOT + path)
        .subarray(0, 8_000)
        .includes(0),
    )
    expect({ large, binary }).toEqual({ large: [], binary: [] })
  })

  test('names are lower-case words with dashes, but where a tool or Java wants otherwise', () => {
    const odd = files
      .filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.includes('/generated/'))
      .filter((path) => !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(posix.basename(path)))
    expect(odd).toEqual([])
  })

  test('the package holds what is published and no more', () => {
    const { files: published, bin, license } = JSON.parse(read('package.json'))
    expect(published).toEqual(expect.arrayContaining(['dist', 'openapi.json', 'LICENSE']))
    expect(published.filter((entry: string) => /^(src|tests|e2e|node_modules)/.test(entry))).toEqual([])
    expect(bin).toEqual({ weir: 'dist/cli/main.js' })
    expect(license).toBe('Apache-2.0')
  })

  test('the lockfile names no registry but the public one', () => {
    const hosts = [...read('package-lock.json').matchAll(/"resolved": "https?:\/\/([^/"]+)/g)].map((match) => match[1])
    expect([...new Set(hosts)].filter((host) => host !== 'registry.npmjs.org')).toEqual([])
  })

  test('the changelog tells of the version in package.json, or of what comes next', () => {
    const { version } = JSON.parse(read('package.json'))
    expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## .*(${version.replaceAll('.', '\\.')}|Unreleased)`, 'm'))
  })
})

/** A file without an ending that says in its first line what runs it. */
const isProgram = (path: string): boolean => !posix.basename(path).includes('.') && read(path).startsWith('#!')
