/**
 * Room `api`: the contract. Schemas and routes are its source; `openapi.json`, the client and the reference follow
 * from them. Requests change the store and read from it; no handler starts a process or talks to Flink. May import
 * the domain, the store's interface and `auth`. Fails with one error body for everything; see `errors.ts`.
 */

import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import Fastify, { LogController } from 'fastify'
import { newUuid } from '../domain/ids.ts'
import { guard } from './access.ts'
import { boundArrival } from './arrival.ts'
import { boundedServers, CONNECTION_LIMITS, type ConnectionLimits } from './connections.ts'
import { serveDocs } from './docs.ts'
import { documentOptions } from './document.ts'
import { handleErrors, handleFrameworkError } from './error-handler.ts'
import { ApiError } from './errors.ts'
import { checkHosts } from './hosts.ts'
import { checkMedia } from './media.ts'
import { answerUnrouted } from './methods.ts'
import type { ApiPorts } from './ports.ts'
import { answerRawRequests, handleClientError } from './raw-answers.ts'
import { logRequests } from './request-log.ts'
import { refuseWithoutRoom } from './room.ts'
import { artifactRoutes } from './routes/artifacts.ts'
import { keyRoutes } from './routes/keys.ts'
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
  /** Names that it is called by, beside addresses and `localhost`. */
  hosts?: readonly string[]
  /** Others than `CONNECTION_LIMITS`. */
  connections?: Partial<ConnectionLimits>
}

/** Of a body in JSON; uploads have a limit of their own. */
export const BODY_BYTES = 1024 ** 2

/**
 * The API as a fastify instance that is not yet listening. The composition root may register routes of its own on
 * it (they are not part of the contract and declare nothing); unknown routes and errors there get the same body.
 */
export function buildApi(ports: ApiPorts, options: ApiOptions = {}): FastifyInstance {
  const app = Fastify({
    ...(options.logger && { loggerInstance: options.logger }),
    bodyLimit: options.bodyLimit ?? BODY_BYTES,
    serverFactory: boundedServers({ ...CONNECTION_LIMITS, ...options.connections }, options.logger),
    ajv: validatorOptions!,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: handleFrameworkError,
    clientErrorHandler: handleClientError,
    // Without it Node would answer 400 with an empty body.
    http: { requireHostHeader: false },
    // A path is looked up whole: what is too long for an ID is one that does not exist, like any other.
    routerOptions: { maxParamLength: 65_536 },
    rewriteUrl: ({ url = '/' }) => originForm(url),
  })
  handleErrors(app)
  logRequests(app)
  readBodies(app)
  checkMedia(app)
  boundArrival(app)
  answerRawRequests(app)
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'X-Request-Id': request.id,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      // Of an answer that is no page; pages have their own.
      'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    })
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined)
      throw new ApiError('BAD_REQUEST', 'The request has no Host header, which HTTP/1.1 asks for.')
  })
  checkHosts(app, options.hosts ?? [])
  answerUnrouted(app)
  for (const component of COMPONENTS) app.addSchema(component)
  void app.register(swagger, documentOptions(ports.version))
  void app.register(async (scope) => registerRoutes(scope, ports))
  serveDocs(app, ports.version)
  return app
}

function registerRoutes(scope: FastifyInstance, ports: ApiPorts): void {
  scope.addHook('onRequest', async (_request, reply) => {
    reply.header('Cache-Control', 'no-store')
  })
  guard(scope, ports.store)
  refuseWithoutRoom(scope, ports)
  readRequests(scope)
  const typed = scope.withTypeProvider<TypeBoxTypeProvider>()
  const all = [meRoutes, keyRoutes, targetRoutes, runtimeRoutes, resourceRoutes, artifactRoutes]
  for (const routes of all) routes(typed, ports)
}

/** `GET http://HOST/path` means the same as `GET /path` (RFC 9112, 3.2.2). */
const originForm = (url: string): string => {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '')
  return path.startsWith('?') ? `/${path}` : path || '/'
}

/** A caller's own ID is kept, so that it can follow a request through several programs; but only a harmless one. */
const requestId = (given: string | string[] | undefined): string =>
  typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : newUuid()
