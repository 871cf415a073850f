/**
 * The two ways in which a request to Kubernetes fails: the API server answered something else than what was asked for,
 * or no answer of it could be had. Messages are for people and hold no credentials.
 */
import { AddressRefused } from '../../../artifacts/addresses.ts'

/** The API server answered, and said no. Nothing was changed by the request. */
export class KubeError extends Error {
  /** Of HTTP; a watch's ERROR events carry one as well. */
  readonly status: number
  /** `Status.reason`: NotFound, AlreadyExists, Conflict, Forbidden, Unauthorized, Invalid, Expired... */
  readonly reason: string
  /**
   * `Status.details`: name, kind, and the causes of an invalid object or of a conflict between field managers. A path
   * whose kind the API server doesn't know (no such CRD) is NotFound without details.
   */
  readonly details: unknown

  constructor(message: string, answer: { status: number; reason: string; details?: unknown }) {
    super(message)
    this.name = 'KubeError'
    this.status = answer.status
    this.reason = answer.reason
    this.details = answer.details
  }
}

/** No answer could be had, or none but "not now". What a request that changes something has done is unknown. */
export class KubeUnreachable extends Error {
  /** The HTTP status of "not now" (429, 5xx); undefined: nothing came at all. */
  readonly status: number | undefined
  /** How long (ms) the other side wants to be left alone, where it said so. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { cause?: unknown; status?: number; retryAfterMs?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'KubeUnreachable'
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

export type KubeTrouble = KubeError | KubeUnreachable

export const isKubeTrouble = (error: unknown): error is KubeTrouble =>
  error instanceof KubeError || error instanceof KubeUnreachable

/** The `Status` object, as far as it is used. */
export interface Status {
  code?: number
  reason?: string
  message?: string
  details?: unknown
}

/** For answers that aren't a `Status`: a proxy's page, or the plain 404 of a path that the API server doesn't know. */
const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
}

/** The error for an answer that isn't a success; `what` is "GET /api/v1/...", `retryAfterMs` its Retry-After. */
export function refusal(what: string, httpStatus: number, status: Status, retryAfterMs?: number): KubeTrouble {
  const code = status.code ?? httpStatus
  const said = status.message ?? ''
  if (code === 429 || code >= 500) {
    return new KubeUnreachable(`${what}: the API server can't answer now (${code})${said && `: ${said}`}`, {
      status: code,
      retryAfterMs,
    })
  }
  const reason = status.reason ?? REASONS[code] ?? `Status${code}`
  const hint = code === 401 ? '; the credentials are wrong or have expired' : ''
  return new KubeError(`${what}: ${said || reason} (${code})${hint}`, { status: code, reason, details: status.details })
}

/** Codes of Node, OpenSSL and undici, and what they mean for whoever runs the cluster. */
const MEANINGS: Record<string, string> = {
  ENOTFOUND: 'the name of its host is unknown here; check `server` and the DNS',
  EAI_AGAIN: 'the name of its host could not be looked up just now',
  ECONNREFUSED: 'nothing listens there (connection refused)',
  EHOSTUNREACH: 'its host is out of reach from here',
  ENETUNREACH: 'its network is out of reach from here',
  ETIMEDOUT: 'its host did not answer in time',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_HEADERS_TIMEOUT: 'it did not answer in time',
  UND_ERR_BODY_TIMEOUT: 'nothing more came over a connection that was open',
  UND_ERR_DESTROYED: 'the connection was closed here',
  UND_ERR_CLOSED: 'the connection was closed here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: "its certificate isn't valid yet; check the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names; set tlsServerName to one of those',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there; is it http://?',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate',
}

const UNTRUSTED = /SELF_SIGNED|ISSUER|LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_SIGNATURE/

/** What is said of an address that no API server has. */
export const NOBODYS =
  "no API server is at such an address (link-local, a cloud's host, reserved): correct it, or let the owner --allow-address it"

/** The error for what a request threw; `server` names the API server without credentials. */
export function unreachable(server: string, what: string, error: unknown, timeoutMs?: number): KubeUnreachable {
  if (error instanceof KubeUnreachable) return error
  const cause = rootOf(error)
  return new KubeUnreachable(`${what}: the API server at ${server} can't be reached: ${meaning(cause, timeoutMs)}`, {
    cause,
  })
}

function meaning(cause: unknown, timeoutMs: number | undefined): string {
  const { code, name, message } = cause as { code?: unknown; name?: string; message?: string }
  if (cause instanceof AddressRefused) return `${cause.host} leads to ${cause.address}: ${NOBODYS}`
  if (name === 'TimeoutError') return timeoutMs === undefined ? 'no answer in time' : `no answer within ${timeoutMs} ms`
  const proxy = /^Proxy response \((\d+)\)/.exec(message ?? '')?.[1]
  if (proxy) return `the proxy refused to connect to it (${proxy})`
  if (name === 'AbortError') return 'given up before the answer came'
  if (typeof code !== 'string') return message ?? String(cause)
  const known = MEANINGS[code]
  if (known) return known
  if (UNTRUSTED.test(code))
    return `its certificate is signed by an unknown authority (${code}); set certificateAuthorityData`
  return `${message} (${code})`
}

/** Node wraps the failures of several addresses, undici some failures of sockets. */
function rootOf(error: unknown): unknown {
  const { errors, cause, code } = (error ?? {}) as { errors?: unknown[]; cause?: unknown; code?: unknown }
  if (errors?.[0]) return rootOf(errors[0])
  if (!code && cause) return rootOf(cause)
  return error
}
