/** `ETag` and `If-Match`: a caller says which revision it has seen, and nothing newer is overwritten. */
import { ApiError } from './errors.ts'

export const etag = (revision: number): string => `"${revision}"`

/** `undefined`: no condition, or `*`. Else the revisions that are fine; possibly none. */
export type Condition = number[] | undefined

const TAG = /^(?:W\/)?(?:"([^"]*)"|([0-9]+))$/

/**
 * Weak tags (proxies that compress make them weak) and bare numbers are taken for the strong ones: a revision is a
 * strong validator in every form. Throws ApiError on what is no entity tag.
 */
export function readIfMatch(header: string | undefined): Condition {
  if (header === undefined || header.trim() === '*') return undefined
  return header.split(',').flatMap((part) => {
    const tag = TAG.exec(part.trim())
    if (!tag) {
      throw new ApiError('INVALID_REQUEST', 'If-Match holds no entity tag.', [
        {
          path: 'header/If-Match',
          message: `must be *, or the ETag of the resource such as "3"; ${part.trim().slice(0, 40)} is not`,
        },
      ])
    }
    const text = tag[1] ?? tag[2] ?? ''
    // A tag that is none of ours matches nothing.
    return /^[0-9]{1,15}$/.test(text) ? [Number(text)] : []
  })
}

/**
 * The revision to require of the store, given the one that the resource has now. The store compares again in its
 * transaction, so a change in between is not lost. Throws ApiError when the condition does not hold.
 */
export function requiredRevision(condition: Condition, current: number): number | undefined {
  if (condition === undefined) return undefined
  if (!condition.includes(current)) throw staleRevision(current)
  return current
}

export const staleRevision = (current: number): ApiError =>
  new ApiError(
    'REVISION_STALE',
    `The resource has revision ${current} now, which is not the one in If-Match; read it again.`,
  )
