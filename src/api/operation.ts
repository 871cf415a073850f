/** How an operation of the contract is declared, and what routes are registered on. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, FastifySchema, RawServerDefault } from 'fastify'
import type { Static, TSchema } from 'typebox'
import Type from 'typebox'
import type { ErrorAnswer } from './schemas/common.ts'
import { ConditionHeaders, NO_PATH, NO_QUERY } from './schemas/parameters.ts'
import type { StaticOf } from './schemas/schema.ts'

/** Handlers get their types from the schemas. */
export type ApiScope = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

const DESCRIPTIONS = {
  400: 'The request does not have the shape that the contract asks for; every violation is in `details`.',
  401: 'There are no valid credentials.',
  403: 'The caller may not do this.',
  404: 'The resource, or one that it depends on, does not exist or may not be seen by the caller.',
  408: 'The body came too slowly.',
  409: 'The request is in conflict with what is there.',
  412: 'The resource has changed since the `ETag` in `If-Match`.',
  413: 'The body is too large.',
  415: 'The body comes in a form that is not read here.',
  421: 'The server is not called by the name in `Host`.',
  422: 'The request is well formed but cannot be carried out; every reason is in `details`.',
  429: 'Too many requests came on one connection before their answers were fetched.',
  500: 'The server failed.',
  503: 'The store does not answer.',
  507: 'The disk of the store is full.',
}

export type ErrorStatus = keyof typeof DESCRIPTIONS

/**
 * The schema of a route, with an error body for every status that it can fail with: most follow from what it takes,
 * those of its own are given. The type keeps to the route's own answers: only the error handler sends errors.
 */
export function operation<const S extends FastifySchema & { response: object }>(schema: S, ...own: ErrorStatus[]): S {
  const { params = NO_PATH, querystring, body, headers, response } = schema
  const statuses: ErrorStatus[] = [400, 401, 403, 421, 429, 500, 503, 507, ...own]
  if (params !== NO_PATH) statuses.push(404)
  // A body that nobody asks for is read, too; only where nothing but reading is done none is.
  if (body || Object.keys(response).some((status) => status !== '200')) statuses.push(408, 413, 415)
  if (Object.hasOwn(Object(Object(querystring).properties), 'marker')) statuses.push(422)
  if (headers) statuses.push(409)
  if (headers === ConditionHeaders) statuses.push(412)
  const errors = statuses.map((status) => [status, errorAnswer(DESCRIPTIONS[status])])
  return { querystring: NO_QUERY, ...schema, response: { ...schema.response, ...Object.fromEntries(errors) } }
}

const errorAnswer = (description: string) => Type.Unsafe<Static<typeof ErrorAnswer>>({ $ref: 'Error#', description })

const HEADERS = {
  ETag: { type: 'string', description: 'The revision of the resource, for `If-Match`.' },
  Location: { type: 'string', description: 'The path of the new resource.' },
}

/** An answer of a component, with the headers that come with it. */
export function answer<T extends TSchema>(schema: T, description: string, ...headers: (keyof typeof HEADERS)[]) {
  const id = String(Reflect.get(schema, '$id'))
  const described = Object.fromEntries(headers.map((name) => [name, HEADERS[name]]))
  return Type.Unsafe<StaticOf<T>>({ $ref: `${id}#`, description, ...(headers.length > 0 && { headers: described }) })
}

export const noContent = (description: string) => Type.Unsafe<null>({ type: 'null', description })
