/** Uploaded files: the body is the file itself, and goes to the disk as it comes. */

import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { Static } from 'typebox'
import Type from 'typebox'
import { artifactUri, type Artifact as Stored, type UploadRefusal, UploadRefused } from '../../domain/artifact.ts'
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { Store } from '../../store/store.ts'
import { locationOf } from '../conditions.ts'
import { ApiError, type ErrorCode } from '../errors.ts'
import { found, notFound } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import { type ApiScope, answer, noContent, operation } from '../operation.ts'
import { notCreated, usersOf, workspaceDeleting } from '../outcomes.ts'
import type { ApiPorts } from '../ports.ts'
import { tooLittleRoom } from '../room.ts'
import { Artifact, ArtifactList, UploadQuery } from '../schemas/artifacts.ts'
import { IdempotencyHeaders, NamedQuery, pageOf, pathOf, WorkspacePath } from '../schemas/parameters.ts'

const ARTIFACTS = '/api/flink/v1/workspaces/:ws/artifacts'
const ARTIFACT = `${ARTIFACTS}/:artifact`
const params = pathOf('workspace', 'artifact')
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
    upload(inner as ApiScope, ports)
  })
  for (const route of [list, describe, download, remove]) route(scope, ports)
}

const find = (store: Store, { ws, artifact }: Static<typeof params>): Promise<Stored> =>
  found('artifact', artifact, store.artifacts.get, ({ workspace }) => workspace === ws)

function upload(scope: ApiScope, { store, uploads }: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: ARTIFACTS,
    config: { ...edit, streams: true },
    schema: operation(
      {
        operationId: 'UploadArtifact',
        summary: 'Upload a jar',
        tags,
        description:
          'The body is the file itself. What has the content of the newest version of that name is no new version. ' +
          'Where the body breaks off nothing is kept; send it again from its beginning.',
        consumes: MEDIA_TYPES,
        params: WorkspacePath,
        querystring: UploadQuery,
        headers: IdempotencyHeaders,
        body: Type.String({ format: 'binary' }),
        response: {
          200: answer(Artifact, 'The newest version, which has this very content already.', 'Location'),
          201: answer(Artifact, 'A new version.', 'Location'),
        },
      },
      408,
      422,
    ),
    onRequest: async (request) => refuseEarly(request.headers, uploads.maxBytes, request.workspace),
    handler: async (request, reply) => {
      const { ws: workspace } = request.params
      const { name, sha256 } = request.query
      const { 'content-length': length, 'content-type': contentType } = request.headers
      // The iterator must leave the connection alone when it is let go: there is an answer to come.
      const chunks = request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
      const totalBytes = length ? Number(length) : undefined
      const file = await uploads.receive(chunks, defined({ totalBytes, sha256 })).catch(refused)
      const { path: _, ...content } = file
      const wanted = { workspace, name, ...content, ...defined({ contentType }) }
      const claim = claimOf(request, { name, sha256: file.sha256 })
      const outcome = await uploads.keep(file, () => store.artifacts.add(wanted, claim))
      if (!('artifact' in outcome)) throw notCreated('artifact', wanted, outcome)
      reply.code(outcome.outcome === 'SAME_CONTENT' ? 200 : 201)
      return reply.header('Location', locationOf(request, outcome.artifact.id)).send(render(outcome.artifact))
    },
  })
}

function list(scope: ApiScope, { store }: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: ARTIFACTS,
    config: view,
    schema: operation({
      operationId: 'ListArtifacts',
      summary: 'List uploaded files',
      tags,
      params: WorkspacePath,
      querystring: NamedQuery,
      response: { 200: answer(ArtifactList, 'A page of versions, in the order in which they came.') },
    }),
    handler: async (request, reply) => {
      const { limit, marker, ...filter } = request.query
      const list = await store.artifacts.list({ workspace: request.params.ws, ...filter }, pageOf({ limit, marker }))
      return reply.send({ ...list, items: list.items.map(render) })
    },
  })
}

function describe(scope: ApiScope, { store }: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: ARTIFACT,
    config: view,
    schema: operation({
      operationId: 'DescribeArtifact',
      summary: 'Describe one version of an uploaded file',
      tags,
      params,
      response: { 200: answer(Artifact, 'What it is and what was found in it.') },
    }),
    handler: async (request, reply) => reply.send(render(await find(store, request.params))),
  })
}

