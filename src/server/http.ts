/** The HTTP side: the API, and beside it what operators need: liveness, readiness, metrics. */

import type { FastifyInstance } from 'fastify'
import { guard } from '../api/access.ts'
import { buildApi } from '../api/app.ts'
import type { ApiPorts } from '../api/ports.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Readiness } from './readiness.ts'
import type { Requests } from './requests.ts'

interface HttpParts {
  log: Logger
  metrics: Metrics
  readiness: Readiness
  requests: Requests
  /** Names that the server is called by, beside its addresses. */
  hosts: readonly string[]
}

export function createHttp(ports: ApiPorts, { log, metrics, readiness, requests, hosts }: HttpParts): FastifyInstance {
  const app = buildApi(ports, { logger: log, hosts })
  requests.watch(app)
  const open = { schema: { hide: true }, config: { anyHost: true } }
  app.get('/healthz', open, async () => ({ status: 'ok' }))
  app.get('/readyz', open, async (_request, reply) => {
    const { ready, conditions } = await readiness.read()
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', conditions })
  })
  void app.register(async (scope) => {
    guard(scope, ports.store)
    scope.get(
      '/metrics',
      { schema: { hide: true }, config: { permission: 'Authenticated' } },
      async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
    )
  })
  app.addHook('onResponse', async (request, reply) => {
    metrics.observeRequest(
      { method: request.method, route: request.routeOptions.url ?? 'unknown', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    )
  })
  return app
}
