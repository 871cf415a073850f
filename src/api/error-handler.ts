/** Whatever goes wrong ends here and leaves as the one error body. What is unexpected is logged, never shown. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify'
import { BadMarker, UnreadableRecord } from '../store/store.ts'
import type { ErrorBody, ErrorCode } from './errors.ts'
import { ApiError, ERRORS } from './errors.ts'
import { sayAccepted } from './media.ts'
import { storeFailure } from './store-failure.ts'
import { toViolations } from './violations.ts'

export function handleErrors(app: FastifyInstance): void {
  app.setErrorHandler((thrown: Error, request, reply) => {
    const error = toApiError(thrown, request, reply)
    if (ERRORS[error.code].status >= 500) request.log.error({ err: thrown }, error.message)
    return answerError(error, request, reply)
  })
}

function answerError(error: ApiError, request: FastifyRequest, reply: FastifyReply) {
  request.errorCode = error.code
  if (error.code === 'UNAUTHENTICATED') reply.header('WWW-Authenticate', 'Bearer realm="weir"')
  if (ERRORS[error.code].retryable && ERRORS[error.code].status === 503) reply.header('Retry-After', '1')
  return reply.code(ERRORS[error.code].status).send(bodyOf(error, request.id))
}

const bodyOf = (error: ApiError, requestId: string): ErrorBody => ({
  message: error.message,
  code: error.code,
  details: error.details,
  requestId,
})

function toApiError(thrown: Error, request: FastifyRequest, reply: FastifyReply): ApiError {
  if (thrown instanceof ApiError) return thrown
  if (thrown instanceof BadMarker) {
    return new ApiError('CANNOT_BE_CARRIED_OUT', 'The marker is none that a list gave out.', [
      {
        path: 'query/marker',
        message: 'start again without a marker, or send the one of the page before as it stands',
      },
    ])
  }
  if (thrown instanceof UnreadableRecord)
    return new ApiError(
      'RECORD_UNREADABLE',
      `${thrown.message} Restore it from a backup, or delete it with ?force=true.`,
    )
  return fromFastify(thrown as FastifyError, request, reply) ?? fromStore(thrown)
}

/** Codes of the framework that are the caller's doing. */
const FRAMEWORK: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'BAD_REQUEST',
  FST_ERR_ASYNC_CONSTRAINT: 'BAD_REQUEST',
}

/** What stands before a violation's path; a body's own paths start at its root. */
const PREFIXES: Record<string, string> = { querystring: 'query', headers: 'header', params: 'path' }

function fromFastify(thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): ApiError | undefined {
  if (thrown.validation) {
    const prefix = PREFIXES[thrown.validationContext ?? ''] ?? ''
    const details = toViolations(thrown.validation, prefix)
    const count = details.length === 1 ? 'one violation' : `${details.length} violations`
    return new ApiError('INVALID_REQUEST', `${ERRORS.INVALID_REQUEST.title}: ${count}, see details.`, details)
  }
  const code = FRAMEWORK[thrown.code] ?? callersDoing(thrown)
  if (code === 'BODY_TOO_LARGE')
    return new ApiError(code, `The body is larger than ${request.routeOptions.bodyLimit} bytes.`)
  if (code === 'UNSUPPORTED_MEDIA_TYPE') {
    const type = request.headers['content-type'] ?? 'none'
    return new ApiError(code, `Bodies must be ${sayAccepted(request, reply).join(' or ')}, not ${type.slice(0, 80)}.`)
  }
  return code && new ApiError(code, `${ERRORS[code].title}: ${thrown.message}.`)
}

/** The framework's other refusals: it gives them a status, too. */
const callersDoing = ({ code = '', statusCode = 500 }: FastifyError): ErrorCode | undefined =>
  code.startsWith('FST_') && statusCode >= 400 && statusCode < 500 ? 'BAD_REQUEST' : undefined
/** What the driver said is for the log. */
const STORE_SAYS: Record<Exclude<NonNullable<ReturnType<typeof storeFailure>>, 'SECRETS_UNREADABLE'>, string> = {
  STORE_FULL: 'The disk that holds the store is full; make room, then try again.',
  STORE_UNAVAILABLE: 'The store does not answer; try again in a moment.',
  STORE_READ_ONLY: 'The store takes no writes at the moment; try again later.',
  STORE_DAMAGED: 'The database of the store is damaged; it has to be restored.',
  STORE_OUTCOME_UNKNOWN:
    'The store was lost while it wrote, and whether it did is not known. Send the same request with the same ' +
    'Idempotency-Key again; if there was none, look first whether it was done.',
}

function fromStore(thrown: Error): ApiError {
  const failure = storeFailure(thrown)
  // The message says which file is missing. Only those who may manage the organization get here.
  if (failure) return new ApiError(failure, failure === 'SECRETS_UNREADABLE' ? thrown.message : STORE_SAYS[failure])
  return new ApiError('INTERNAL', 'The server failed; the requestId leads to what its log says.')
}

type FrameworkErrors = NonNullable<FastifyServerOptions['frameworkErrors']>

/** For requests that never reach a route, nor a hook: an undecodable URL. */
export const handleFrameworkError: FrameworkErrors = (thrown, given, reply) => {
  const request = given as FastifyRequest
  const error = toApiError(thrown, request, reply as FastifyReply)
  const { status } = ERRORS[error.code]
  request.log.info({ method: request.method, status, code: error.code }, 'request that is no readable one')
  void answerError(error, request, reply.header('X-Request-Id', request.id) as FastifyReply)
}
