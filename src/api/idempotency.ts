/** `Idempotency-Key`: binds a key to who sent it, where to, and with which body. */
import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { describeIdentity } from '../auth/identity.ts'
import type { IdempotencyClaim } from '../store/store.ts'
import { canonicalJson } from './canonical-json.ts'

/**
 * Undefined when the caller sent no key. The body counts by its meaning: order of properties and spacing do not matter.
 * `body` is what stands for one that is no JSON.
 */
export function claimOf(request: FastifyRequest, body: unknown = request.body): IdempotencyClaim | undefined {
  const key = request.headers['idempotency-key']
  if (typeof key !== 'string') return undefined
  return {
    identity: describeIdentity(request.identity),
    method: request.method,
    path: request.url.split('?', 1)[0] ?? '',
    key,
    bodyHash: createHash('sha256').update(canonicalJson(body)).digest('hex'),
  }
}
