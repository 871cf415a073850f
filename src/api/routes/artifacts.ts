/** Uploaded files: the body is the file itself, and goes to the disk as it comes. */

import type { Static } from 'typebox'
import Type from 'typebox'
import type { Artifact as Stored, UploadRefusal } from '../../domain/artifact.ts'
import { artifactUri, UploadRefused } from '../../domain/artifact.ts'
import type { ArtifactAdded } from '../../store/artifact-records.ts'
import { notFound } from '../access.ts'
import { answer, answers, noContent } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import type { ErrorCode } from '../errors.ts'
import { ApiError } from '../errors.ts'
import { findArtifact } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import { keyGone, keyReused, usersOf, workspaceDeleting } from '../outcomes.ts'
import type { ApiPorts } from '../ports.ts'
import { Artifact, ArtifactList, UploadQuery } from '../schemas/artifacts.ts'
import {
  ArtifactPath,
  DEFAULT_LIMIT,
  IdempotencyHeaders,
  NamedQuery,
  NoQuery,
  WorkspacePath,
} from '../schemas/parameters.ts'

const ARTIFACTS = '/api/flink/v1/workspaces/:ws/artifacts'
const ARTIFACT = `${ARTIFACTS}/:artifact`
const MEDIA_TYPES = ['application/java-archive', 'application/octet-stream', 'application/zip']
const tags = ['Artifacts']
const view = { permission: 'CanViewFlinkResources' } as const
const edit = { permission: 'CanEditFlinkResources' } as const

export function artifactRoutes(scope: ApiScope, ports: ApiPorts): void {
  // In a scope of its own: nowhere else is a body left to the handler.
  void scope.register(async (inner) => {
    inner.removeAllContentTypeParsers()
    // An empty text stands for the bytes, which the handler takes from the connection.
    inner.addContentTypeParser(MEDIA_TYPES, (_request, _payload, done) => done(null, ''))
    uploadArtifact(inner as ApiScope, ports)
  })
  listArtifacts(scope, ports)
  describeArtifact(scope, ports)
  downloadArtifact(scope, ports)
  deleteArtifact(scope, ports)
}

function uploadArtifact(scope: ApiScope, ports: ApiPorts): void {
  const { store, uploads } = ports
  scope.route({
    method: 'POST',
    url: ARTIFACTS,
    config: { ...edit, streams: true },
    schema: {
      operationId: 'UploadArtifact',
      summary: 'Upload a jar',
      tags,
      description:
        'The body is the file itself. What has the content of the newest version of that name is no new version. Where the body ' +
        'breaks off nothing is kept; send it again from its beginning.',
      consumes: MEDIA_TYPES,
      params: WorkspacePath,
      querystring: UploadQuery,
      headers: IdempotencyHeaders,
      body: Type.String({ format: 'binary' }),
      response: answers(
        {
          200: answer(Artifact, 'The newest version, which has this very content already.', 'Location'),
          201: answer(Artifact, 'A new version.', 'Location'),
        },
        400,
        404,
        408,
        409,
        413,
        415,
        422,
      ),
    },
    onRequest: async (request) => refuseEarly(request.headers, uploads.maxBytes, request.workspace),
    handler: async (request, reply) => {
      const { ws } = request.params
      const { name, sha256 } = request.query
      const length = request.headers['content-length']
      // The iterator must leave the connection alone when it is let go: there is an answer to come.
      const chunks = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
      const upload = await uploads
        .receive(chunks, { ...(length && { totalBytes: Number(length) }), ...(sha256 && { sha256 }) })
        .catch(refused)
      const contentType = request.headers['content-type']
      const wanted = {
        workspace: ws,
        name,
        sizeBytes: upload.sizeBytes,
        sha256: upload.sha256,
        ...(contentType && { contentType }),
        ...(upload.inspection && { inspection: upload.inspection }),
      }
      const claim = claimOf(request, { name, sha256: upload.sha256 })
      const { artifact, isNew } = added(ws, await uploads.keep(upload, () => store.artifacts.add(wanted, claim)))
      return reply
        .code(isNew ? 201 : 200)
        .header('Location', `/api/flink/v1/workspaces/${ws}/artifacts/${artifact.id}`)
        .send(render(artifact))
    },
  })
}

function listArtifacts(scope: ApiScope, { store }: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: ARTIFACTS,
    config: view,
    schema: {
      operationId: 'ListArtifacts',
      summary: 'List uploaded files',
      tags,
      params: WorkspacePath,
      querystring: NamedQuery,
      response: answers(
        { 200: answer(ArtifactList, 'A page of versions, in the order in which they came.') },
        400,
        404,
      ),
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_LIMIT, marker, ...filter } = request.query
      const list = await store.artifacts.list(
        { workspace: request.params.ws, ...filter },
        { limit, ...(marker !== undefined && { marker }) },
      )
      return reply.send({ ...list, items: list.items.map(render) })
    },
  })
}

