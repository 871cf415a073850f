/** The routes of resources in a workspace, the same for every kind: what differs stands in the kind's row. */
import { describeIdentity } from '../../auth/identity.ts'
import { defined } from '../../domain/defined.ts'
import { ALL_KINDS, KINDS, type Kind } from '../../domain/kinds.ts'
import type { ResourceEvent as StoredEvent } from '../../domain/resource.ts'
import { creation, deletion, description, itemUrl, listing, update } from '../collection.ts'
import { etag, locationOf, requiredRevision } from '../conditions.ts'
import { find, findParent, mustAllow } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import { KIND_ROWS, type KindRow } from '../kinds.ts'
import { type ApiScope, answer, operation } from '../operation.ts'
import { changed, created } from '../outcomes.ts'
import type { ApiPorts } from '../ports.ts'
import { renderListed, renderSummary } from '../render.ts'
import { deletionQuery, PageQuery, pageOf, ResourceQuery } from '../schemas/parameters.ts'
import { DEFAULT_TAIL, LogQuery, ProcessLogList, ResourceEventList } from '../schemas/timeline.ts'
import { checkUpdate } from '../spec-checks.ts'

type Served = NonNullable<(typeof KIND_ROWS)[Kind]>
type Row = KindRow<Kind, Served['shapes']>
type Route = (scope: ApiScope, ports: ApiPorts, kind: Kind, row: Row) => void

export function resourceRoutes(scope: ApiScope, ports: ApiPorts): void {
  for (const kind of ALL_KINDS) {
    // The compiler lets a row of one kind pass for one of all, since its functions are written as methods.
    const row: Row | null = KIND_ROWS[kind]
    if (row) for (const route of [create, list, describe, rename, remove, events, logs]) route(scope, ports, kind, row)
  }
}

const create: Route = (scope, ports, kind, row) =>
  scope.route({
    ...creation(row),
    handler: async (request, reply) => {
      const { body } = request
      const { ws } = request.params
      const parent = await findParent(ports.store, kind, request.params)
      if (parent) mustAllow('submitJob', parent)
      row.check(body, request.workspace?.kubernetes ? 'KUBERNETES' : 'LOCAL')
      const wanted = {
        kind,
        workspace: ws,
        name: body.name,
        spec: row.specOf(body),
        by: describeIdentity(request.identity),
      }
      const outcome = await ports.store.resources.create(
        { ...wanted, ...defined({ parent: parent?.id }) },
        claimOf(request),
      )
      const resource = created(row.is, { ...wanted, ...defined({ parent }) }, outcome)
      reply.code(201).headers({ ETag: etag(resource.revision), Location: locationOf(request, resource.id) })
      return reply.send(renderSummary(resource, ports))
    },
  })

const list: Route = (scope, ports, kind, row) =>
  scope.route({
    ...listing(row, ResourceQuery),
    handler: async (request, reply) => {
      const parent = await findParent(ports.store, kind, request.params)
      const { limit, marker, sort, ...filter } = request.query
      const here = { workspace: request.params.ws, kind, ...defined({ parent: parent?.id }) }
      const list = await ports.store.resources.list(
        { ...here, ...filter },
        {
          ...pageOf({ limit, marker }),
          ...defined({ sort }),
        },
      )
      return reply.send({ ...list, items: list.items.map((summary) => renderListed(summary, ports)) })
    },
  })

const describe: Route = (scope, ports, kind, row) =>
  scope.route({
    ...description(row),
    handler: async (request, reply) => {
      const resource = await find(ports.store, kind, request.params)
      return reply.header('ETag', etag(resource.revision)).send(await row.render(resource, ports))
    },
  })

const rename: Route = (scope, ports, kind, row) =>
  scope.route({
    ...update(row),
    handler: async (request, reply) => {
      const before = await find(ports.store, kind, request.params)
      const revision = requiredRevision(request.headers, before.revision)
      mustAllow('update', before)
      checkUpdate(before.spec, request.body)
      const { id } = before
      const { name = before.name } = request.body
      const by = describeIdentity(request.identity)
      const outcome = await ports.store.resources.rename(kind, id, name, by, revision)
      const resource = changed(row, { id, name }, outcome)
      return reply.header('ETag', etag(resource.revision)).send(await row.render(resource, ports))
    },
  })

const remove: Route = (scope, { store }, kind, row) =>
  scope.route({
    ...deletion(row, deletionQuery(row.cascade)),
    handler: async (request, reply) => {
      const { cascade = false, force = false } = request.query
      const before = await find(store, kind, request.params, force ? 'REMAINS' : 'THROW')
      const revision = requiredRevision(request.headers, before.revision)
      mustAllow('delete', before)
      const by = describeIdentity(request.identity)
      changed(row, before, await store.resources.requestDeletion(kind, before.id, { cascade, force }, by, revision))
      return reply.code(204).send(null)
    },
  })

const events: Route = (scope, { store }, kind, row) =>
  scope.route({
    method: 'GET',
    url: `${itemUrl(row)}/events`,
    config: { permission: row.permissions.describe },
    schema: operation({
      operationId: `List${row.noun}Events`,
      summary: row.events,
      tags: row.tags,
      params: row.path,
      querystring: PageQuery,
      response: { 200: answer(ResourceEventList, 'A page of events, oldest first.') },
    }),
    handler: async (request, reply) => {
      const { id } = await find(store, kind, request.params)
      const list = await store.events.list(id, pageOf(request.query))
      return reply.send({ ...list, items: list.items.map(renderEvent) })
    },
  })

const renderEvent = ({ resource: _, ...event }: StoredEvent) => event

const logs: Route = (scope, { store, logs }, kind, row) =>
  scope.route({
    method: 'GET',
    url: `${itemUrl(row)}/logs`,
    config: { permission: row.permissions.describe },
    schema: operation({
      operationId: `Get${row.noun}Logs`,
      ...row.logs,
      tags: row.tags,
      params: row.path,
      querystring: LogQuery,
      response: { 200: answer(ProcessLogList, 'The last lines of each process, the newest cluster first.') },
    }),
    handler: async (request, reply) => {
      const { id, parent = id } = await find(store, kind, request.params)
      const { tail = DEFAULT_TAIL, process } = request.query
      const items = await logs.read(KINDS[kind].cluster ? id : parent, { tail, ...defined({ process }) })
      return reply.send({ items })
    },
  })
