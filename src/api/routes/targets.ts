/** The routes of workspaces and Kubernetes clusters, the same for both: what differs stands in their rows. */

import type { KubeCluster, Workspace } from '../../store/targets.ts'
import { callersOrganization } from '../access.ts'
import { creation, deletion, description, itemUrl, listing, update } from '../collection.ts'
import { etag, locationOf, requiredRevision } from '../conditions.ts'
import { found, notFound, type Unreadable } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import { type ApiScope, answer, operation } from '../operation.ts'
import { changed, created } from '../outcomes.ts'
import type { ApiPorts } from '../ports.ts'
import { NamedQuery, NO_QUERY, pageOf } from '../schemas/parameters.ts'
import { TARGET_ROWS, type TargetRow } from '../targets.ts'

type Row = TargetRow<Workspace | KubeCluster, (typeof TARGET_ROWS)[number]['shapes']>
type Route = (scope: ApiScope, ports: ApiPorts, row: Row) => void

export function targetRoutes(scope: ApiScope, ports: ApiPorts): void {
  // The compiler lets a row of one kind of target pass for one of both, since its functions are written as methods.
  const rows: readonly Row[] = TARGET_ROWS
  for (const row of rows) for (const route of [create, list, describe, change, remove, check]) route(scope, ports, row)
}

const find = ({ store }: ApiPorts, row: Row, path: Record<string, string>, unreadable?: Unreadable) =>
  found(row.is, path[row.parameter] ?? '', (id) => row.stored(store).get(id), undefined, unreadable)

const create: Route = (scope, ports, row) =>
  scope.route({
    ...creation(row),
    handler: async (request, reply) => {
      const { body } = request
      const outcome = await row.create(ports.store, callersOrganization(request), body, claimOf(request))
      const target = created(row.is, body, outcome)
      reply.code(201).headers({ ETag: etag(target.revision), Location: locationOf(request, target.id) })
      return reply.send(row.render(target, ports))
    },
  })

const list: Route = (scope, ports, row) =>
  scope.route({
    ...listing(row, NamedQuery),
    handler: async (request, reply) => {
      const { limit, marker, ...filter } = request.query
      const list = await row.stored(ports.store).list(pageOf({ limit, marker }), filter)
      return reply.send({ ...list, items: list.items.map((target) => row.render(target, ports)) })
    },
  })

const describe: Route = (scope, ports, row) =>
  scope.route({
    ...description(row),
    handler: async (request, reply) => {
      const target = await find(ports, row, request.params)
      return reply.header('ETag', etag(target.revision)).send(row.render(target, ports))
    },
  })

const change: Route = (scope, ports, row) =>
  scope.route({
    ...update(row),
    handler: async (request, reply) => {
      // What is given anew need not be readable.
      const before = await find(ports, row, request.params, 'kubeClusterConfig' in request.body ? 'REMAINS' : 'THROW')
      const revision = requiredRevision(request.headers, before.revision)
      const outcome = await row.update(ports.store, before, request.body, revision)
      const target = changed(row, { id: before.id, ...request.body }, outcome)
      return reply.header('ETag', etag(target.revision)).send(row.render(target, ports))
    },
  })

const remove: Route = (scope, ports, row) =>
  scope.route({
    ...deletion(row, NO_QUERY),
    handler: async (request, reply) => {
      // Nothing but the row is removed, so nothing of it has to be readable.
      const { id, ...before } = await find(ports, row, request.params, 'REMAINS')
      const outcome = await row.remove(ports.store, id, requiredRevision(request.headers, before.revision))
      if (outcome.outcome !== 'REMOVED') changed(row, { id }, outcome)
      return reply.code(204).send(null)
    },
  })

const check: Route = (scope, ports, row) =>
  scope.route({
    method: 'POST',
    url: `${itemUrl(row)}/checks`,
    config: { permission: row.permissions.check },
    schema: operation({
      operationId: `Check${row.noun}`,
      summary: row.words.check[0],
      tags: row.tags,
      params: row.path,
      response: { 202: answer(row.shapes.full, row.words.check[1], 'ETag') },
    }),
    handler: async (request, reply) => {
      const before = await find(ports, row, request.params)
      const target = row.isInspected(before) ? await row.stored(ports.store).requestCheck(before.id) : before
      if (!target) throw notFound(row.is, before.id)
      return reply.code(202).header('ETag', etag(target.revision)).send(row.render(target, ports))
    },
  })
