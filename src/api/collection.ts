/**
 * A collection: what is created, listed, described, updated and deleted below one path. What these operations declare
 * is the same for all; what differs between collections, and the words for people, are rows of data.
 */
import type { TSchema, TUnsafe } from 'typebox'
import Type from 'typebox'
import type { Permission } from '../auth/permissions.ts'
import type { Page } from '../store/store.ts'
import type { ErrorCode } from './errors.ts'
import { answer, type ErrorStatus, noContent, operation } from './operation.ts'
import { ConditionHeaders, IdempotencyHeaders } from './schemas/parameters.ts'
import { ref, type StaticOf } from './schemas/schema.ts'

export type Verb = 'create' | 'list' | 'describe' | 'update' | 'delete'
export type Words = readonly [summary: string, answer: string]
export type Shapes = Record<'spec' | 'update' | 'summary' | 'list' | 'full', TSchema>

export interface Collection<Path, S extends Shapes = Shapes> {
  /** The word for one in sentences. */
  is: string
  url: string
  /** The IDs in `url`. */
  within: TUnsafe<Path>
  /** The parameter that names one in the paths below. */
  parameter: string
  path: TUnsafe<Path>
  tags: readonly [string]
  /** What operations are named by: `FlinkSession`. */
  noun: string
  shapes: S
  words: Record<Verb, Words>
  permissions: Record<Verb, Permission>
  /** How creating and updating fail beside what follows from what they take. */
  failures: { create: ErrorStatus[]; update: ErrorStatus[] }
  /** Why one with others in it is not deleted. Null: nothing ever is in it. */
  inUse: { code: ErrorCode; by: string; remedy: string } | null
}

const declared = ({ words, permissions, tags }: Collection<unknown>, verb: Verb) => ({
  config: { permission: permissions[verb] },
  said: { summary: words[verb][0], tags },
  what: words[verb][1],
})

export function creation<Path, S extends Shapes>(row: Collection<Path, S>) {
  const { config, said, what } = declared(row, 'create')
  const schema = {
    operationId: `Create${row.noun}`,
    ...said,
    params: row.within,
    headers: IdempotencyHeaders,
    body: ref(shapeOf(row, 'spec')),
    response: { 201: answer(shapeOf(row, 'summary'), what, 'ETag', 'Location') },
  }
  return { method: 'POST', url: row.url, config, schema: operation(schema, ...row.failures.create) } as const
}

export function listing<Path, S extends Shapes, Query extends TSchema>(row: Collection<Path, S>, querystring: Query) {
  const { config, said, what } = declared(row, 'list')
  const schema = {
    operationId: `List${row.noun}s`,
    ...said,
    params: row.within,
    querystring,
    // Each item is of one kind or the other, where the row is.
    response: { 200: Type.Unsafe<Page<StaticOf<S['summary']>>>(answer(row.shapes.list, what)) },
  }
  return { method: 'GET', url: row.url, config, schema: operation(schema) } as const
}

export function description<Path, S extends Shapes>(row: Collection<Path, S>) {
  const { config, said, what } = declared(row, 'describe')
  const response = { 200: answer(shapeOf(row, 'full'), what, 'ETag') }
  const schema = { operationId: `Describe${row.noun}`, ...said, params: row.path, response }
  return { method: 'GET', url: itemUrl(row), config, schema: operation(schema) } as const
}

export function update<Path, S extends Shapes>(row: Collection<Path, S>) {
  const { config, said, what } = declared(row, 'update')
  const schema = {
    operationId: `Update${row.noun}`,
    ...said,
    params: row.path,
    headers: ConditionHeaders,
    body: ref(shapeOf(row, 'update')),
    response: { 200: answer(shapeOf(row, 'full'), what, 'ETag') },
  }
  return { method: 'PATCH', url: itemUrl(row), config, schema: operation(schema, ...row.failures.update) } as const
}

export function deletion<Path, Query extends TSchema>(row: Collection<Path>, querystring: Query) {
  const { config, said, what } = declared(row, 'delete')
  const schema = {
    operationId: `Delete${row.noun}`,
    ...said,
    params: row.path,
    querystring,
    headers: ConditionHeaders,
    response: { 204: noContent(what) },
  }
  return { method: 'DELETE', url: itemUrl(row), config, schema: operation(schema) } as const
}

export const itemUrl = ({ url, parameter }: { url: string; parameter: string }): string => `${url}/:${parameter}`

/** The shape with its own type, where `row.shapes` is known to hold some schemas only. */
const shapeOf = <S extends Shapes, K extends keyof Shapes>({ shapes }: { shapes: S }, key: K): S[K] => shapes[key]
