/** Files of the web. The server is asked each time whether the copy in the cache is still its file. */

import { createHash } from 'node:crypto'
import { defined } from '../domain/defined.ts'
import { Failure } from '../domain/failure.ts'
import type { FetchOptions } from './artifacts.ts'
import type { Answer, WebSource } from './ask.ts'
import { ask } from './ask.ts'
import type { CacheSource } from './cache.ts'
import { explain, explainStatus } from './explain.ts'
import type { Arriving } from './receive.ts'
import { receiveInto } from './receive.ts'
import { expectedSha256, fileNameOf, parseUri, unavailable, withoutFragment } from './uri.ts'

/** What the cache asks for the file of an http(s) URI. Throws Failure where the URI can't be one. */
export function webSource(uri: string, options: FetchOptions, source: WebSource, maxBytes: number): CacheSource {
  const url = parseUri(withoutFragment(uri))
  const name = fileNameOf(uri)
  const sha256 = expectedSha256(uri)
  return {
    // Credentials decide what is seen, and are in it.
    key: `web ${url.href}`,
    ...defined({ sha256 }),
    fetch: (known, part) =>
      explained(uri, options, async () => {
        const validator = known === undefined ? undefined : (JSON.parse(known) as Validator)
        const etagFor = (hop: URL): string | undefined =>
          validator?.at === fingerprint(hop) ? validator.etag : undefined
        const answer = await ask(
          {
            uri,
            url,
            signal: options.signal,
            headers(hop) {
              const etag = etagFor(hop)
              return etag === undefined ? {} : { 'if-none-match': etag }
            },
          },
          source,
        )
        try {
          const mark = validatorOf(answer)
          // Times are compared here, for equality: servers say "not modified" of an older file that took the place of a
          // newer one.
          if (answer.status === 304 ? etagFor(answer.url) !== undefined : mark && JSON.stringify(mark) === known)
            return 'unchanged'
          if (answer.status !== 200) throw explainStatus(uri, answer.status)
          const expected = sha256 === undefined ? {} : { expected: { algorithm: 'sha256', hex: sha256 } as const }
          const received = await receiveInto(part, { ...arriving(uri, name, answer, options, maxBytes), ...expected })
          return { ...received, ...(mark && { validator: JSON.stringify(mark) }) }
        } finally {
          answer.discard()
        }
      }),
  }
}

/** Runs it with the errors of connections put into words about `uri`. */
export async function explained<T>(uri: string, { signal }: FetchOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof Failure ? error : explain(uri, error)
  }
}

/** The answer as a file to be received as `name`. Throws Failure where it is none. */
export function arriving(uri: string, name: string, answer: Answer, options: FetchOptions, maxBytes: number): Arriving {
  const encoding = answer.header('content-encoding') ?? 'identity'
  if (encoding !== 'identity' && encoding !== '')
    throw unavailable(uri, `the server sent it encoded (${encoding}), which was not asked for`)
  if (name.endsWith('.jar') && answer.header('content-type')?.startsWith('text/html')) {
    throw unavailable(uri, 'the server answered with a web page, not with a jar; does it want a login?')
  }
  const length = answer.header('content-length')
  return {
    uri,
    chunks: answer.chunks,
    maxBytes,
    ...(length === undefined ? {} : { total: Number(length) }),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  }
}

/**
 * What tells one state of a file from another; it holds for the address that answered it alone, in the end of all
 * redirects.
 */
interface Validator {
  at: string
  etag?: string
  modified?: string
  length?: string
}

/** A file that changed within the same second has the same time: one as young as this is not told apart. */
const SETTLED_MS = 2_000

function validatorOf(answer: Answer): Validator | undefined {
  if (answer.status !== 200) return undefined
  const at = fingerprint(answer.url)
  const etag = answer.header('etag')
  // A weak one may stay while bytes change.
  if (etag !== undefined) return /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) ? { at, etag } : undefined
  const [modified = '', date = ''] = [answer.header('last-modified'), answer.header('date')]
  if (!(Date.parse(date) - Date.parse(modified) >= SETTLED_MS)) return undefined
  const length = answer.header('content-length')
  return { at, modified, ...defined({ length }) }
}

/** Addresses may hold credentials, which the cache doesn't keep. */
const fingerprint = (url: URL): string => createHash('sha256').update(url.href).digest('base64url')
