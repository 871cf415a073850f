/**
 * Room `api`: the contract. Schemas and routes are its source; `openapi.json`, the client and the reference follow
 * from them. Requests change the store and read from it; no handler starts a process or talks to Flink. May import
 * the domain, the store's interface and `auth`. Fails with one error body for everything; see `errors.ts`.
 */

import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import Fastify, { LogController } from 'fastify'
import { describeIdentity } from '../auth/identity.ts'
import { newUuid } from '../domain/ids.ts'
import { guard } from './access.ts'
import { boundArrival } from './arrival.ts'
import { serveDocs } from './docs.ts'
import { documentOptions } from './document.ts'
import { handleClientError, handleErrors, handleFrameworkError } from './error-handler.ts'
import type { ApiPorts } from './ports.ts'
import { refuseWithoutRoom } from './room.ts'
import { artifactRoutes } from './routes/artifacts.ts'
import { meRoutes } from './routes/me.ts'
import { resourceRoutes } from './routes/resources.ts'
import { runtimeRoutes } from './routes/runtimes.ts'
import { targetRoutes } from './routes/targets.ts'
import { COMPONENTS } from './schemas/components.ts'
import { readBodies, readRequests, validatorOptions } from './validation.ts'

export interface ApiOptions {
  /** Requests are logged to it, without their headers and bodies. */
  logger?: FastifyBaseLogger
  /** In bytes; 1 MiB when left out. */
  bodyLimit?: number
}

/**
 * The API as a fastify instance that is not yet listening. The composition root may register routes of its own on
 * it (they are not part of the contract and declare nothing); unknown routes and errors there get the same body.
 */
export function buildApi(ports: ApiPorts, options: ApiOptions = {}): FastifyInstance {
  const app = Fastify({
    ...(options.logger && { loggerInstance: options.logger }),
    bodyLimit: options.bodyLimit ?? 1_048_576,
    ajv: validatorOptions!,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: handleFrameworkError,
    clientErrorHandler: handleClientError(newUuid),
  })
  handleErrors(app)
  readBodies(app)
  boundArrival(app)
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'X-Request-Id': request.id, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' })
  })
  for (const component of COMPONENTS) app.addSchema(component)
  void app.register(swagger, documentOptions(ports.version))
  void app.register(async (scope) => registerRoutes(scope, ports))
  serveDocs(app, ports.version)
  return app
}

function registerRoutes(scope: FastifyInstance, ports: ApiPorts): void {
  scope.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    })
  })
  guard(scope, ports.store)
  refuseWithoutRoom(scope, ports)
  readRequests(scope)
  logRequests(scope)
  const typed = scope.withTypeProvider<TypeBoxTypeProvider>()
  const all = [meRoutes, targetRoutes, runtimeRoutes, resourceRoutes, artifactRoutes]
  for (const routes of all) routes(typed, ports)
}

/** One line a request, when it is over: reading at `debug`, changing at `info`. */
function logRequests(scope: FastifyInstance): void {
  scope.addHook('onResponse', async (request, reply) => {
    const { operationId } = (request.routeOptions.schema ?? {}) as { operationId?: string }
    const by = request.identity ? describeIdentity(request.identity) : undefined
    const path = request.url.split('?', 1)[0]
    const line = { operation: operationId, by, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }
    request.log[request.method === 'GET' || request.method === 'HEAD' ? 'debug' : 'info'](line, 'request')
  })
}

/** A caller's own ID is kept, so that it can follow a request through several programs; but only a harmless one. */
const requestId = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : newUuid()
