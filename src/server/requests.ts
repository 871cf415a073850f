/** How many requests are being answered: the reconciler gives way to them. */
import type { FastifyInstance } from 'fastify'

export interface Requests {
  /** How many callers have been waiting for an answer, not longer than a moment: who follows a log gets one for hours. */
  waiting(): number
  watch(app: FastifyInstance): void
}

const MOMENT_MS = 1_000

export function createRequests(): Requests {
  /** In the order in which they came. */
  const waiting = new Set<{ since: number }>()
  return {
    waiting() {
      const now = performance.now()
      for (const request of waiting) {
        if (now - request.since < MOMENT_MS) break
        waiting.delete(request)
      }
      return waiting.size
    },
    watch(app) {
      app.addHook('onRequest', async (_request, reply) => {
        const request = { since: performance.now() }
        waiting.add(request)
        // Also where the caller hangs up.
        reply.raw.once('close', () => waiting.delete(request))
      })
    },
  }
}
