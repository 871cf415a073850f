/**
 * How much may be in a body. This is looked at before the body is read and held against its schema: what is made of the
 * text, and the findings that the validator collects for each item that is wrong, take far more time than the text.
 */
import { pointer, type Violation } from '../domain/configuration.ts'

export interface BodyLimits {
  /** Items of one array, properties of one object: no schema allows more. */
  members: number
  /** Arrays, objects, texts, numbers and so on, all together. */
  values: number
  depth: number
}

export const BODY_LIMITS: BodyLimits = { members: 1_000, values: 10_000, depth: 16 }

const [QUOTE, BACKSLASH, COMMA] = ['"', '\\', ','].map((letter) => letter.charCodeAt(0))
const OPENING = new Set([...'[{'].map((letter) => letter.charCodeAt(0)))
const CLOSING = new Set([...']}'].map((letter) => letter.charCodeAt(0)))

/** What there is too much of in a JSON text, which may be none; stops where the limit is passed. */
export function excessInText(json: Uint8Array, limits: BodyLimits = BODY_LIMITS): string | undefined {
  let [values, depth, isText] = [1, 0, false]
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]!
    if (byte === QUOTE) isText = !isText
    else if (isText) at += byte === BACKSLASH ? 1 : 0
    else if (byte === COMMA) values += 1
    else if (CLOSING.has(byte)) depth -= 1
    else if (OPENING.has(byte)) {
      values += 1
      depth += 1
    }
    if (depth > limits.depth) return `is nested deeper than ${limits.depth} levels`
    if (values > limits.values) return `has more than ${limits.values} values in all`
  }
  return undefined
}

/** Arrays and objects with too many members. Of a body that has passed `excessInText`. */
export function crowded(body: unknown, most: number = BODY_LIMITS.members, path = ''): Violation[] {
  if (typeof body !== 'object' || body === null) return []
  const members = Object.entries(body)
  if (members.length <= most) return members.flatMap(([key, value]) => crowded(value, most, path + pointer(key)))
  const what = Array.isArray(body) ? 'items' : 'properties'
  return [{ path, message: `has ${members.length} ${what}; at most ${most} are taken` }]
}
