/** Keys: which there are, and their revocation. A key itself is never answered. */
import type { FastifyRequest } from 'fastify'
import type { KeyOwner } from '../../store/accounts.ts'
import { notFound } from '../find.ts'
import { type ApiScope, answer, noContent, operation } from '../operation.ts'
import type { ApiPorts } from '../ports.ts'
import { KeyList } from '../schemas/organization.ts'
import { NO_PATH, pathOf } from '../schemas/parameters.ts'

/** Whose keys, below which path. */
interface Row {
  url: string
  noun: string
  of: string
  permission: 'CanManageServiceAccount' | 'Root'
  parents: readonly ['serviceAccount'] | readonly []
  owner(request: FastifyRequest): KeyOwner
}

const ROWS: readonly Row[] = [
  {
    url: '/api/org/v1/service-accounts/:serviceAccount/keys',
    noun: 'ServiceAccountKey',
    of: 'a service account',
    permission: 'CanManageServiceAccount',
    parents: ['serviceAccount'],
    owner: ownAccount,
  },
  {
    url: '/api/admin/v1/keys',
    noun: 'RootKey',
    of: 'the administration of the server',
    permission: 'Root',
    parents: [],
    owner: () => ({ kind: 'root' }),
  },
]

/** The one service account that there is so far is the caller's own. */
function ownAccount({ identity, params }: FastifyRequest): KeyOwner {
  const { serviceAccount: id } = params as { serviceAccount: string }
  if (identity.kind !== 'service-account' || identity.account.id !== id) throw notFound('service account', id)
  return { kind: 'service-account', id }
}

export function keyRoutes(scope: ApiScope, ports: ApiPorts): void {
  for (const row of ROWS) for (const route of [list, revoke]) route(scope, ports, row)
}

function list(scope: ApiScope, { store }: ApiPorts, row: Row): void {
  scope.route({
    method: 'GET',
    url: row.url,
    config: { permission: row.permission },
    schema: operation({
      operationId: `List${row.noun}s`,
      summary: `List the keys of ${row.of}`,
      tags: ['Organization'],
      params: row.parents.length === 0 ? NO_PATH : pathOf(...row.parents),
      response: { 200: answer(KeyList, 'All that were not revoked, on one page.') },
    }),
    handler: async (request, reply) => reply.send({ items: await store.accounts.keys(row.owner(request)) }),
  })
}

function revoke(scope: ApiScope, { store, keysRevoked }: ApiPorts, row: Row): void {
  scope.route({
    method: 'DELETE',
    url: `${row.url}/:key`,
    config: { permission: row.permission },
    schema: operation({
      operationId: `Revoke${row.noun}`,
      summary: `Revoke a key of ${row.of}`,
      tags: ['Organization'],
      params: pathOf(...row.parents, 'key'),
      response: {
        204: noContent('From now on nobody gets in with it. A key file of the server that held it has a new key.'),
      },
    }),
    handler: async (request, reply) => {
      const { key } = request.params as { key: string }
      if (!(await store.accounts.revokeKey(row.owner(request), key))) throw notFound('key', key)
      await keysRevoked()
      return reply.code(204).send(null)
    },
  })
}
