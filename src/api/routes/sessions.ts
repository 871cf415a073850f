/** Sessions: long-lived Flink clusters that jobs are submitted to. */
import { describeIdentity } from '../../auth/identity.ts'
import type { SessionResource } from '../../domain/resource.ts'
import { answer, answers, noContent } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { etag, readIfMatch, requiredRevision } from '../conditions.ts'
import { findSession, mustAllow } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import { changed, created } from '../outcomes.ts'
import type { ApiPorts } from '../ports.ts'
import { renderSession, renderSummary } from '../render.ts'
import {
  ConditionHeaders,
  DEFAULT_LIMIT,
  IdempotencyHeaders,
  NoQuery,
  ResourceQuery,
  SessionDeletionQuery,
  SessionPath,
  WorkspacePath,
} from '../schemas/parameters.ts'
import { ref } from '../schemas/schema.ts'
import {
  FlinkSession,
  FlinkSessionSpec,
  FlinkSessionSummary,
  FlinkSessionSummaryList,
  FlinkSessionUpdate,
} from '../schemas/sessions.ts'
import { checkSession, checkUpdate } from '../spec-checks.ts'

const SESSIONS = '/api/flink/v1/workspaces/:ws/sessions'
const SESSION = `${SESSIONS}/:session`
const tags = ['Sessions']
const view = { permission: 'CanViewFlinkResources' } as const
const edit = { permission: 'CanEditFlinkResources' } as const

export function sessionRoutes(scope: ApiScope, ports: ApiPorts): void {
  createSession(scope, ports)
  listSessions(scope, ports)
  describeSession(scope, ports)
  updateSession(scope, ports)
  deleteSession(scope, ports)
}

function createSession(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: SESSIONS,
    config: edit,
    schema: {
      operationId: 'CreateFlinkSession',
      summary: 'Create a session',
      tags,
      params: WorkspacePath,
      querystring: NoQuery,
      headers: IdempotencyHeaders,
      body: ref(FlinkSessionSpec),
      response: answers(
        { 201: answer(FlinkSessionSummary, 'Accepted; the cluster is being started.', 'ETag', 'Location') },
        400,
        404,
        409,
        413,
        415,
        422,
      ),
    },
    handler: async (request, reply) => {
      const { ws } = request.params
      const spec = request.body
      checkSession(spec, request.workspace?.kubernetes ? 'KUBERNETES' : 'LOCAL')
      const by = describeIdentity(request.identity)
      const wanted = { kind: 'session' as const, workspace: ws, name: spec.name, spec, by }
      const session = created('session', wanted, await ports.store.resources.create(wanted, claimOf(request)))
      const location = `/api/flink/v1/workspaces/${ws}/sessions/${session.id}`
      return reply
        .code(201)
        .headers({ ETag: etag(session.revision), Location: location })
        .send(renderSummary(session))
    },
  })
}

function listSessions(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: SESSIONS,
    config: view,
    schema: {
      operationId: 'ListFlinkSessions',
      summary: 'List sessions',
      tags,
      params: WorkspacePath,
      querystring: ResourceQuery,
      response: answers({ 200: answer(FlinkSessionSummaryList, 'A page of sessions, oldest first.') }, 400, 404),
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_LIMIT, marker, ...filter } = request.query
      const query = { limit, ...(marker !== undefined && { marker }) }
      const list = await ports.store.resources.list({ workspace: request.params.ws, kind: 'session', ...filter }, query)
      return reply.send({ ...list, items: list.items.map(renderSummary) })
    },
  })
}

function describeSession(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: SESSION,
    config: view,
    schema: {
      operationId: 'DescribeFlinkSession',
      summary: 'Describe a session',
      tags,
      params: SessionPath,
      querystring: NoQuery,
      response: answers(
        { 200: answer(FlinkSession, 'What the session is meant to be and what was seen of it.', 'ETag') },
        400,
        404,
      ),
    },
    handler: async (request, reply) => {
      const session = await findSession(ports.store, request.params)
      return reply.header('ETag', etag(session.revision)).send(renderSession(session, ports))
    },
  })
}

function updateSession(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'PATCH',
    url: SESSION,
    config: edit,
    schema: {
      operationId: 'UpdateFlinkSession',
      summary: 'Rename a session',
      tags,
      params: SessionPath,
      querystring: NoQuery,
      headers: ConditionHeaders,
      body: ref(FlinkSessionUpdate),
      response: answers(
        { 200: answer(FlinkSession, 'The session as it is now.', 'ETag') },
        400,
        404,
        409,
        412,
        413,
        415,
        422,
      ),
    },
    handler: async (request, reply) => {
      const session = await findSession(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), session.revision)
      mustAllow('session.update', session)
      checkUpdate(session.spec, request.body)
      const { name = session.name } = request.body
      const outcome = await ports.store.resources.rename(
        'session',
        session.id,
        name,
        describeIdentity(request.identity),
        revision,
      )
      const renamed = changed('session', { id: session.id, name }, outcome) as SessionResource
      return reply.header('ETag', etag(renamed.revision)).send(renderSession(renamed, ports))
    },
  })
}

function deleteSession(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'DELETE',
    url: SESSION,
    config: edit,
    schema: {
      operationId: 'DeleteFlinkSession',
      summary: 'Delete a session',
      tags,
      params: SessionPath,
      querystring: SessionDeletionQuery,
      headers: ConditionHeaders,
      response: answers(
        { 204: noContent('Accepted; the session is DELETING until all of it is gone.') },
        400,
        404,
        409,
        412,
      ),
    },
    handler: async (request, reply) => {
      const session = await findSession(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), session.revision)
      mustAllow('session.delete', session)
      const { cascade = false, force = false } = request.query
      const by = describeIdentity(request.identity)
      changed(
        'session',
        session,
        await ports.store.resources.requestDeletion('session', session.id, { cascade, force }, by, revision),
      )
      return reply.code(204).send(null)
    },
  })
}
