/** Session jobs: Flink jobs that run in a session. */
import { describeIdentity } from '../../auth/identity.ts'
import { newFlinkJobId } from '../../domain/ids.ts'
import type { JobResource } from '../../domain/resource.ts'
import { answer, answers, noContent } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { etag, readIfMatch, requiredRevision } from '../conditions.ts'
import { findJob, findSession, mustAllow } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import { changed, created } from '../outcomes.ts'
import type { ApiPorts } from '../ports.ts'
import { renderJob, renderSummary } from '../render.ts'
import {
  ConditionHeaders,
  DEFAULT_LIMIT,
  IdempotencyHeaders,
  JobDeletionQuery,
  NoQuery,
  ResourceQuery,
  SessionJobPath,
  SessionPath,
} from '../schemas/parameters.ts'
import { ref } from '../schemas/schema.ts'
import {
  FlinkSessionJob,
  FlinkSessionJobSpec,
  FlinkSessionJobSummary,
  FlinkSessionJobSummaryList,
  FlinkSessionJobUpdate,
} from '../schemas/session-jobs.ts'
import { checkJob, checkUpdate } from '../spec-checks.ts'

const JOBS = '/api/flink/v1/workspaces/:ws/sessions/:session/jobs'
const JOB = `${JOBS}/:job`
const tags = ['Session jobs']
const view = { permission: 'CanViewFlinkResources' } as const
const edit = { permission: 'CanEditFlinkResources' } as const

export function sessionJobRoutes(scope: ApiScope, ports: ApiPorts): void {
  createJob(scope, ports)
  listJobs(scope, ports)
  describeJob(scope, ports)
  updateJob(scope, ports)
  deleteJob(scope, ports)
}

function createJob(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: JOBS,
    config: edit,
    schema: {
      operationId: 'CreateFlinkSessionJob',
      summary: 'Submit a job to a session',
      tags,
      params: SessionPath,
      querystring: NoQuery,
      headers: IdempotencyHeaders,
      body: ref(FlinkSessionJobSpec),
      response: answers(
        {
          201: answer(FlinkSessionJobSummary, 'Accepted; it is submitted when the session is up.', 'ETag', 'Location'),
        },
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
      const session = await findSession(ports.store, request.params)
      mustAllow('session.submitJob', session)
      checkJob(request.body)
      // The ID of the first attempt is stored with the job, so that it is known before anything is sent to Flink.
      const spec = { ...request.body, job: { ...request.body.job, id: newFlinkJobId() } }
      const by = describeIdentity(request.identity)
      const wanted = { kind: 'job' as const, workspace: ws, parent: session.id, name: spec.name, spec, by }
      const job = created('job', wanted, await ports.store.resources.create(wanted, claimOf(request)))
      const location = `/api/flink/v1/workspaces/${ws}/sessions/${session.id}/jobs/${job.id}`
      return reply
        .code(201)
        .headers({ ETag: etag(job.revision), Location: location })
        .send(renderSummary(job))
    },
  })
}

function listJobs(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: JOBS,
    config: view,
    schema: {
      operationId: 'ListFlinkSessionJobs',
      summary: 'List the jobs of a session',
      tags,
      params: SessionPath,
      querystring: ResourceQuery,
      response: answers({ 200: answer(FlinkSessionJobSummaryList, 'A page of jobs, oldest first.') }, 400, 404),
    },
    handler: async (request, reply) => {
      const session = await findSession(ports.store, request.params)
      const { limit = DEFAULT_LIMIT, marker, ...filter } = request.query
      const query = { limit, ...(marker !== undefined && { marker }) }
      const list = await ports.store.resources.list(
        { workspace: session.workspace, kind: 'job', parent: session.id, ...filter },
        query,
      )
      return reply.send({ ...list, items: list.items.map(renderSummary) })
    },
  })
}

function describeJob(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: JOB,
    config: view,
    schema: {
      operationId: 'DescribeFlinkSessionJob',
      summary: 'Describe a session job',
      tags,
      params: SessionJobPath,
      querystring: NoQuery,
      response: answers(
        { 200: answer(FlinkSessionJob, 'What the job is meant to be and what was seen of it.', 'ETag') },
        400,
        404,
      ),
    },
    handler: async (request, reply) => {
      const job = await findJob(ports.store, request.params)
      const attempts = await ports.store.attempts.list(job.id)
      return reply.header('ETag', etag(job.revision)).send(renderJob(job, attempts.at(-1), ports))
    },
  })
}

function updateJob(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'PATCH',
    url: JOB,
    config: edit,
    schema: {
      operationId: 'UpdateFlinkSessionJob',
      summary: 'Rename a session job',
      tags,
      params: SessionJobPath,
      querystring: NoQuery,
      headers: ConditionHeaders,
      body: ref(FlinkSessionJobUpdate),
      response: answers(
        { 200: answer(FlinkSessionJob, 'The job as it is now.', 'ETag') },
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
      const job = await findJob(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), job.revision)
      mustAllow('job.update', job)
      checkUpdate(job.spec, request.body)
      const { name = job.name } = request.body
      const outcome = await ports.store.resources.rename(
        'job',
        job.id,
        name,
        describeIdentity(request.identity),
        revision,
      )
      const renamed = changed('job', { id: job.id, name }, outcome) as JobResource
      const attempts = await ports.store.attempts.list(job.id)
      return reply.header('ETag', etag(renamed.revision)).send(renderJob(renamed, attempts.at(-1), ports))
    },
  })
}

function deleteJob(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'DELETE',
    url: JOB,
    config: edit,
    schema: {
      operationId: 'DeleteFlinkSessionJob',
      summary: 'Cancel and delete a session job',
      tags,
      params: SessionJobPath,
      querystring: JobDeletionQuery,
      headers: ConditionHeaders,
      response: answers(
        { 204: noContent('Accepted; the job is DELETING until Flink no longer runs it.') },
        400,
        404,
        409,
        412,
      ),
    },
    handler: async (request, reply) => {
      const job = await findJob(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), job.revision)
      mustAllow('job.delete', job)
      const deletion = { cascade: false, force: request.query.force ?? false }
      const by = describeIdentity(request.identity)
      changed('job', job, await ports.store.resources.requestDeletion('job', job.id, deletion, by, revision))
      return reply.code(204).send(null)
    },
  })
}
