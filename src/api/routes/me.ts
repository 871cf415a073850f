/** Who is calling. */
import { type ApiScope, answer, operation } from '../operation.ts'
import { CurrentIdentity } from '../schemas/organization.ts'

export function meRoutes(scope: ApiScope): void {
  scope.route({
    method: 'GET',
    url: '/api/org/v1/me',
    config: { permission: 'Authenticated' },
    schema: operation({
      operationId: 'GetCurrentIdentity',
      summary: 'Tell who is calling',
      tags: ['Organization'],
      response: { 200: answer(CurrentIdentity, 'The identity that the key belongs to.') },
    }),
    handler: async ({ identity }, reply) => {
      if (identity.kind === 'root') return reply.send({ root: {} })
      const { id, username, description, createdAt, updatedAt } = identity.account
      return reply.send({ serviceAccount: { id, username, description, createdAt, updatedAt } })
    },
  })
}
