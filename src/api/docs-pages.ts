/**
 * What `/docs` consists of, made on a thread of its own: the reference's package takes a fifth of a second to load and
 * its script some more to compress, for which the server would have to stand still.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { parentPort } from 'node:worker_threads'
import { gzip } from 'node:zlib'
import scalar from '@scalar/fastify-api-reference'
import Fastify from 'fastify'

/** By what it is asked for. */
export interface DocsPage {
  url: string
  type: string
  plain: Uint8Array
  gzipped: Uint8Array
  /** For pages: what of the scripts within may run, as a source of a Content-Security-Policy. */
  scripts: string[]
}

export interface PagesAsked {
  document: string
  urls: readonly string[]
}

async function render({ document, urls }: PagesAsked): Promise<DocsPage[]> {
  const pages = Fastify()
  await pages.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: document,
      pageTitle: 'Weir API',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true },
    },
  })
  return Promise.all(
    urls.map(async (url) => {
      const { headers, rawPayload } = await pages.inject({ method: 'GET', url })
      const type = String(headers['content-type'])
      const scripts = type.startsWith('text/html') ? inlineScripts(rawPayload.toString('utf8')) : []
      return { url, type, plain: own(rawPayload), gzipped: own(await promisify(gzip)(rawPayload)), scripts }
    }),
  )
}

/** Each by its hash: only these very scripts run, whatever else may get into the page. */
const inlineScripts = (html: string): string[] =>
  html
    .split(/<script(?= |>)/)
    .slice(1)
    .map((element) => element.slice(element.indexOf('>') + 1, element.indexOf('</script>')))
    .filter((script) => script !== '')
    .map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`)

/** Memory that is no part of a larger pool, so that it can be handed over. */
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

parentPort?.on('message', (asked: PagesAsked) => {
  void render(asked).then((pages) => {
    const memory = pages.flatMap(({ plain, gzipped }) => [plain.buffer as ArrayBuffer, gzipped.buffer as ArrayBuffer])
    parentPort?.postMessage(pages, memory)
  })
})
