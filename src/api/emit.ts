/** The OpenAPI document as text: the same for the same sources, so that a committed copy can be compared. */
import { buildApi } from './app.ts'
import type { ApiPorts } from './ports.ts'

interface Document {
  components: { schemas: Record<string, unknown> }
  paths: Record<string, unknown>
}

/** Paths and components in the order of their names. Touches no port: routes are only declared, never called. */
export async function emitDocument(version: string): Promise<string> {
  const app = buildApi({ version, store: {} } as ApiPorts)
  await app.ready()
  const document = app.swagger() as Document
  await app.close()
  const components = { ...document.components, schemas: byName(document.components.schemas) }
  return `${inAscii(JSON.stringify({ ...document, components, paths: byName(document.paths) }, null, 2))}\n`
}

/** Characters that some patterns hold can't be seen, or turn the direction of what is around them. */
const inAscii = (json: string): string =>
  json.replaceAll(/[\x7F-\uFFFF]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

const byName = <T>(entries: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)))
