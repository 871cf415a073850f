/** Logs of JobManager and TaskManagers, of dead ones too. */
import { answer, answers } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { findJob, findSession } from '../find.ts'
import type { ApiPorts } from '../ports.ts'
import { SessionJobPath, SessionPath } from '../schemas/parameters.ts'
import { DEFAULT_TAIL, LogQuery, ProcessLogList } from '../schemas/timeline.ts'

const config = { permission: 'CanViewFlinkResources' } as const
const response = answers(
  { 200: answer(ProcessLogList, 'The last lines of each process, the newest cluster first.') },
  400,
  404,
)

export function logRoutes(scope: ApiScope, { store, logs }: ApiPorts): void {
  async function read(session: string, query: { tail?: number; process?: string }) {
    const { tail = DEFAULT_TAIL, process } = query
    return { items: await logs.read(session, { tail, ...(process !== undefined && { process }) }) }
  }

  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/sessions/:session/logs',
    config,
    schema: {
      operationId: 'GetFlinkSessionLogs',
      summary: 'Read the logs of a session',
      tags: ['Sessions'],
      params: SessionPath,
      querystring: LogQuery,
      response,
    },
    handler: async (request, reply) =>
      reply.send(await read((await findSession(store, request.params)).id, request.query)),
  })

  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/sessions/:session/jobs/:job/logs',
    config,
    schema: {
      operationId: 'GetFlinkSessionJobLogs',
      summary: 'Read the logs of the processes that a session job runs in',
      tags: ['Session jobs'],
      description: 'A job has no processes of its own: these are the logs of its session.',
      params: SessionJobPath,
      querystring: LogQuery,
      response,
    },
    handler: async (request, reply) =>
      reply.send(await read((await findJob(store, request.params)).parent, request.query)),
  })
}
