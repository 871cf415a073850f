/**
 * Which methods a path takes. A path that is known answers 405 with `Allow` to any other method, and 204 with `Allow` to
 * OPTIONS; all this needs no key, since the paths are public. There is no CORS: OPTIONS allows no other site anything.
 */
import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

/** Ends, before a body is read, every request that no route takes. Has to be called before routes are registered. */
export function answerUnrouted(app: FastifyInstance): void {
  const routes: { segments: string[]; methods: string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ segments: url.split('/'), methods: [method].flat() })
  })
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const path = pathOf(request.url)
    const segments = path.split('/')
    const taken = routes.filter((route) => matches(route.segments, segments)).flatMap(({ methods }) => methods)
    const shown = path.slice(0, 200)
    if (taken.length === 0)
      throw new ApiError('ROUTE_NOT_FOUND', `There is no ${request.method} ${shown}; /docs lists all operations.`)
    const allowed = [...new Set([...taken, 'OPTIONS'])].sort().join(', ')
    reply.header('Allow', allowed)
    if (request.method === 'OPTIONS') return reply.code(204).send()
    throw new ApiError('METHOD_NOT_ALLOWED', `${shown} takes ${allowed}, not ${request.method}.`)
  })
}

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? ''

const matches = (route: readonly string[], path: readonly string[]): boolean =>
  route.length === path.length &&
  route.every((segment, i) => (segment.startsWith(':') ? path[i] !== '' : segment === path[i]))
