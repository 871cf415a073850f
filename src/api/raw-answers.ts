/**
 * Answers to what the framework never sees: bytes that are no HTTP request, CONNECT, an expectation that nobody meets.
 * Node answers these with an empty body or not at all; here they get the one error body, and a line in the log.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger, FastifyInstance, FastifyServerOptions } from 'fastify'
import { newUuid } from '../domain/ids.ts'
import { ERRORS, type ErrorCode } from './errors.ts'

type ClientErrors = NonNullable<FastifyServerOptions['clientErrorHandler']>

const CLIENT: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
}

/** Node's own field, which its documentation names for this: the answer that is under way on a connection. */
type Answering = Duplex & { _httpMessage?: ServerResponse }

/** For bytes that are no HTTP request. */
export const handleClientError: ClientErrors = function (this: FastifyInstance, thrown, socket) {
  // What comes after the head of another answer would be taken for a part of that.
  const isAnswering = (socket as Answering)._httpMessage?.headersSent === true
  if (thrown.code === 'ECONNRESET' || !socket.writable || isAnswering) return void socket.destroy()
  const reason: unknown = Reflect.get(thrown, 'reason')
  const code = CLIENT[thrown.code] ?? 'BAD_REQUEST'
  const why = code === 'BAD_REQUEST' && typeof reason === 'string' ? `: ${reason}` : ''
  answerRaw(socket, this.log, { code, message: `${ERRORS[code].title}${why}.`, cause: thrown.code })
}

/** What Node has events for, and a bare answer of its own where nobody listens. */
export function answerRawRequests(app: FastifyInstance): void {
  app.server.on('connect', ({ method = '' }: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => {})
    answerRaw(socket, app.log, {
      code: 'METHOD_NOT_ALLOWED',
      message: `This server is no proxy: it takes no ${method}.`,
      headers: ['Allow: '],
    })
  })
  app.server.on('checkExpectation', ({ headers, socket }: IncomingMessage) => {
    const { expect = '' } = headers
    answerRaw(socket, app.log, {
      code: 'EXPECTATION_FAILED',
      message: `The only expectation that is met is 100-continue, not ${expect.slice(0, 80)}.`,
    })
  })
}

interface RawAnswer {
  code: ErrorCode
  message: string
  headers?: string[]
  /** Node's word for what happened. */
  cause?: string
}

function answerRaw(socket: Duplex, log: FastifyBaseLogger, { code, message, headers = [], cause }: RawAnswer): void {
  const { status } = ERRORS[code]
  const requestId = newUuid()
  const from = (socket as Partial<Socket>).remoteAddress
  log.info({ reqId: requestId, status, code, cause, from }, 'request that is no readable one')
  const body = JSON.stringify({ message, code, details: [], requestId })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    ...headers,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
