/**
 * One watch: lines of JSON over a connection that stays open. It ends when the server ends it, and fails with
 * KubeUnreachable when the connection breaks or when nothing, not even a bookmark, comes for too long.
 */
import { KubeUnreachable, refusal, type Status, unreachable } from './errors.ts'
import { type Answer, type Call, type Query, send, statusOf, textOf, type Wire } from './exchange.ts'
import type { KubeObject } from './object.ts'

export interface WatchEvent {
  /** ADDED, MODIFIED, DELETED; BOOKMARK brings nothing but a resource version. */
  type: string
  object: KubeObject
}

export interface WatchOptions {
  signal: AbortSignal
  /** Nothing for so long means that the connection is dead; 0: no limit. */
  stallMs?: number
  /** The API server has accepted the watch. */
  opened?(): void
}

/** Far above what etcd takes for one object, and a bound for what something else may send. */
const MAX_LINE_BYTES = 64 * 1024 * 1024

export async function watch(
  wire: Wire,
  path: string,
  query: Query,
  on: (event: WatchEvent) => void,
  options: WatchOptions,
): Promise<void> {
  const call: Call = { method: 'GET', path, query: { ...query, watch: true, allowWatchBookmarks: true } }
  try {
    const answer = await open(wire, call, options)
    if (answer.statusCode >= 300) throw refusal(`watch ${path}`, answer.statusCode, statusOf(await textOf(answer)))
    options.opened?.()
    await lines(answer, wire, (line) => {
      on(eventOf(line, path))
    })
  } catch (error) {
    if (options.signal.aborted) return
    throw isAnswer(error) ? error : unreachable(wire.connection.label, `watch ${path}`, error)
  }
}

const isAnswer = (error: unknown): boolean => (error as Error).name === 'KubeError'

/** The headers have the deadline of any request; after them the watch lasts. */
async function open(wire: Wire, call: Call, { signal, stallMs = 0 }: WatchOptions): Promise<Answer> {
  const late = new AbortController()
  const tooLate = new KubeUnreachable(
    `watch ${call.path}: the API server at ${wire.connection.label} gave no answer within ${wire.timeoutMs} ms`,
  )
  const timer = setTimeout(() => {
    late.abort(tooLate)
  }, wire.timeoutMs)
  try {
    return await send(wire, call, { signal: AbortSignal.any([signal, late.signal]), bodyTimeout: stallMs })
  } finally {
    clearTimeout(timer)
  }
}

async function lines({ body }: Answer, wire: Wire, on: (line: string) => void): Promise<void> {
  let parts: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    wire.heard()
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      const line = Buffer.concat(parts).toString('utf8').trim()
      parts = []
      size = 0
      start = end + 1
      if (line !== '') on(line)
    }
    if (start < chunk.length) parts.push(chunk.subarray(start))
    size += chunk.length - start
    if (size > MAX_LINE_BYTES) throw new KubeUnreachable(`a watch sent more than ${MAX_LINE_BYTES} bytes in one line`)
  }
  if (size > 0) throw new KubeUnreachable('a watch was cut in the middle of an event')
}

function eventOf(line: string, path: string): WatchEvent {
  const event = parse(line, path)
  // Not only at the start: a watch that has fallen too far behind ends with 410 as an event.
  if (event.type === 'ERROR') throw refusal(`watch ${path}`, 500, event.object as Status)
  return event as WatchEvent
}

function parse(line: string, path: string): { type: string; object: unknown } {
  try {
    return JSON.parse(line) as { type: string; object: unknown }
  } catch {
    throw new KubeUnreachable(`watch ${path}: what came isn't JSON`)
  }
}
