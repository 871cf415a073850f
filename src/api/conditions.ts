/** `ETag` and `If-Match`: a caller says which revision it has seen, and nothing newer is overwritten. */
import type { FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

export const etag = (revision: number): string => `"${revision}"`

/** The path of a new resource: it is below the one that it was created by. */
export const locationOf = ({ routeOptions, params }: FastifyRequest, id: string): string =>
  `${routeOptions.url?.replaceAll(/:(\w+)/g, (_, name) => (params as Record<string, string>)[name] ?? '')}/${id}`

const TAGS = /(?:W\/)?(?:"([^"]*)"|([0-9]+))/g

/**
 * The revisions that are fine, possibly none; undefined without a condition, or with `*`. Weak tags (proxies that
 * compress make them weak) and bare numbers are taken for the strong ones. The contract has let the header pass.
 */
function readIfMatch(header: string | undefined): number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return [...header.matchAll(TAGS)].flatMap(([, quoted, bare]) => {
    const text = quoted ?? bare ?? ''
    // A tag that is none of ours matches nothing.
    return /^[0-9]{1,15}$/.test(text) ? [Number(text)] : []
  })
}

/**
 * The revision to require of the store, given the one that the resource has now. The store compares again in its
 * transaction, so a change in between is not lost. Throws ApiError when the condition does not hold.
 */
export function requiredRevision(headers: { 'if-match'?: string }, current: number): number | undefined {
  const condition = readIfMatch(headers['if-match'])
  if (condition === undefined) return undefined
  if (!condition.includes(current)) throw staleRevision(current)
  return current
}

export const staleRevision = (current: number): ApiError =>
  new ApiError(
    'REVISION_STALE',
    `The resource has revision ${current} now, which is not the one in If-Match; read it again.`,
  )
