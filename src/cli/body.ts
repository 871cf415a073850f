/** Request bodies from a file, from stdin, or put together from flags. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { usageError } from './errors.ts'
import type { Io } from './io.ts'

export type Body = Record<string, unknown>

/** The text of `-f`: a file name, or `-` for stdin. */
export async function readInput(io: Io, file: string): Promise<string> {
  if (file === '-') {
    if (io.inTty) io.err('reading the body from the terminal; end it with Ctrl-D\n')
    return text(io.stdin)
  }
  return readFile(file, 'utf8').catch((error: Error) => {
    throw usageError(`cannot read ${file}: ${error.message}`, 'give -f the name of a JSON or YAML file, or - for stdin')
  })
}

/** A JSON or YAML object, as it stands: what it may hold is for the API to say. */
export async function readBody(io: Io, file: string): Promise<Body> {
  const source = await readInput(io, file)
  const name = file === '-' ? 'stdin' : file
  const value = await parse(source, name)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body
  const kind = value === null || value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
  throw usageError(`${name} holds ${kind}, not an object`, 'weir session create --help   (shows a body)')
}

/** A number or a boolean, and how it was written. */
class Written {
  readonly value: unknown
  readonly source: string

  constructor(value: unknown, source: string) {
    this.value = value
    this.source = source
  }
}

/** Where the API wants texts: what is a number there to JSON or YAML was meant as it was written, `1.10` or `0123`. */
const TEXTS = /^(?:flinkConfiguration|logConfiguration|labels|job\/args)\/[^/]*$/s

function asMeant(value: unknown, path = ''): unknown {
  if (value instanceof Written) return TEXTS.test(path) ? value.source : value.value
  if (Array.isArray(value)) return value.map((item, n) => asMeant(item, `${path}/${n}`))
  if (typeof value !== 'object' || value === null) return value
  const below = (key: string) => (path === '' ? key : `${path}/${key.replaceAll('/', ' ')}`)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asMeant(item, below(key))]))
}

const written = (value: unknown, source: string | undefined): unknown =>
  source !== undefined && ['number', 'boolean', 'bigint'].includes(typeof value) ? new Written(value, source) : value

/** JavaScript tells how a value was written since Node 21; the types don't know it yet. */
type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown

const parseJson = (source: string): unknown => {
  const reviver: Reviver = (_key, value, context) => written(value, context.source)
  return JSON.parse(source, reviver as (key: string, value: unknown) => unknown)
}

async function parseYaml(source: string): Promise<unknown> {
  const { parseDocument, visit } = await import('yaml')
  const document = parseDocument(source)
  const [error] = document.errors
  if (error) throw error
  visit(document, {
    Scalar(key, node) {
      if (key !== 'key') node.value = written(node.value, node.source)
    },
  })
  return document.toJS()
}

async function parse(source: string, name: string): Promise<unknown> {
  // What begins like JSON is read as JSON alone: YAML's complaint about a missing brace helps nobody.
  const json = /^\s*[{[]/.test(source) && !/\.ya?ml$/.test(name)
  try {
    return asMeant(json ? parseJson(source) : await parseYaml(source))
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0]
    throw usageError(
      `${name} is not ${json ? 'JSON' : 'JSON or YAML'}: ${reason}`,
      `correct ${name} and run the same command again`,
    )
  }
}

/** Puts `fields` into the object that stands under `key`, where there are any. */
export function merge(body: Body, key: string, fields: Body): void {
  if (Object.keys(fields).length > 0) body[key] = { ...(body[key] as object | undefined), ...fields }
}

/** `key=value` flags as a map; the value may hold further equals signs. */
export function keyValues(flags: string[] | undefined, flag: string): Record<string, string> {
  return Object.fromEntries(
    (flags ?? []).map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw usageError(`${flag} ${text}: it must be KEY=VALUE`, `${flag} taskmanager.numberOfTaskSlots=2`)
      return [text.slice(0, at).trim(), text.slice(at + 1)]
    }),
  )
}

/** Collects a repeatable option. */
export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value]
