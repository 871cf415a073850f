/** Who calls and whether they may: runs before a body is read, so that strangers cost nothing and learn nothing. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Identity } from '../auth/identity.ts'
import { identify } from '../auth/identity.ts'
import type { Permission } from '../auth/permissions.ts'
import { authorize } from '../auth/permissions.ts'
import type { Store } from '../store/store.ts'
import type { Workspace } from '../store/targets.ts'
import { ApiError } from './errors.ts'
import { found } from './find.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission
  }
  interface FastifyRequest {
    /** Set by `guard` before a handler runs. */
    identity: Identity
    /** The one that the path names, as it was when the caller was admitted. */
    workspace?: Workspace
  }
}

/** Every route of the scope must declare its permission: one that does not is refused when it is registered. */
export function guard(scope: FastifyInstance, store: Store): void {
  scope.decorateRequest('identity')
  scope.decorateRequest('workspace')
  scope.addHook('onRoute', (route) => {
    if (!route.config?.permission) throw new Error(`${String(route.method)} ${route.url} declares no permission`)
  })
  scope.addHook('onRequest', async (request) => {
    request.identity = await authenticate(request, store)
    await admit(request, store)
  })
}

async function authenticate(request: FastifyRequest, store: Store): Promise<Identity> {
  const found = await identify(store.accounts, request.headers.authorization)
  if (found.identity) return found.identity
  request.log.warn({ reason: found.reason, from: request.ip }, 'authentication failed')
  throw new ApiError(
    'UNAUTHENTICATED',
    'There are no valid credentials: send `Authorization: Bearer KEY` with a key of this server.',
  )
}

async function admit(request: FastifyRequest, store: Store): Promise<void> {
  const { permission } = request.routeOptions.config
  if (!permission) throw new Error('a route without a permission was reached')
  const { ws } = request.params as { ws?: string }
  const decision = authorize(request.identity, permission, ws)
  if (decision === 'FORBIDDEN') {
    throw new ApiError(
      'FORBIDDEN',
      request.identity.kind === 'root'
        ? 'A root key serves the administration of the server only; use the key of a service account (first start: admin.key).'
        : `This needs the permission ${permission}, which the caller does not have.`,
    )
  }
  if (ws === undefined) return
  const get = async (id: string) => (decision === 'HIDDEN' ? undefined : store.workspaces.get(id))
  request.workspace = await found('workspace', ws, get)
}

/** Throws ApiError (403) for root keys, which belong to none. */
export function callersOrganization({ identity }: FastifyRequest): string {
  if (identity.kind === 'root') throw new ApiError('FORBIDDEN', 'A root key belongs to no organization.')
  return identity.account.organization
}
