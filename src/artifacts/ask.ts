/** One GET with deadlines. Redirects are followed by hand; each hop is a connection that is checked like the first. */
import type { Dispatcher } from 'undici'
import { errors, request } from 'undici'
import { explainStatus } from './explain.ts'
import { maskUri, unavailable } from './uri.ts'

export interface WebSource {
  /** Connects to allowed addresses only, with deadlines of its own. */
  dispatcher: Dispatcher
  /** From the request to the first byte; and within this time at least 1 KiB/s must come on average. */
  stallMs: number
  /** A server that the owner of this one named, wherever it is. What it redirects to is checked. */
  trusted?: { origin: string; dispatcher: Dispatcher }
}

export interface Question {
  /** As errors name it. */
  uri: string
  url: URL
  /** For the hop that leads to `url`. */
  headers?: (url: URL) => Record<string, string>
  signal?: AbortSignal | undefined
}

/** The first answer that is no redirect. Its `chunks` must be read to their end or left by `discard`. */
export interface Answer {
  url: URL
  status: number
  header(name: string): string | undefined
  /** Throws when the server stalls or trickles. */
  chunks: AsyncIterable<Buffer>
  discard(): void
}

const MAX_REDIRECTS = 5
const REDIRECTS = [301, 302, 303, 307, 308]

/** Throws Failure where a redirect leads astray; errors of connections go through, AddressRefused among them. */
export async function ask({ uri, url: first, headers, signal }: Question, source: WebSource): Promise<Answer> {
  let url = first
  let authorization = basicAuthOf(url)
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const trusted = source.trusted?.origin === url.origin ? source.trusted : undefined
    const answer = await request(withoutUser(url), {
      dispatcher: trusted?.dispatcher ?? source.dispatcher,
      headers: { 'accept-encoding': 'identity', ...(authorization ? { authorization } : {}), ...headers?.(url) },
      ...(signal ? { signal } : {}),
    })
    if (!REDIRECTS.includes(answer.statusCode)) return asAnswer(url, answer, source.stallMs)
    await answer.body.dump()
    const next = redirectOf(uri, url, answer)
    // Credentials were meant for the server that they were written for.
    if (next.origin !== url.origin) authorization = basicAuthOf(next)
    url = next
  }
  throw unavailable(uri, `it was redirected more than ${MAX_REDIRECTS} times`)
}

function asAnswer(url: URL, { statusCode, headers, body }: Dispatcher.ResponseData, stallMs: number): Answer {
  return {
    url,
    status: statusCode,
    header(name) {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    chunks: keepingUp(body, stallMs),
    // What is left of it nobody wants, nor the complaint that it was cut off.
    discard: () => void body.on('error', () => {}).destroy(),
  }
}

/**
 * A server that trickles is as good as one that stalls. Time counts only while we wait for it, not while the disk is
 * slow.
 */
async function* keepingUp(body: Dispatcher.ResponseData['body'], stallMs: number): AsyncGenerator<Buffer> {
  const leastBytes = Math.max(1, (stallMs * 1024) / 1000)
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let left = stallMs
  let bytes = 0
  for (;;) {
    const begun = performance.now()
    const watch = setTimeout(() => body.destroy(new errors.BodyTimeoutError()), Math.max(1, left))
    const { done, value } = await chunks.next().finally(() => clearTimeout(watch))
    if (done) return
    left -= performance.now() - begun
    bytes += value.length
    if (bytes >= leastBytes) {
      bytes = 0
      left = stallMs
    }
    yield value
  }
}

function redirectOf(uri: string, from: URL, answer: Dispatcher.ResponseData): URL {
  const { statusCode } = answer
  const location = answer.headers['location']
  if (typeof location !== 'string') throw explainStatus(uri, statusCode)
  if (!URL.canParse(location, from.href))
    throw unavailable(uri, `the server redirects to "${maskUri(location)}", which is no URI`)
  const next = new URL(location, from)
  if (next.protocol !== 'https:' && next.protocol !== from.protocol) {
    throw unavailable(
      uri,
      `the server redirects to ${maskUri(next.href)}; from ${from.protocol}// that is not followed`,
    )
  }
  return next
}

function basicAuthOf(url: URL): string | undefined {
  if (!url.username && !url.password) return undefined
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function withoutUser(url: URL): string {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  bare.hash = ''
  return bare.href
}
