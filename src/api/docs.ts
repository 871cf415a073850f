/**
 * The contract for people (`/docs`) and programs (`/api/openapi.json`), and where to find it for whoever opens the
 * server's address; none needs a key. So each file is one buffer, whoever asks and however often: what strangers ask
 * for takes no memory but a few headers.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DocsPage, PagesAsked } from './docs-pages.ts'

const DOCUMENT = '/api/openapi.json'
const PAGES = ['/docs/', '/docs/js/scalar.js'] as const

/** Nothing may be loaded from elsewhere: the page works without the Internet and tells nobody that it was opened. */
const policyFor = (scripts: readonly string[]): string =>
  `default-src 'none'; script-src ${["'self'", ...scripts].join(' ')}; style-src 'self' 'unsafe-inline'; ` +
  "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export function serveDocs(app: FastifyInstance, version: string): void {
  // There is no page of the server's own yet: a browser gets the one that there is.
  for (const url of ['/', '/api', '/api/']) {
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      reply.header('Vary', 'Accept')
      if (/\btext\/html\b/.test(request.headers.accept ?? '')) return reply.redirect('/docs', 302)
      return reply.send({ api: DOCUMENT, docs: '/docs', version })
    })
  }
  app.get('/docs', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs/', 301))

  let document: Promise<StaticFile> | undefined
  app.get(DOCUMENT, { schema: { hide: true } }, async (request, reply) => {
    document ??= contractOf(app)
    return sendStatic(await document, request, reply)
  })

  let pages: Promise<Map<string, StaticFile>> | undefined
  for (const url of PAGES) {
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      pages ??= loadPages().catch((error: unknown) => {
        pages = undefined
        throw error
      })
      return sendStatic((await pages).get(url)!, request, reply)
    })
  }
}

interface StaticFile {
  type: string
  plain: Buffer
  gzipped: Buffer
  etag: string
  /** Of a page. */
  policy?: string
}

const staticFile = ({ type, plain, gzipped, scripts }: Omit<DocsPage, 'url'>): StaticFile => ({
  type,
  plain: Buffer.from(plain.buffer),
  gzipped: Buffer.from(gzipped.buffer),
  etag: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
  ...(type.startsWith('text/html') && { policy: policyFor(scripts) }),
})

/** Whole, in the encoding that the caller takes; 304 where he has it. */
function sendStatic({ type, plain, gzipped, etag, policy }: StaticFile, request: FastifyRequest, reply: FastifyReply) {
  const compressed = /\bgzip\b(?!;q=0)/.test(request.headers['accept-encoding'] ?? '')
  const tag = `"${etag}${compressed ? '-gzip' : ''}"`
  reply.headers({ ETag: tag, 'Cache-Control': 'no-cache', Vary: 'Accept-Encoding' })
  if (policy) reply.header('Content-Security-Policy', policy)
  if (request.headers['if-none-match']?.includes(tag)) return reply.code(304).send()
  if (compressed) reply.header('Content-Encoding', 'gzip')
  return reply.type(type).send(compressed ? gzipped : plain)
}

async function contractOf(app: FastifyInstance): Promise<StaticFile> {
  const plain = new Uint8Array(Buffer.from(JSON.stringify(app.swagger())))
  const gzipped = new Uint8Array(await promisify(gzip)(plain))
  return staticFile({ type: 'application/json; charset=utf-8', plain, gzipped, scripts: [] })
}

/** When somebody first looks at the page. */
async function loadPages(): Promise<Map<string, StaticFile>> {
  // In the package it is JavaScript, as this file is.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./docs-pages.${ending}`, import.meta.url))
  try {
    const loaded = await new Promise<DocsPage[]>((resolve, reject) => {
      worker.once('message', resolve).once('error', reject)
      worker.once('exit', (code) => reject(new Error(`the thread that makes /docs ended with ${code}`)))
      worker.postMessage({ document: DOCUMENT, urls: PAGES } satisfies PagesAsked)
    })
    return new Map(loaded.map(({ url, ...page }) => [url, staticFile(page)]))
  } finally {
    await worker.terminate()
  }
}