function download(scope: ApiScope, { store, uploads }: ApiPorts): void {
  const file = Type.Unsafe<never>({
    description: 'The file as it was uploaded.',
    headers: { ETag: { type: 'string', description: 'The SHA-256 of the content.' } },
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  scope.route({
    method: 'GET',
    url: `${ARTIFACT}/content`,
    config: view,
    schema: operation({
      operationId: 'DownloadArtifact',
      summary: 'Download one version of an uploaded file',
      tags,
      params,
      response: { 200: file },
    }),
    handler: async (request, reply) => {
      const { id, name, sha256, sizeBytes } = await find(store, request.params)
      const bytes = await uploads.read(sha256)
      if (!bytes) throw notFound('content of the artifact', id)
      reply.headers({
        'Content-Type': 'application/octet-stream',
        'Content-Length': sizeBytes,
        ETag: `"${sha256}"`,
        'Content-Disposition': `attachment; filename="${name}"`,
      })
      if (request.method !== 'HEAD') return reply.send(bytes as never)
      // Nothing of the file is read: Fastify would read a body to its end, only to drop it.
      bytes.destroy()
      return reply.send(Readable.from([]) as never)
    },
  })
}

function remove(scope: ApiScope, { store, uploads }: ApiPorts): void {
  const gone = noContent('It is gone, and its content with it unless another version has the same.')
  scope.route({
    method: 'DELETE',
    url: ARTIFACT,
    config: edit,
    schema: operation(
      {
        operationId: 'DeleteArtifact',
        summary: 'Delete one version of an uploaded file',
        tags,
        params,
        response: { 204: gone },
      },
      409,
    ),
    handler: async (request, reply) => {
      const { id, sha256, name, version } = await find(store, request.params)
      const outcome = await uploads.drop(sha256, () => store.artifacts.remove(id))
      if (outcome.outcome === 'MISSING') throw notFound('artifact', id)
      if (outcome.outcome === 'IN_USE') {
        const message = `Version ${version} of ${name} is used by ${usersOf(outcome.by)}.`
        throw new ApiError('ARTIFACT_IN_USE', `${message} Delete them first, and wait until they are gone.`)
      }
      return reply.code(204).send(null)
    },
  })
}

function render({ workspace: _, id, name, version, ...content }: Stored): Static<typeof Artifact> {
  return { id, name, version, uri: artifactUri({ name, version }), ...content }
}

/** What can be told before the body comes. Throws ApiError. */
function refuseEarly(headers: IncomingHttpHeaders, maxBytes: number, workspace?: { id: string; deletion?: object }) {
  if (workspace?.deletion) throw workspaceDeleting(workspace.id)
  const { 'content-length': length } = headers
  if (Number(length ?? 0) > maxBytes) {
    throw new ApiError(
      'BODY_TOO_LARGE',
      `The file has ${length} bytes; this server takes at most ${maxBytes} (--max-upload-bytes).`,
    )
  }
}

const REFUSALS: Record<UploadRefusal, ErrorCode> = {
  TOO_LARGE: 'BODY_TOO_LARGE',
  EMPTY: 'CANNOT_BE_CARRIED_OUT',
  BROKEN_OFF: 'BAD_REQUEST',
  STALLED: 'REQUEST_TIMEOUT',
  CHECKSUM: 'CANNOT_BE_CARRIED_OUT',
  UNUSABLE: 'CANNOT_BE_CARRIED_OUT',
  STOPPING: 'SERVER_STOPPING',
}

function refused(error: unknown): never {
  if (error instanceof Failure && error.code === 'DISK_FULL') throw diskFull(error)
  if (!(error instanceof UploadRefused)) throw error
  const path = error.reason === 'CHECKSUM' ? 'query/sha256' : ''
  const isAboutContent = ['EMPTY', 'CHECKSUM', 'UNUSABLE'].includes(error.reason)
  throw new ApiError(REFUSALS[error.reason], error.message, isAboutContent ? [{ path, message: error.message }] : [])
}

/** Before the file came, or in the middle of it. */
function diskFull({ cause }: Failure): ApiError {
  const { freeBytes, neededBytes } = (cause ?? {}) as { freeBytes?: number; neededBytes?: number }
  if (freeBytes !== undefined && neededBytes !== undefined) return tooLittleRoom({ freeBytes, neededBytes })
  return new ApiError(
    'STORE_FULL',
    "The disk of the server's data folder became full while the file came; nothing of it was kept. Delete what is not " +
      'needed any more, which still works, or have room made there; then send it again.',
  )
}
