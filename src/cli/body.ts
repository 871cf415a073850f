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

async function parse(source: string, name: string): Promise<unknown> {
  // What begins like JSON is read as JSON alone: YAML's complaint about a missing brace helps nobody.
  const json = /^\s*[{[]/.test(source) && !/\.ya?ml$/.test(name)
  try {
    return json ? JSON.parse(source) : (await import('yaml')).parse(source)
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
