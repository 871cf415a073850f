/**
 * The client of the API for the CLI, tests and other TypeScript programs: one function for each operation of the
 * contract, typed by it. Calls never throw; they answer a union. The generated code behind it is loaded with the
 * first call, so that a program that makes none starts no slower.
 */
import type * as Operations from './generated/sdk.gen.ts'

export interface WeirError {
  /** The answer's HTTP status; 0 when there was no answer. */
  status: number
  /** A code of the API, or `UNREACHABLE`, or `UNREADABLE` for an answer that is none of Weir's. */
  code: string
  /** For people. */
  message: string
  details: { path: string; message: string }[]
  requestId?: string
}

export type WeirResult<Data> =
  | { ok: true; data: Data; status: number; headers: Headers }
  | { ok: false; error: WeirError }

type All = typeof Operations
type Operation = (options: never) => Promise<{ data?: unknown }>
type OptionsOf<F extends Operation> = Omit<NonNullable<Parameters<F>[0]>, 'client' | 'meta'> & { signal?: AbortSignal }
type DataOf<F extends Operation> = Exclude<Awaited<ReturnType<F>>['data'], undefined>

/** `weir.createFlinkSession({ path: { ws }, body })`; names are the contract's operation IDs. */
export type WeirClient = {
  [Name in keyof All]: (options: OptionsOf<All[Name]>) => Promise<WeirResult<DataOf<All[Name]>>>
}

/** `url` is the server's address without a path, `token` a key of it. */
export function createWeirClient(server: { url: string; token: string }): WeirClient {
  const loading = load(server)
  return new Proxy({} as WeirClient, {
    // A promise would be looked at for its `then`, and this is none.
    get: (_target, name) =>
      name === 'then'
        ? undefined
        : async (options: object) => {
            try {
              const { operations, client } = await loading()
              const operation = Reflect.get(operations, name) as (options: object) => Promise<RawResult>
              return toResult(await operation({ ...options, client }), server.url)
            } catch (error) {
              return unreachable(error, server.url)
            }
          },
  })
}

function load({ url, token }: { url: string; token: string }) {
  const start = async () => {
    const operations = await import('./generated/sdk.gen.ts')
    const { createClient, createConfig } = await import('./generated/client/index.ts')
    return { operations, client: createClient(createConfig({ baseUrl: url.replace(/(?<!\/)\/+$/, ''), auth: token })) }
  }
  let started: ReturnType<typeof start> | undefined
  return () => (started ??= start())
}

interface RawResult {
  data?: unknown
  error?: unknown
  response?: Response
}

function toResult({ data, error, response }: RawResult, url: string): WeirResult<never> {
  if (!response) return unreachable(error, url)
  const { status, headers, ok } = response
  if (ok && error === undefined) return { ok, data: (status === 204 ? undefined : data) as never, status, headers }
  if (!ok && isErrorBody(error)) return { ok, error: { ...error, status } }
  const message = `${url} answered ${status}, but not as a Weir server does`
  return { ok: false, error: { status, code: 'UNREADABLE', message, details: [] } }
}

const isErrorBody = (body: unknown): body is Omit<WeirError, 'status'> =>
  typeof body === 'object' && body !== null && 'message' in body && 'code' in body && 'details' in body

function unreachable(error: unknown, url: string): { ok: false; error: WeirError } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const message = `${url} cannot be reached: ${reasonOf(cause)}`
  return { ok: false, error: { status: 0, code: 'UNREACHABLE', message, details: [] } }
}

/** A host name with several addresses fails once for each, and what collects those has no message of its own. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return [...new Set(cause.errors.map(reasonOf))].join('; ')
  return cause instanceof Error ? cause.message || cause.name : String(cause)
}