function describeArtifact(scope: ApiScope, { store }: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: ARTIFACT,
    config: view,
    schema: {
      operationId: 'DescribeArtifact',
      summary: 'Describe one version of an uploaded file',
      tags,
      params: ArtifactPath,
      querystring: NoQuery,
      response: answers({ 200: answer(Artifact, 'What it is and what was found in it.') }, 400, 404),
    },
    handler: async (request, reply) => reply.send(render(await findArtifact(store, request.params))),
  })
}

function downloadArtifact(scope: ApiScope, { store, uploads }: ApiPorts): void {
  const file = Type.Unsafe<never>({
    description: 'The file as it was uploaded.',
    headers: { ETag: { type: 'string', description: 'The SHA-256 of the content.' } },
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  scope.route({
    method: 'GET',
    url: `${ARTIFACT}/content`,
    config: view,
    schema: {
      operationId: 'DownloadArtifact',
      summary: 'Download one version of an uploaded file',
      tags,
      params: ArtifactPath,
      querystring: NoQuery,
      response: answers({ 200: file }, 400, 404),
    },
    handler: async (request, reply) => {
      const artifact = await findArtifact(store, request.params)
      const bytes = await uploads.read(artifact.sha256)
      if (!bytes) throw notFound('content of the artifact', artifact.id)
      reply.headers({
        'Content-Type': 'application/octet-stream',
        'Content-Length': artifact.sizeBytes,
        ETag: `"${artifact.sha256}"`,
        'Content-Disposition': `attachment; filename="${artifact.name}"`,
      })
      return reply.send(bytes as never)
    },
  })
}

function deleteArtifact(scope: ApiScope, { store, uploads }: ApiPorts): void {
  scope.route({
    method: 'DELETE',
    url: ARTIFACT,
    config: edit,
    schema: {
      operationId: 'DeleteArtifact',
      summary: 'Delete one version of an uploaded file',
      tags,
      params: ArtifactPath,
      querystring: NoQuery,
      response: answers(
        { 204: noContent('It is gone, and its content with it unless another version has the same.') },
        400,
        404,
        409,
      ),
    },
    handler: async (request, reply) => {
      const { id, sha256, name, version } = await findArtifact(store, request.params)
      const outcome = await uploads.drop(sha256, () => store.artifacts.remove(id))
      if (outcome.outcome === 'MISSING') throw notFound('artifact', id)
      if (outcome.outcome === 'IN_USE') {
        throw new ApiError(
          'ARTIFACT_IN_USE',
          `Version ${version} of ${name} is used by ${usersOf(outcome.by)}. Delete them first, and wait until they are gone.`,
        )
      }
      return reply.code(204).send(null)
    },
  })
}

function render({ workspace: _, id, name, version, ...content }: Stored): Static<typeof Artifact> {
  return { id, name, version, uri: artifactUri({ name, version }), ...content }
}

type EarlyLook = Record<'content-length' | 'content-encoding', string | undefined>

/** What can be told before the body comes. Throws ApiError. */
function refuseEarly(
  headers: Partial<EarlyLook>,
  maxBytes: number,
  workspace: { id: string; deletion?: object } | undefined,
): void {
  if (workspace?.deletion) throw workspaceDeleting(workspace.id)
  const { 'content-length': length, 'content-encoding': encoding = 'identity' } = headers
  if (Number(length ?? 0) > maxBytes) {
    throw new ApiError(
      'BODY_TOO_LARGE',
      `The file has ${length} bytes; this server takes at most ${maxBytes} (--max-upload-bytes).`,
    )
  }
  if (encoding !== 'identity') {
    const message = `${encoding.slice(0, 40)} is not taken: send the file as it is`
    throw new ApiError('INVALID_REQUEST', 'The body must not be encoded.', [
      { path: 'header/Content-Encoding', message },
    ])
  }
}

const REFUSALS: Record<UploadRefusal, ErrorCode> = {
  TOO_LARGE: 'BODY_TOO_LARGE',
  EMPTY: 'INVALID_REQUEST',
  BROKEN_OFF: 'BAD_REQUEST',
  STALLED: 'REQUEST_TIMEOUT',
  CHECKSUM: 'CANNOT_BE_CARRIED_OUT',
  UNUSABLE: 'CANNOT_BE_CARRIED_OUT',
  STOPPING: 'SERVER_STOPPING',
}

function refused(error: unknown): never {
  if (!(error instanceof UploadRefused)) throw error
  const path = error.reason === 'CHECKSUM' ? 'query/sha256' : ''
  const isAboutContent = ['EMPTY', 'CHECKSUM', 'UNUSABLE'].includes(error.reason)
  throw new ApiError(REFUSALS[error.reason], error.message, isAboutContent ? [{ path, message: error.message }] : [])
}

function added(workspace: string, outcome: ArtifactAdded): { artifact: Stored; isNew: boolean } {
  switch (outcome.outcome) {
    case 'CREATED':
    case 'REPEATED':
      return { artifact: outcome.artifact, isNew: true }
    case 'SAME_CONTENT':
      return { artifact: outcome.artifact, isNew: false }
    case 'KEY_REUSED':
      throw keyReused()
    case 'GONE':
      throw keyGone()
    case 'WORKSPACE_MISSING':
      throw notFound('workspace', workspace)
    case 'WORKSPACE_DELETING':
      throw workspaceDeleting(workspace)
  }
}
