/** The head of the OpenAPI document; its paths and components come from the routes and schemas. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

const DESCRIPTION = `Weir runs Apache Flink: sessions, and jobs in them, on real clusters.

Every request needs \`Authorization: Bearer KEY\`. Every error has one body, \`Error\`; its codes are explained in docs/reference/errors.md.
Lists are walked by \`limit\` and \`marker\`. \`ETag\` and \`If-Match\` keep callers from overwriting each other's changes, and
\`Idempotency-Key\` makes a POST safe to repeat. \`X-Request-Id\` is answered as it was sent, and stands in the log of the server.`

export function documentOptions(version: string): FastifyDynamicSwaggerOptions {
  return {
    // Routes without a tag are not part of the contract: what the server adds for its own health, and /docs.
    hideUntagged: true,
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
