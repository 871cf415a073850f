/** The Flink versions that sessions can run. */
import type { Static } from 'typebox'
import { answer, answers } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import type { ApiPorts, RuntimeInfo } from '../ports.ts'
import { type FlinkRuntimeInfo, FlinkRuntimeList } from '../schemas/flink.ts'
import { NoQuery, WorkspacePath } from '../schemas/parameters.ts'

function renderRuntime({ id, flinkVersion, installed, java }: RuntimeInfo): Static<typeof FlinkRuntimeInfo> {
  const { supported, experimental, used, note } = java
  return {
    id,
    flinkVersion,
    installed: installed !== undefined,
    ...(installed?.s3Plugin !== undefined && { s3PluginVersion: installed.s3Plugin }),
    java: {
      supported: [...supported],
      experimental: [...experimental],
      ...(used && { used: used.version }),
      ...(note !== undefined && { note }),
    },
  }
}

export function runtimeRoutes(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/runtimes',
    config: { permission: 'CanViewFlinkResources' },
    schema: {
      operationId: 'ListFlinkRuntimes',
      summary: 'List the versions of Flink',
      tags: ['Runtimes'],
      params: WorkspacePath,
      querystring: NoQuery,
      response: answers({ 200: answer(FlinkRuntimeList, 'All runtimes, on one page.') }, 400, 404),
    },
    handler: async (_request, reply) => {
      const runtimes = await ports.runtimes()
      return reply.send({ items: runtimes.map(renderRuntime) })
    },
  })
}
