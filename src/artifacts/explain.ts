/** What errors of connections mean for people, and whether another try may go well. */
import type { Failure } from '../domain/failure.ts'
import { AddressRefused } from './addresses.ts'
import { unavailable } from './uri.ts'

interface Meaning {
  why: string
  retryable: boolean
}

const MEANINGS: Record<string, Meaning> = {
  ENOTFOUND: { why: 'the name of its host is unknown here; check the spelling and the DNS', retryable: false },
  EAI_AGAIN: { why: 'the name of its host could not be looked up just now', retryable: true },
  ECONNREFUSED: { why: 'nothing listens at its host and port (connection refused)', retryable: true },
  EHOSTUNREACH: { why: 'its host is out of reach from here', retryable: true },
  ENETUNREACH: { why: 'its network is out of reach from here', retryable: true },
  ETIMEDOUT: { why: 'its host did not answer in time', retryable: true },
  UND_ERR_CONNECT_TIMEOUT: { why: 'no connection to its host came about in time', retryable: true },
  UND_ERR_HEADERS_TIMEOUT: { why: 'its host did not answer in time', retryable: true },
  UND_ERR_BODY_TIMEOUT: { why: 'the download stalled', retryable: true },
  UND_ERR_SOCKET: { why: 'the connection broke', retryable: true },
  ECONNRESET: { why: 'the connection broke', retryable: true },
  EPIPE: { why: 'the connection broke', retryable: true },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { why: 'it ended before it was complete', retryable: true },
}

/** OpenSSL's and Node's codes for certificates that don't convince. */
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|LEAF_SIGNATURE|ALTNAME/

/** The Failure for an error that a request threw. */
export function explain(uri: string, error: unknown): Failure {
  const cause = rootOf(error)
  if (cause instanceof AddressRefused) return unavailable(uri, refusal(cause), { cause })
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  const known = MEANINGS[code]
  if (known) {
    return unavailable(uri, known.retryable ? `${known.why}; it is tried again` : known.why, {
      cause,
      retryable: known.retryable,
    })
  }
  if (CERTIFICATE.test(code)) {
    return unavailable(
      uri,
      `its host's certificate is not trusted (${code}); name its authority's file in the server's ` +
        `NODE_EXTRA_CA_CERTS, ` +
        'or correct the host name',
      { cause },
    )
  }
  if (/^(ERR_SSL_|EPROTO)/.test(code))
    return unavailable(uri, `its host does not speak TLS there (${code}); is it http://?`, { cause })
  return unavailable(uri, cause instanceof Error ? cause.message : String(cause), { cause })
}

/** The Failure for an answer that is neither the file nor a redirect. */
export function explainStatus(uri: string, status: number): Failure {
  const retryable = status >= 500 || status === 429 || status === 408
  const meaning: Record<number, string> = {
    401: 'the server wants credentials (401): write them into the URI (https://USER:PASSWORD@...) or use a signed URI',
    403: 'the server forbids it (403): check the credentials, or whether a signed URI has expired',
    404: 'the server has no such file (404): check the path',
    410: 'the server has no such file any more (410)',
    429: 'the server wants fewer requests (429); it is tried again',
  }
  const why =
    meaning[status] ??
    (retryable ? `the server failed (${status}); it is tried again` : `the server answered ${status}`)
  return unavailable(uri, why, { retryable })
}

/** Node wraps the failures of several addresses, undici some failures of sockets. */
function rootOf(error: unknown): unknown {
  const { errors, cause, code } = error as { errors?: unknown[]; cause?: unknown; code?: string }
  if (errors?.[0]) return rootOf(errors[0])
  if (!code && cause) return rootOf(cause)
  return error
}

function refusal({ host, address }: AddressRefused): string {
  const where = host === address ? address : `${host} leads to ${address}, which`
  const range = `${address}/${address.includes(':') ? 128 : 32}`
  return (
    `${where} is a loopback, private or otherwise special address; the server's owner can allow it with ` +
    `--allow-address ${range}`
  )
}
