/** Who is calling. */
import { answer, answers } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { CurrentIdentity } from '../schemas/organization.ts'
import { NoQuery } from '../schemas/parameters.ts'

export function meRoutes(scope: ApiScope): void {
  scope.route({
    method: 'GET',
    url: '/api/org/v1/me',
    config: { permission: 'Authenticated' },
    schema: {
      operationId: 'GetCurrentIdentity',
      summary: 'Tell who is calling',
      tags: ['Organization'],
      querystring: NoQuery,
      response: answers({ 200: answer(CurrentIdentity, 'The identity that the key belongs to.') }, 400),
    },
    handler: async (request, reply) => {
      const { identity } = request
      if (identity.kind === 'root') return reply.send({ root: {} })
      const { id, username, description, createdAt, updatedAt } = identity.account
      return reply.send({ serviceAccount: { id, username, description, createdAt, updatedAt } })
    },
  })
}
