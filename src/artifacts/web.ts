/** Files of the web: plain GETs with deadlines, redirects followed by hand since each hop is checked like the first. */
import type { Dispatcher } from 'undici'
import { request } from 'undici'
import { Failure } from '../domain/failure.ts'
import type { AddressRule } from './addresses.ts'
import { AddressRefused, refuseLiteral } from './addresses.ts'
import type { FetchOptions, FetchedFile } from './artifacts.ts'
import { explain, explainStatus } from './explain.ts'
import { receive } from './receive.ts'
import { fileNameOf, maskUri, parseUri, unavailable } from './uri.ts'

export interface WebSource {
  /** Connects to allowed addresses only, with deadlines of its own. */
  dispatcher: Dispatcher
  rule: AddressRule
  maxBytes: number
}

const MAX_REDIRECTS = 5

export async function download(uri: string, folder: string, options: FetchOptions, source: WebSource): Promise<FetchedFile> {
  const name = fileNameOf(uri)
  try {
    const answer = await follow(uri, options, source)
    try {
      return await receive(arriving(uri, folder, name, answer, options, source))
    } finally {
      // What is left of it nobody wants, nor the complaint that it was cut off.
      answer.body.on('error', () => {}).destroy()
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error instanceof Failure ? error : explain(uri, error)
  }
}

function arriving(
  uri: string, folder: string, name: string, answer: Dispatcher.ResponseData, options: FetchOptions, source: WebSource,
): Parameters<typeof receive>[0] {
  const header = (key: string): string => String(answer.headers[key] ?? '')
  if (!['', 'identity'].includes(header('content-encoding'))) {
    throw unavailable(uri, `the server sent it encoded (${header('content-encoding')}), which was not asked for`)
  }
  if (name.endsWith('.jar') && header('content-type').startsWith('text/html')) {
    throw unavailable(uri, 'the server answered with a web page, not with a jar; does it want a login?')
  }
  const length = header('content-length')
  return {
    uri, folder, name, chunks: answer.body as AsyncIterable<Buffer>, maxBytes: source.maxBytes,
    ...(length === '' ? {} : { total: Number(length) }),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  }
}

async function follow(uri: string, options: FetchOptions, source: WebSource): Promise<Dispatcher.ResponseData> {
  let url = parseUri(uri)
  let authorization = basicAuthOf(url)
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    refuseAddress(uri, url, source.rule)
    const answer = await request(withoutUser(url), {
      dispatcher: source.dispatcher,
      headers: { 'accept-encoding': 'identity', ...(authorization ? { authorization } : {}) },
      ...(options.signal ? { signal: options.signal } : {}),
    })
    if (answer.statusCode === 200) return answer
    await answer.body.dump()
    const next = redirectOf(uri, url, answer)
    // Credentials were meant for the server that they were written for.
    if (next.origin !== url.origin) authorization = basicAuthOf(next)
    url = next
  }
  throw unavailable(uri, `it was redirected more than ${MAX_REDIRECTS} times`)
}

function redirectOf(uri: string, from: URL, answer: Dispatcher.ResponseData): URL {
  const { statusCode } = answer
  const location = answer.headers['location']
  if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string') throw explainStatus(uri, statusCode)
  if (!URL.canParse(location, from.href)) throw unavailable(uri, `the server redirects to "${maskUri(location)}", which is no URI`)
  const next = new URL(location, from)
  if (next.protocol !== 'https:' && next.protocol !== from.protocol) {
    throw unavailable(uri, `the server redirects to ${maskUri(next.href)}; from ${from.protocol}// that is not followed`)
  }
  return next
}

function refuseAddress(uri: string, url: URL, rule: AddressRule): void {
  try {
    refuseLiteral(rule, url.hostname)
  } catch (error) {
    throw error instanceof AddressRefused ? explain(uri, error) : error
  }
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
