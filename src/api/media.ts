/** What bodies may come as. Anything else is 415, and the answer says what is read instead. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

/** Everything that is ASCII is UTF-8. */
const UTF8 = /^"?(utf-?8|us-ascii|ascii)"?$/i

/**
 * Before a body is read, so that nobody sends one in vain. Throws ApiError (415) with the header that names what is
 * taken (RFC 9110, 12.5.1 and 12.5.3).
 */
export function checkMedia(app: FastifyInstance): void {
  app.addHook('preParsing', async (request, reply, payload) => {
    if (hasBody(request)) {
      checkEncoding(request, reply)
      checkCharset(request)
    }
    return payload
  })
}

const hasBody = ({ headers, method }: FastifyRequest): boolean =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)

function checkEncoding({ headers }: FastifyRequest, reply: FastifyReply): void {
  const { 'content-encoding': encoding = 'identity' } = headers
  if (encoding.trim().toLowerCase() === 'identity') return
  reply.header('Accept-Encoding', 'identity')
  const message = `${encoding.slice(0, 40)} is not taken: send the body as it is, without Content-Encoding`
  throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'The body must not be encoded.', [
    { path: 'header/Content-Encoding', message },
  ])
}

function checkCharset({ headers }: FastifyRequest): void {
  const { 'content-type': type = '' } = headers
  const [media = '', ...parameters] = type.split(';')
  if (media.trim().toLowerCase() !== 'application/json') return
  const pairs = parameters.map((one) => one.split('=').map((part) => part.trim()))
  const [, charset] = pairs.find(([name]) => name?.toLowerCase() === 'charset') ?? []
  if (charset === undefined || UTF8.test(charset)) return
  const message = `${charset.slice(0, 40)} is not taken: send JSON in UTF-8, which needs no charset`
  throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'JSON is read in UTF-8 only.', [
    { path: 'header/Content-Type', message },
  ])
}

/** Says in a header which media types the operation takes. */
export function sayAccepted(request: FastifyRequest, reply: FastifyReply): readonly string[] {
  const { consumes = ['application/json'] } = request.routeOptions.schema ?? {}
  reply.header('Accept', consumes.join(', '))
  return consumes
}
