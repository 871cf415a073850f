/** What the log says of requests: a line for each that changes something or fails, at `debug` for each other one. */
import type { FastifyInstance } from 'fastify'
import { describeIdentity } from '../auth/identity.ts'
import type { ErrorCode } from './errors.ts'
import { pathOf } from './methods.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the error that it was answered. */
    errorCode?: ErrorCode
  }
}

/** Neither headers nor bodies nor queries are logged. The line has the request's ID as `reqId`. */
export function logRequests(app: FastifyInstance): void {
  app.decorateRequest('errorCode')
  app.addHook('onResponse', async (request, reply) => {
    const { operationId } = (request.routeOptions.schema ?? {}) as { operationId?: string }
    const line = {
      operation: operationId,
      by: request.identity ? describeIdentity(request.identity) : undefined,
      method: request.method,
      path: pathOf(request.url).slice(0, 1_000),
      status: reply.statusCode,
      code: request.errorCode,
      ms: Math.round(reply.elapsedTime),
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    request.log[isRead && reply.statusCode < 400 ? 'debug' : 'info'](line, 'request')
  })
}
