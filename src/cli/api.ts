/** One HTTP request to a Weir server, its answer as a union, and API errors turned into errors for the terminal. */
import { CliError, EXIT, exitCodeOf } from './errors.ts'

export interface Connection {
  /** Without a trailing slash. */
  url: string
  token: string
}

export interface ApiError {
  message: string
  code?: string
  details?: { path?: string; message: string }[]
  requestId?: string
}

export type Answer<T = unknown> =
  | { ok: true; status: number; body: T; headers: Headers }
  | { ok: false; status: number; error: ApiError; headers: Headers }

export interface RequestOptions {
  query?: Record<string, string | number | boolean | undefined>
  headers?: Record<string, string>
  /** Sent as JSON, unless it is text already. */
  body?: unknown
}

const TIMEOUT_MS = 60_000

/** Throws only when no answer came (exit code 6); what the server refuses is in the answer. */
export async function request<T>(to: Connection, method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
  const url = new URL(to.url + path)
  for (const [key, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value))
  }
  const { body } = options
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${to.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => { throw unreachable(to.url, error) })
  return readAnswer<T>(to.url, response)
}

async function readAnswer<T>(url: string, response: Response): Promise<Answer<T>> {
  const text = await response.text().catch((error: unknown) => { throw unreachable(url, error) })
  let body: unknown
  try {
    body = text === '' ? undefined : JSON.parse(text)
  } catch {
    body = text
  }
  const { status, headers } = response
  if (response.ok) return { ok: true, status, headers, body: body as T }
  const error = typeof body === 'object' && body !== null && 'message' in body
    ? body as ApiError
    : { message: `${url} answered ${status} ${response.statusText}`.trim() }
  return { ok: false, status, headers, error }
}

function unreachable(url: string, error: unknown): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = (cause as NodeJS.ErrnoException | undefined)?.code
  const reason = error instanceof DOMException && error.name === 'TimeoutError'
    ? `no answer within ${TIMEOUT_MS / 1000} s`
    : code === 'ECONNREFUSED' ? 'connection refused: nothing listens there' : (code ?? (cause instanceof Error ? cause.message : String(cause)))
  return new CliError(EXIT.unreachable, `cannot reach the server at ${url}: ${reason}`, {
    next: ['weir up   (starts one on this machine)', 'weir help environment   (which server a command talks to, and why)'],
    cause: error,
  })
}

/** An answer that the server refused, for the terminal. `next` is used where nothing better is known for that status. */
export function apiError(answer: Answer & { ok: false }, next: string | string[] = []): CliError {
  const { status, error } = answer
  const details = (error.details ?? []).map((d) => (d.path ? `${d.path}: ${d.message}` : d.message))
  if (status >= 500 && error.requestId) details.push(`request ID ${error.requestId}: the server's log says more under it`)
  const steps = status === 401 ? 'weir help environment   (where the key comes from)'
    : status === 403 ? 'weir api GET /api/org/v1/me   (who you are)' : next
  return new CliError(exitCodeOf(status), error.message, { details, next: steps })
}

/** The body of a good answer; throws what `apiError` makes of a bad one. */
export function expectOk<T>(answer: Answer<T>, next?: string | string[]): T {
  if (!answer.ok) throw apiError(answer, next)
  return answer.body
}
