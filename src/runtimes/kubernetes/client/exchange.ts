/**
 * One request to the API server: its deadline, what is tried again, and which error an answer means. GETs are tried
 * again after a broken connection or "not now"; anything else only where the API server says that it did nothing.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { type Dispatcher, request } from 'undici'
import { defined } from '../../../domain/defined.ts'
import { jsonInYaml } from '../../json-in-yaml.ts'

import type { KubeConnection } from './connection.ts'
import { KubeUnreachable, refusal, type Status, unreachable } from './errors.ts'

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  query?: Query | undefined
  body?: unknown
  contentType?: string
  accept?: string
  /** What comes after them is left out. */
  maxBytes?: number
}

export type Answer = Dispatcher.ResponseData

export interface Wire {
  connection: KubeConnection
  timeoutMs: number
  userAgent: string | undefined
  /** An answer or a part of one has come. */
  heard(): void
  /** A request goes out, tries after the first among them. */
  sent(): void
}

const TRIES = 4
const FIRST_PAUSE_MS = 200
/** Whoever wants to be left alone for longer is not believed. */
const LONGEST_RETRY_AFTER_MS = 300_000

/** Resolves to a whole answer below 300 as text; rejects with KubeError or KubeUnreachable. */
export async function exchange(wire: Wire, call: Call, signal?: AbortSignal): Promise<string> {
  const ends = AbortSignal.timeout(wire.timeoutMs)
  const deadline = Date.now() + wire.timeoutMs
  const all = signal ? AbortSignal.any([ends, signal]) : ends
  for (let tried = 1; ; tried += 1) {
    const outcome = await once(wire, call, all, tried)
    if ('text' in outcome) return outcome.text
    const pause = outcome.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (tried - 1)
    if (!outcome.retry || tried >= TRIES || Date.now() + pause >= deadline) throw outcome.error
    await delay(pause, undefined, { signal: all }).catch(() => {
      throw outcome.error
    })
  }
}

type Outcome = { text: string } | { error: unknown; retry: boolean; retryAfterMs?: number | undefined }

async function once(wire: Wire, call: Call, signal: AbortSignal, tried: number): Promise<Outcome> {
  try {
    const answer = await send(wire, call, {
      signal,
      compressed: wire.connection.compression && call.maxBytes === undefined,
    })
    const text = await textOf(answer, call.maxBytes)
    if (answer.statusCode < 300) return { text }
    const retryAfterMs = retryAfter(answer)
    const error = refusal(nameOf(call), answer.statusCode, statusOf(text), retryAfterMs)
    if (answer.statusCode === 401) return { error, retry: tried === 1 && wire.connection.refused(), retryAfterMs: 0 }
    return { error, retry: isNotNow(call, answer), retryAfterMs }
  } catch (error) {
    const failure = unreachable(wire.connection.label, nameOf(call), error, wire.timeoutMs)
    return { error: failure, retry: call.method === 'GET' && !signal.aborted && isBroken(failure) }
  }
}

/** Only what the API server rejected before it did anything (429 of its fair queueing) is safe to send twice. */
const isNotNow = (call: Call, { statusCode }: Answer): boolean =>
  statusCode === 429 || (call.method === 'GET' && statusCode >= 500)

/**
 * A kept connection that the other side closed just then; that nothing listens won't change within this request's time.
 */
const isBroken = ({ cause }: KubeUnreachable): boolean =>
  ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(String((cause as { code?: unknown } | undefined)?.code))

function retryAfter({ headers }: Answer): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : undefined
}

interface SendOptions {
  signal: AbortSignal
  /** Milliseconds between two parts of the answer. */
  bodyTimeout?: number
  compressed?: boolean
}

/** Sends and resolves once the headers are in; errors are those of undici. */
export async function send(wire: Wire, call: Call, options: SendOptions): Promise<Answer> {
  const { signal, bodyTimeout, compressed } = options
  const url = `${wire.connection.server}${call.path}${queryString(call.query)}`
  wire.sent()
  const answer = await request(url, {
    method: call.method,
    dispatcher: wire.connection.dispatcher,
    signal,
    ...defined({ bodyTimeout }),
    headers: {
      accept: call.accept ?? 'application/json',
      ...(wire.userAgent === undefined ? {} : { 'user-agent': wire.userAgent }),
      ...(compressed ? { 'accept-encoding': 'gzip' } : {}),
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    },
    ...(call.body === undefined ? {} : { body: jsonInYaml(call.body) }),
  })
  // A 5xx may come from something before an API server that is down.
  if (answer.statusCode < 500) wire.heard()
  return answer
}

function queryString(query: Query = {}): string {
  const set = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return set.length === 0 ? '' : `?${new URLSearchParams(set)}`
}

const unzip = promisify(gunzip)

export async function textOf({ headers, body }: Answer, maxBytes = Infinity): Promise<string> {
  if (maxBytes !== Infinity) return beginning(body, maxBytes)
  if (headers['content-encoding'] !== 'gzip') return body.text()
  return (await unzip(Buffer.from(await body.arrayBuffer()))).toString('utf8')
}

async function beginning(body: AsyncIterable<Buffer>, maxBytes: number): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    parts.push(chunk.subarray(0, maxBytes - size))
    size += chunk.length
    // Leaving the loop ends the answer and its connection.
    if (size >= maxBytes) break
  }
  return Buffer.concat(parts).toString('utf8')
}

/** An answer that is no `Status` (a proxy's page, a plain 404) says nothing more than its HTTP status. */
export function statusOf(text: string): Status {
  try {
    const status = JSON.parse(text) as (Status & { kind?: unknown }) | null
    return status?.kind === 'Status' ? status : {}
  } catch {
    return {}
  }
}

const nameOf = ({ method, path }: Call): string => `${method} ${path}`

/** For an answer that should have been JSON and isn't. */
export function parsed<T>(wire: Wire, call: Call, text: string): T {
  try {
    return JSON.parse(text) as T
  } catch {
    throw new KubeUnreachable(
      `${nameOf(call)}: what answers at ${wire.connection.label} isn't an API server (no JSON); check \`server\``,
    )
  }
}
