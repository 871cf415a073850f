/** Workspaces: what resources live in. */
import type { Workspace as StoredWorkspace } from '../../store/places.ts'
import { notFound } from '../access.ts'
import { answer, answers } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { etag } from '../conditions.ts'
import type { ApiPorts } from '../ports.ts'
import { Workspace, WorkspaceList } from '../schemas/organization.ts'
import { DEFAULT_LIMIT, NoQuery, PageQuery, WorkspacePath } from '../schemas/parameters.ts'

const tags = ['Organization']
const config = { permission: 'CanViewFlinkResources' } as const

const render = ({ id, name, createdAt, updatedAt, revision }: StoredWorkspace) => ({ id, name, createdAt, updatedAt, revision })

export function workspaceRoutes(scope: ApiScope, { store }: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: '/api/org/v1/workspaces',
    config,
    schema: {
      operationId: 'ListWorkspaces', summary: 'List workspaces', tags,
      querystring: PageQuery,
      response: answers({ 200: answer(WorkspaceList, 'A page of workspaces, oldest first.') }, 400),
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_LIMIT, marker } = request.query
      const list = await store.workspaces.list({ limit, ...(marker !== undefined && { marker }) })
      return reply.send({ ...list, items: list.items.map(render) })
    },
  })

  scope.route({
    method: 'GET',
    url: '/api/org/v1/workspaces/:ws',
    config,
    schema: {
      operationId: 'DescribeWorkspace', summary: 'Describe a workspace', tags,
      params: WorkspacePath, querystring: NoQuery,
      response: answers({ 200: answer(Workspace, 'The workspace.', 'ETag') }, 400, 404),
    },
    handler: async (request, reply) => {
      const workspace = await store.workspaces.get(request.params.ws)
      if (!workspace) throw notFound('workspace', request.params.ws)
      return reply.header('ETag', etag(workspace.revision)).send(render(workspace))
    },
  })
}
