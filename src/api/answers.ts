/** The answers that a route declares: its own, and an error body for every status that it can fail with. */
import type { Static, TSchema } from 'typebox'
import Type from 'typebox'
import type { ErrorAnswer } from './schemas/common.ts'

type ErrorStatus = 400 | 404 | 408 | 409 | 412 | 413 | 415 | 422

const DESCRIPTIONS: Record<ErrorStatus | 401 | 403 | 500 | 503, string> = {
  400: 'The request does not have the shape that the contract asks for; every violation is in `details`.',
  401: 'There are no valid credentials.',
  403: 'The caller may not do this.',
  404: 'The resource, or one that it depends on, does not exist or may not be seen by the caller.',
  408: 'The body came too slowly.',
  409: 'The request is in conflict with what is there.',
  412: 'The resource has changed since the `ETag` in `If-Match`.',
  413: 'The body is too large.',
  415: 'The body is of a media type that is not taken here.',
  422: 'The request is well formed but cannot be carried out; every reason is in `details`.',
  500: 'The server failed.',
  503: 'The store does not answer.',
}

const errorAnswer = (description: string) => Type.Unsafe<Static<typeof ErrorAnswer>>({ $ref: 'Error#', description })

/** 401, 403, 500 and 503 can come from every route and are added. */
export function answers<const Own extends Record<number, TSchema>>(own: Own, ...errors: ErrorStatus[]): Own {
  const all = [...errors, 401, 403, 500, 503] as const
  // The type keeps to the route's own answers: errors are thrown, and only the error handler sends them.
  return Object.assign({ ...own }, Object.fromEntries(all.map((status) => [status, errorAnswer(DESCRIPTIONS[status])])))
}

interface Header {
  type: 'string'
  description: string
}

const HEADERS = {
  ETag: { type: 'string', description: 'The revision of the resource, for `If-Match`.' },
  Location: { type: 'string', description: 'The path of the new resource.' },
} satisfies Record<string, Header>

/** An answer of a component, with the headers that come with it. */
export function answer<T extends TSchema>(schema: T, description: string, ...headers: (keyof typeof HEADERS)[]) {
  const id = String(Reflect.get(schema, '$id'))
  const described = Object.fromEntries(headers.map((name) => [name, HEADERS[name]]))
  return Type.Unsafe<Static<T>>({ $ref: `${id}#`, description, ...(headers.length > 0 && { headers: described }) })
}

export const noContent = (description: string) => Type.Unsafe<null>({ type: 'null', description })
