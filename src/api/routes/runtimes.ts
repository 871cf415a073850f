/** The Flink versions that sessions can run. */
import type { Static } from 'typebox'
import { defined } from '../../domain/defined.ts'
import { type ApiScope, answer, operation } from '../operation.ts'
import type { ApiPorts, RuntimeInfo } from '../ports.ts'
import { type FlinkRuntimeInfo, FlinkRuntimeList } from '../schemas/flink.ts'
import { WorkspacePath } from '../schemas/parameters.ts'

function render({ id, flinkVersion, installed, java }: RuntimeInfo): Static<typeof FlinkRuntimeInfo> {
  const { supported, experimental, used, note } = java
  return {
    id,
    flinkVersion,
    installed: installed !== undefined,
    ...defined({ s3PluginVersion: installed?.s3Plugin }),
    java: { supported: [...supported], experimental: [...experimental], ...defined({ used: used?.version, note }) },
  }
}

export function runtimeRoutes(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: '/api/flink/v1/workspaces/:ws/runtimes',
    config: { permission: 'CanViewFlinkResources' },
    schema: operation({
      operationId: 'ListFlinkRuntimes',
      summary: 'List the versions of Flink',
      tags: ['Runtimes'],
      params: WorkspacePath,
      response: { 200: answer(FlinkRuntimeList, 'All runtimes, on one page.') },
    }),
    handler: async (_request, reply) => reply.send({ items: (await ports.runtimes()).map(render) }),
  })
}
