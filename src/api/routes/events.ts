/** The timelines of sessions and session jobs. */
import type { ResourceEvent as StoredEvent } from '../../domain/resource.ts'
import { answer, answers } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { findJob, findSession } from '../find.ts'
import type { ApiPorts } from '../ports.ts'
import { DEFAULT_LIMIT, PageQuery, SessionJobPath, SessionPath } from '../schemas/parameters.ts'
import { ResourceEventList } from '../schemas/timeline.ts'

const config = { permission: 'CanViewFlinkResources' } as const
const response = answers({ 200: answer(ResourceEventList, 'A page of events, oldest first.') }, 400, 404)

const render = ({ id, at, severity, reason, message, by }: StoredEvent) => ({ id, at, severity, reason, message, by })

export function eventRoutes(scope: ApiScope, { store }: ApiPorts): void {
  async function read(resource: string, query: { limit?: number; marker?: string }) {
    const { limit = DEFAULT_LIMIT, marker } = query
    const list = await store.events.list(resource, { limit, ...(marker !== undefined && { marker }) })
    return { ...list, items: list.items.map(render) }
  }

  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/sessions/:session/events',
    config,
    schema: {
      operationId: 'ListFlinkSessionEvents',
      summary: 'Tell what happened to a session',
      tags: ['Sessions'],
      params: SessionPath,
      querystring: PageQuery,
      response,
    },
    handler: async (request, reply) =>
      reply.send(await read((await findSession(store, request.params)).id, request.query)),
  })

  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/sessions/:session/jobs/:job/events',
    config,
    schema: {
      operationId: 'ListFlinkSessionJobEvents',
      summary: 'Tell what happened to a session job',
      tags: ['Session jobs'],
      params: SessionJobPath,
      querystring: PageQuery,
      response,
    },
    handler: async (request, reply) => reply.send(await read((await findJob(store, request.params)).id, request.query)),
  })
}
