/**
 * Requests to one JobManager's REST endpoint. Every failure is a FlinkRestError: where no answer of Flink's could be
 * had, UNREACHABLE says that nothing is known of what happened. Answers are read up to a limit, since a user's main()
 * can put anything into an error.
 */
import { Agent, type Dispatcher, type FormData, request } from 'undici'

import { refusal } from './failures.ts'
import { FlinkRestError } from './rest.ts'

const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const CONNECT_TIMEOUT_MS = 5000
const IDLE_MS = 4000

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  json?: unknown
  form?: FormData
  /** Milliseconds; undefined: only `signal` ends it. */
  timeoutMs: number | undefined
  signal?: AbortSignal
  /** A connection of its own that isn't used again. */
  fresh?: boolean
}

/**
 * Shared by all clients: it keeps a pool per endpoint while there are connections and forgets it when the last has been
 * idle for some seconds, so that thousands of clusters cost nothing while nobody talks to them.
 */
let shared: Agent | undefined
const sharedAgent = (): Agent => (shared ??= newAgent({}))

const newAgent = (options: Agent.Options): Agent =>
  new Agent({
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: IDLE_MS,
    // Whatever a server offers in its Keep-Alive header.
    keepAliveMaxTimeout: IDLE_MS,
    ...options,
  })

/** How a JobManager is reached, where that is not a plain connection of the shared pool. */
export interface Way {
  dispatcher?: Dispatcher
  /** Recognises what a gateway in between says on its own account, and answers its words: Flink was not asked then. */
  between?: (status: number, body: unknown) => string | undefined
}

/** Resolves to the parsed JSON of an answer below 400. */
export async function callFlink(
  endpoint: string,
  path: string,
  call: Call,
  { dispatcher, between }: Way,
): Promise<unknown> {
  const method = call.method ?? 'GET'
  const name = `${method} ${endpoint}${path}`
  // Pipelining 0 closes the connection after its request.
  const own = call.fresh && !dispatcher ? newAgent({ pipelining: 0 }) : undefined
  try {
    const { status, text } = await exchange(
      `${endpoint}${path}`,
      method,
      call,
      dispatcher ?? own ?? sharedAgent(),
    ).catch((error: unknown) => {
      throw unreachable(name, call, error)
    })
    const body = parse(text)
    const words = between?.(status, body)
    if (words !== undefined)
      throw new FlinkRestError('UNREACHABLE', `${method} ${path} did not get through to Flink: ${words}`, { status })
    if (status >= 400) throw refusal(name, status, errorsOf(body), text.slice(0, 500))
    if (body !== undefined) return body
    throw new FlinkRestError(
      'UNREACHABLE',
      `${name} was answered, but not with JSON: something else than Flink is there`,
      { status },
    )
  } finally {
    if (own) void own.destroy()
  }
}

async function exchange(
  url: string,
  method: string,
  call: Call,
  dispatcher: Dispatcher,
): Promise<{ status: number; text: string }> {
  const timeout = call.timeoutMs === undefined ? [] : [AbortSignal.timeout(call.timeoutMs)]
  const signals = [...timeout, ...(call.signal ? [call.signal] : [])]
  const { statusCode, body } = await request(url, {
    method: method as Dispatcher.HttpMethod,
    dispatcher,
    ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}),
    ...(call.form ? { body: call.form } : {}),
    ...(call.json === undefined
      ? {}
      : { body: JSON.stringify(call.json), headers: { 'content-type': 'application/json' } }),
  })
  return { status: statusCode, text: await body.text() }
}

const TOO_LARGE = 'UND_ERR_RES_EXCEEDED_MAX_SIZE'

/** Whether an answer was given up because of its size. */
export const isTooLarge = (error: unknown): boolean =>
  error instanceof FlinkRestError && (error.cause as { code?: unknown } | undefined)?.code === TOO_LARGE

function unreachable(name: string, call: Call, error: unknown): FlinkRestError {
  const code = (error as { code?: unknown }).code
  const why = call.signal?.aborted
    ? 'given up before the answer came'
    : (error as Error).name === 'TimeoutError'
      ? `no answer within ${call.timeoutMs} ms`
      : code === TOO_LARGE
        ? `the answer is larger than ${MAX_ANSWER_BYTES} bytes`
        : typeof code === 'string'
          ? `${(error as Error).message} (${code})`
          : String((error as Error).message ?? error)
  return new FlinkRestError('UNREACHABLE', `${name} failed: ${why}`, { cause: error })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Flink's error body is `{errors: string[]}`. */
function errorsOf(body: unknown): string[] | undefined {
  const errors = (body as { errors?: unknown } | null | undefined)?.errors
  return Array.isArray(errors) ? errors.map(String) : undefined
}
