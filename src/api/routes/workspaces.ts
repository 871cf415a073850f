/** Workspaces: what resources live in, on this machine or in a namespace of a Kubernetes cluster. */
import { callersOrganization, notFound } from '../access.ts'
import { answer, answers, noContent } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { etag, readIfMatch, requiredRevision } from '../conditions.ts'
import { findWorkspace } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import type { ApiPorts } from '../ports.ts'
import { renderWorkspace } from '../render-targets.ts'
import { Workspace, WorkspaceList, WorkspaceSpec, WorkspaceUpdate } from '../schemas/organization.ts'
import {
  ConditionHeaders,
  DEFAULT_LIMIT,
  IdempotencyHeaders,
  NamedQuery,
  NoQuery,
  WorkspacePath,
} from '../schemas/parameters.ts'
import { ref } from '../schemas/schema.ts'
import { checkWorkspace } from '../spec-checks.ts'
import { targetChanged, workspaceCreated } from '../target-outcomes.ts'

const WORKSPACES = '/api/org/v1/workspaces'
const WORKSPACE = `${WORKSPACES}/:ws`
const tags = ['Organization']
const view = { permission: 'CanViewFlinkResources' } as const
const manage = { permission: 'CanManageWorkspace' } as const

export function workspaceRoutes(scope: ApiScope, ports: ApiPorts): void {
  createWorkspace(scope, ports)
  listWorkspaces(scope, ports)
  describeWorkspace(scope, ports)
  updateWorkspace(scope, ports)
  deleteWorkspace(scope, ports)
  checkWorkspaceNow(scope, ports)
}

function createWorkspace(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: WORKSPACES,
    config: { permission: 'CanManageOrganization' },
    schema: {
      operationId: 'CreateWorkspace',
      summary: 'Create a workspace',
      tags,
      querystring: NoQuery,
      headers: IdempotencyHeaders,
      body: ref(WorkspaceSpec),
      response: answers(
        { 201: answer(Workspace, 'The workspace; one on Kubernetes is being looked at.', 'ETag', 'Location') },
        400,
        404,
        409,
        413,
        415,
        422,
      ),
    },
    handler: async (request, reply) => {
      const { name, ...target } = request.body
      checkWorkspace(target)
      const kubernetes = targetOf(target)
      const wanted = { organization: callersOrganization(request), name, ...(kubernetes && { kubernetes }) }
      const workspace = workspaceCreated(wanted, await ports.store.workspaces.create(wanted, claimOf(request)))
      reply.code(201).headers({ ETag: etag(workspace.revision), Location: `${WORKSPACES}/${workspace.id}` })
      return reply.send(renderWorkspace(workspace, ports))
    },
  })
}

/** As the store has it; the fields are there together, or none is. */
function targetOf({
  kubeClusterId,
  kubeNamespace,
  kubeServiceAccount,
  kubeStorage,
}: {
  kubeClusterId?: string
  kubeNamespace?: string
  kubeServiceAccount?: string
  kubeStorage?: string
}) {
  if (kubeClusterId === undefined || kubeNamespace === undefined || kubeServiceAccount === undefined) return undefined
  const target = { cluster: kubeClusterId, namespace: kubeNamespace, serviceAccount: kubeServiceAccount }
  return kubeStorage === undefined ? target : { ...target, storage: kubeStorage }
}

function listWorkspaces(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: WORKSPACES,
    config: view,
    schema: {
      operationId: 'ListWorkspaces',
      summary: 'List workspaces',
      tags,
      querystring: NamedQuery,
      response: answers({ 200: answer(WorkspaceList, 'A page of workspaces, oldest first.') }, 400),
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_LIMIT, marker, ...filter } = request.query
      const list = await ports.store.workspaces.list({ limit, ...(marker !== undefined && { marker }) }, filter)
      return reply.send({ ...list, items: list.items.map((workspace) => renderWorkspace(workspace, ports)) })
    },
  })
}

function describeWorkspace(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: WORKSPACE,
    config: view,
    schema: {
      operationId: 'DescribeWorkspace',
      summary: 'Describe a workspace',
      tags,
      params: WorkspacePath,
      querystring: NoQuery,
      response: answers(
        { 200: answer(Workspace, 'Where the workspace is and what was seen there.', 'ETag') },
        400,
        404,
      ),
    },
    handler: async (request, reply) => {
      const workspace = await findWorkspace(ports.store, request.params)
      return reply.header('ETag', etag(workspace.revision)).send(renderWorkspace(workspace, ports))
    },
  })
}

function updateWorkspace(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'PATCH',
    url: WORKSPACE,
    config: manage,
    schema: {
      operationId: 'UpdateWorkspace',
      summary: 'Rename a workspace',
      tags,
      params: WorkspacePath,
      querystring: NoQuery,
      headers: ConditionHeaders,
      body: ref(WorkspaceUpdate),
      response: answers(
        { 200: answer(Workspace, 'The workspace as it is now.', 'ETag') },
        400,
        404,
        409,
        412,
        413,
        415,
      ),
    },
    handler: async (request, reply) => {
      const before = await findWorkspace(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), before.revision)
      const wanted = { id: before.id, name: request.body.name ?? before.name }
      const workspace = targetChanged(
        'workspace',
        wanted,
        await ports.store.workspaces.rename(wanted.id, wanted.name, revision),
      )
      return reply.header('ETag', etag(workspace.revision)).send(renderWorkspace(workspace, ports))
    },
  })
}

function deleteWorkspace(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'DELETE',
    url: WORKSPACE,
    config: manage,
    schema: {
      operationId: 'DeleteWorkspace',
      summary: 'Delete a workspace',
      tags,
      params: WorkspacePath,
      querystring: NoQuery,
      headers: ConditionHeaders,
      response: answers(
        {
          204: noContent('Accepted; the workspace is DELETING until nothing of it is left, and takes no new session.'),
        },
        400,
        404,
        409,
        412,
      ),
    },
    handler: async (request, reply) => {
      const { id, ...before } = await findWorkspace(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), before.revision)
      targetChanged('workspace', { id }, await ports.store.workspaces.requestDeletion(id, revision))
      return reply.code(204).send(null)
    },
  })
}

function checkWorkspaceNow(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: `${WORKSPACE}/checks`,
    config: { permission: 'CanEditFlinkResources' },
    schema: {
      operationId: 'CheckWorkspace',
      summary: 'Ask for a fresh look at a workspace',
      tags,
      params: WorkspacePath,
      querystring: NoQuery,
      response: answers(
        {
          202: answer(
            Workspace,
            'Accepted; see `status.checkRequestedAt`. On this machine there is nothing to look at.',
            'ETag',
          ),
        },
        400,
        404,
      ),
    },
    handler: async (request, reply) => {
      const { ws } = request.params
      // On this machine there is nothing to look at, so nobody would ever answer the request.
      const workspace = request.workspace?.kubernetes
        ? await ports.store.workspaces.requestCheck(ws)
        : request.workspace
      if (!workspace) throw notFound('workspace', ws)
      return reply.code(202).header('ETag', etag(workspace.revision)).send(renderWorkspace(workspace, ports))
    },
  })
}
