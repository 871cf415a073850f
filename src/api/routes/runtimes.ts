/** The Flink versions that sessions can run. */
import { answer, answers } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import type { ApiPorts } from '../ports.ts'
import { FlinkRuntimeList } from '../schemas/flink.ts'
import { NoQuery, WorkspacePath } from '../schemas/parameters.ts'

export function runtimeRoutes(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/runtimes',
    config: { permission: 'CanViewFlinkResources' },
    schema: {
      operationId: 'ListFlinkRuntimes', summary: 'List the versions of Flink', tags: ['Runtimes'],
      params: WorkspacePath, querystring: NoQuery,
      response: answers({ 200: answer(FlinkRuntimeList, 'All runtimes, on one page.') }, 400, 404),
    },
    handler: async (_request, reply) => {
      const runtimes = await ports.runtimes()
      return reply.send({ items: runtimes.map(({ id, flinkVersion, installed }) => ({ id, flinkVersion, installed })) })
    },
  })
}
