/** From what the validator found to what a caller is listed: every violation, its path, and the nearest known name. */

import { distance } from 'fastest-levenshtein'
import type { FastifySchemaValidationError } from 'fastify'
import type { Violation } from '../domain/configuration.ts'
import { pointer } from '../domain/configuration.ts'
import { MOST_DETAILS, more } from './errors.ts'

/** With the option `verbose`, ajv adds the value and the schema that it violates. */
type Finding = FastifySchemaValidationError & {
  data?: unknown
  parentSchema?: Record<string, unknown>
  propertyName?: string
}

/** Values below these may be secrets, so they are not repeated. */
const CONFIDENTIAL = /^\/(flinkConfiguration|logConfiguration|job\/args|kubeClusterConfig)\//

/** `prefix` is empty for a body, else `query` or `header`, and stands before the path. */
export function toViolations(findings: readonly FastifySchemaValidationError[], prefix = ''): Violation[] {
  // What is wrong with the name of a property is said by the finding on the name itself.
  const listed = (findings as readonly Finding[]).filter(({ keyword }) => keyword !== 'propertyNames')
  const first = listed.slice(0, MOST_DETAILS).map((finding) => ({
    path: prefix + pathOf(finding),
    message: messageOf(finding),
  }))
  return listed.length > MOST_DETAILS ? [...first, more(listed.length, prefix)] : first
}

function pathOf(finding: Finding): string {
  const { missingProperty, additionalProperty } = finding.params
  const last = [missingProperty, additionalProperty, finding.propertyName].find((part) => typeof part === 'string')
  return finding.instancePath + (last === undefined ? '' : pointer(last))
}

function messageOf(finding: Finding): string {
  const { params, parentSchema } = finding
  switch (finding.keyword) {
    case 'required':
      return 'is required'
    case 'additionalProperties': {
      const known = Object.keys(parentSchema?.['properties'] ?? {})
      return `is not known here${suggestion(String(params['additionalProperty']), known)}`
    }
    case 'type':
      return `must be of type ${String(params['type'])}, not ${typeName(finding.data)}`
    case 'enum': {
      const allowed = (params['allowedValues'] as unknown[]).map(String)
      return `must be one of ${allowed.join(', ')}; ${shown(finding)} is not${suggestion(String(finding.data), allowed)}`
    }
    case 'pattern':
      return `${shown(finding)} is not allowed: it must be ${parentSchema?.['description'] ?? `like ${params['pattern']}`}`
    case 'minProperties':
    case 'maxProperties':
      if (parentSchema?.['maxProperties'] === 1) return `must hold ${String(parentSchema['description'])}`
  }
  const message = finding.message ?? 'is not valid'
  const isShort = typeof finding.data !== 'object' && finding.keyword !== 'maxLength'
  return isShort ? `${message}; ${shown(finding)} is not` : message
}

/** `; did you mean ...?`, or nothing where no known name is near. */
export function suggestion(given: string, known: readonly string[]): string {
  if (given.length > 64) return ''
  const lower = given.toLowerCase()
  const nearest = known
    .map((name) => ({ name, edits: distance(lower, name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]
  if (!nearest || nearest.edits > Math.max(2, nearest.name.length / 3)) return ''
  return `; did you mean "${nearest.name}"?`
}

function shown(finding: Finding): string {
  if (CONFIDENTIAL.test(`${finding.instancePath}/`)) return 'this value'
  const text = JSON.stringify(finding.data) ?? 'this value'
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

const typeName = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/**
 * What JSON can hold but databases and Flink cannot: the character NUL and unpaired surrogates. Only for bodies
 * whose shape has been checked, so that the depth is known to be small.
 */
export function unstorableText(value: unknown, path = ''): Violation[] {
  if (typeof value === 'string')
    return isStorable(value) ? [] : [{ path, message: 'holds a NUL character or an unpaired surrogate' }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => {
    const below = path + pointer(key)
    if (isStorable(key)) return unstorableText(inner, below)
    return [{ path: below, message: 'the name holds a NUL character or an unpaired surrogate' }]
  })
}

const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
