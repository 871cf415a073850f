/**
 * How much may be in a body. This is looked at before the body is held against its schema: the validator collects a
 * finding for each item that is wrong, however many there are, and what it collects takes far longer than to read it.
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

/** What is too much of in it. Nothing below that is looked at. */
export function excess(body: unknown, limits: BodyLimits = BODY_LIMITS): Violation[] {
  const found: Violation[] = []
  let [level, values, depth] = [[{ path: '', value: body }], 0, 0]
  while (level.length > 0) {
    const below: typeof level = []
    for (const { path, value } of level) {
      values += 1
      if (typeof value !== 'object' || value === null) continue
      const members = Object.entries(value)
      const what = Array.isArray(value) ? 'items' : 'properties'
      if (members.length > limits.members)
        found.push({ path, message: `has ${members.length} ${what}; at most ${limits.members} are taken` })
      else if (members.length > 0 && depth === limits.depth)
        found.push({ path, message: `is nested deeper than ${limits.depth} levels` })
      else for (const [key, inner] of members) below.push({ path: path + pointer(key), value: inner })
      if (values + below.length <= limits.values) continue
      return [...found, { path: '', message: `has more than ${limits.values} values in all` }]
    }
    level = below
    depth += 1
  }
  return found
}
