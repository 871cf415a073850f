/** The head of the OpenAPI document; its paths and components come from the routes and schemas. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

const DESCRIPTION = `Weir runs Apache Flink: sessions, and jobs in them, on real clusters.

Every request needs \`Authorization: Bearer KEY\`. Every error has one body, \`Error\`; its codes are explained in docs/reference/errors.md.
Lists are walked by \`limit\` and \`marker\`. \`ETag\` and \`If-Match\` keep callers from overwriting each other's changes, and
\`Idempotency-Key\` makes a POST safe to repeat. \`X-Request-Id\` is answered as it was sent, and stands in the log of
the server beside every change and every failure (with \`--log-level debug\`, every request).

A path that is known answers 405 with \`Allow\` to another method, and OPTIONS with the same header; HEAD answers like GET.`

/**
 * No database keeps NUL, so no text of a request may hold it. The server looks for it by other means (violations.ts).
 * Not as `^[^\x00]*$`: some tools put `maxLength` into a pattern's quantifier, which makes an automaton of megabytes.
 */
const NO_NUL = { pattern: '\\x00' }

type Json = Record<string, unknown>

/** Says of every text in requests that says nothing more exact which characters it may have. Changes `document`. */
function describeText(document: Json): Json {
  const schemas = ((document['components'] as Json | undefined)?.['schemas'] ?? {}) as Json
  const visited = new Set<unknown>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || visited.has(node)) return
    visited.add(node)
    const schema = node as Json
    if (typeof schema['$ref'] === 'string') visit(schemas[schema['$ref'].split('/').at(-1) ?? ''])
    if (schema['type'] === 'string' && !['pattern', 'enum', 'format'].some((key) => key in schema))
      schema['not'] = NO_NUL
    for (const inner of Object.values(schema)) visit(inner)
  }
  for (const operation of Object.values((document['paths'] ?? {}) as Json).flatMap((path) =>
    Object.values(path as Json),
  )) {
    const { requestBody, parameters = [] } = operation as { requestBody?: unknown; parameters?: Json[] }
    visit(requestBody)
    // An ID in a path is looked up, whatever it is made of.
    visit(parameters.filter((parameter) => parameter['in'] !== 'path'))
  }
  return document
}

export function documentOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    // Routes without a tag are not part of the contract: what the server adds for its own health, and /docs.
    hideUntagged: true,
    transformObject: (made) => ('openapiObject' in made ? describeText(made.openapiObject as Json) : {}),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Weir',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'The key of a service account or a root key.' },
        },
      },
      security: [{ key: [] }],
      tags: [
        { name: 'Sessions', description: 'Long-lived Flink clusters that jobs are submitted to.' },
        { name: 'Session jobs', description: 'Flink jobs in a session.' },
        { name: 'Artifacts', description: 'Jars that were uploaded to a workspace, for `artifact://` in specs.' },
        { name: 'Runtimes', description: 'The versions of Flink.' },
        { name: 'Clusters', description: 'Kubernetes clusters that workspaces can be in.' },
        { name: 'Organization', description: 'Who is calling, and the workspaces.' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `Schema${index}`,
    },
  }
}
