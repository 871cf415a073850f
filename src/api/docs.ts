/**
 * The contract for people (`/docs`) and programs (`/api/openapi.json`), and where to find it for whoever opens the
 * server's address; none needs a key.
 */

import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'

const DOCUMENT = '/api/openapi.json'

/** Nothing may be loaded from elsewhere: the page works without the Internet and tells nobody that it was opened. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

export function serveDocs(app: FastifyInstance, version: string): void {
  // There is no page of the server's own yet: a browser gets the one that there is.
  for (const url of ['/', '/api', '/api/']) {
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      reply.header('Vary', 'Accept')
      if (/\btext\/html\b/.test(request.headers.accept ?? '')) return reply.redirect('/docs', 302)
      return reply.send({ api: DOCUMENT, docs: '/docs', version })
    })
  }

  let document: string | undefined
  app.get(DOCUMENT, { schema: { hide: true } }, async (_request, reply) => {
    document ??= JSON.stringify(app.swagger())
    return reply.type('application/json; charset=utf-8').send(document)
  })

  let pages: Promise<FastifyInstance> | undefined
  const serve = async (url: string) => (await (pages ??= loadPages())).inject({ method: 'GET', url })
  for (const url of ['/docs', '/docs/', '/docs/js/scalar.js']) {
    app.get(url, { schema: { hide: true } }, async (_request, reply) => {
      const page = await serve(url)
      const { location, 'content-type': type } = page.headers
      if (location !== undefined) return reply.redirect(url + '/', page.statusCode)
      reply.header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
      return reply.code(page.statusCode).type(String(type)).send(page.rawPayload)
    })
  }
}

/** The reference's script takes five megabytes of memory, so it is loaded when somebody first looks at the page. */
async function loadPages(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const pages = Fastify()
  await pages.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: DOCUMENT,
      pageTitle: 'Weir API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true },
    },
  })
  return pages
}
