import { describe, expect, test } from 'vitest'
import { isTest, production, scripts } from './files.ts'
import { importsOf } from './imports.ts'

/**
 * Room -> what of `src/` it may import beside itself: rooms, folders or single files. `ARCHITECTURE.md` gives the
 * reasons.
 */
const ARROWS: Record<string, readonly string[]> = {
  domain: [],
  flink: [],
  store: ['domain/'],
  auth: ['domain/'],
  artifacts: ['domain/'],
  runtimes: ['domain/', 'flink/', 'artifacts/'],
  reconcile: ['domain/', 'store/', 'runtimes/runtime.ts', 'flink/'],
  api: ['domain/', 'store/', 'auth/'],
  cli: ['api/client/', 'domain/can.ts', 'domain/kinds.ts', 'domain/defined.ts', 'domain/printable.ts'],
  server: [''],
}

/** Doors out of a room, each with what it leads to: one file, so that everybody sees where the rule bends. */
const DOORS: Record<string, readonly string[]> = {
  // `up`, `serve` and `quickstart` run a server in the command's own process.
  'src/cli/server.ts': ['server/'],
}

const roomOf = (path: string): string => path.split('/')[1] ?? ''

function isAllowed(from: string, to: string): boolean {
  const inside = to.slice('src/'.length)
  if (inside.startsWith(`${roomOf(from)}/`)) return true
  return [...(ARROWS[roomOf(from)] ?? []), ...(DOORS[from] ?? [])].some((allowed) => inside.startsWith(allowed))
}

describe('import arrows', () => {
  const sources = scripts().filter((path) => path.startsWith('src/'))

  test('every room has its arrows', () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => !(room in ARROWS))).toEqual([])
  })

  test('a room imports only what its arrows allow', () => {
    const wrong = sources
      .flatMap((from) => importsOf(from))
      .filter(({ internal, to }) => internal && to.startsWith('src/'))
      .filter(({ from, to }) => !isAllowed(from, to))
      .map(({ from, to }) => `${from} -> ${to}`)
    expect(wrong).toEqual([])
  })

  test('what ships imports nothing from tests, benches or tools', () => {
    const wrong = production()
      .filter((path) => path.startsWith('src/'))
      .flatMap(importsOf)
      .filter(({ internal, to }) => internal && !to.startsWith('src/') && to !== 'package.json')
      .map(({ from, to }) => `${from} -> ${to}`)
    expect(wrong).toEqual([])
  })

  test('the domain does no I/O and uses no package but for words', () => {
    const pure = ['node:crypto', 'fastest-levenshtein']
    const wrong = sources
      .filter((path) => path.startsWith('src/domain/') && !isTest(path))
      .flatMap(importsOf)
      .filter(({ internal, to }) => !internal && !pure.includes(to))
      .map(({ from, to }) => `${from} -> ${to}`)
    expect(wrong).toEqual([])
  })

  test('imports of our own name the file, with its ending', () => {
    const wrong = scripts()
      .flatMap(importsOf)
      .filter(({ internal, to }) => internal && !/\.(ts|tsx|mjs|json|css|svg)$/.test(to))
      .map(({ from, to }) => `${from} -> ${to}`)
    expect(wrong).toEqual([])
  })

  test('no file needs itself, by way of others, to be loaded', () => {
    expect(circles(sources.filter((path) => !isTest(path)))).toEqual([])
  })
})

/** Circles among files, by imports that are carried out when a file is loaded. */
function circles(files: readonly string[]): string[] {
  const edges = new Map(
    files.map((path) => [
      path,
      importsOf(path)
        .filter(({ eager, internal }) => eager && internal)
        .map(({ to }) => to),
    ]),
  )
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      return
    }
    if (done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of files) visit(path, [])
  return found
}
