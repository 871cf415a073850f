/** Every regular expression of the server's own code, and of the patterns in its contract. */
import { parseSync } from 'vite'
import { isTest, production, read } from './files.ts'

export interface Expression {
  /** `/pattern/flags` */
  text: string
  pattern: string
  flags: string
  where: string
}

/** What only whoever runs the command line says to it, and what stands in for others in tests. */
const ELSEWHERE =
  /^(tools|console\/src|src\/cli|src\/api\/client|src\/runtimes\/fake|src\/store\/guarantees)\/|\.fixture\./

/** Expressions that are put together when the server runs, with what they then look like. */
const COMPOSED: Record<string, string[]> = {
  'src/api/validation.ts': [], // the contract's, which are looked at by themselves
  'src/artifacts/inspect/maven.ts': ['<version>([^<]*)</version>'],
  'src/artifacts/maven.ts': ['\\b[0-9a-f]{64}\\b'],
  'src/domain/artifact.ts': [], // the contract's
  'src/domain/effective.ts': ['^(state\\.backend|state\\.backend\\.type)$'],
  'src/domain/names.ts': [], // the contract's
  'src/domain/run/runner.ts': ['dev\\.weir\\.runner\\.AlreadyRan: ([^\\r\\n]*)'],
  'src/runtimes/local/java.ts': ['^JAVA_VERSION="([^"]*)"'],
  'src/runtimes/local/proc.ts': ['^MemTotal:\\s+(\\d+) kB'],
}

interface Node {
  type?: string
  start: number
  end: number
  regex?: { pattern: string; flags: string }
  callee?: { name?: string }
  arguments?: Node[]
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null

function visit(node: unknown, meet: (node: Node) => void): void {
  if (!isNode(node)) return
  if (node.type !== undefined) meet(node)
  for (const inner of Object.values(node)) visit(inner, meet)
}

/** In the order of files; each once, however often it is written. Throws where one is put together and not told above. */
export function serverExpressions(): Expression[] {
  const found = new Map<string, Expression>()
  const add = (pattern: string, flags: string, where: string): void => {
    const text = `/${pattern}/${flags}`
    if (!found.has(text)) found.set(text, { text, pattern, flags, where })
  }
  for (const path of production().filter((each) => !ELSEWHERE.test(each) && !isTest(each))) {
    const source = read(path)
    visit(parseSync(path, source).program, ({ type, regex, callee, arguments: given = [] }) => {
      if (regex) add(regex.pattern, regex.flags, path)
      if (!/^(New|Call)Expression$/.test(type ?? '') || callee?.name !== 'RegExp') return
      const [pattern, flags] = given.map(({ start, end }) => constant(source.slice(start, end)))
      const composed = COMPOSED[path]
      if (pattern !== undefined) add(pattern, flags ?? '', path)
      else if (composed) for (const each of composed) add(each, '', path)
      else throw new Error(`${path} puts a regular expression together: say in tests/rules/expressions.ts which`)
    })
  }
  for (const pattern of patternsOf(JSON.parse(read('openapi.json')))) add(pattern, 'u', 'openapi.json')
  return [...found.values()]
}

/** Undefined where it isn't one. */
function constant(code: string): string | undefined {
  try {
    return String(new Function(`return (${code})`)())
  } catch {
    return undefined
  }
}

function patternsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'pattern' && typeof value === 'string' ? [value] : patternsOf(value),
  )
}
