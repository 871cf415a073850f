/**
 * Whether somebody else changed what is applied. By the time it is seen, the operator has redeployed the cluster. Pure.
 *
 * The operator writes defaults into the specification itself, so what is compared is what was applied: every value of
 * it must stand, and nothing may be added where an addition redeploys.
 */

type Json = unknown
type Tree = Record<string, Json>

const isTree = (value: Json): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Maps to which nothing may be added. */
const WHOLE = new Set(['flinkConfiguration', 'logConfiguration'])
/** Left out of what is applied; another value than none redeploys. */
const ABSENT = ['job', 'ingress', 'restartNonce']

/**
 * Paths of differences (`spec.flinkConfiguration.parallelism.default`) for people, at most five of them; undefined:
 * there are none.
 */
export function driftOf(applied: Tree, object: Tree): string | undefined {
  const [wanted, live] = [applied['spec'], object['spec']]
  if (!isTree(wanted) || !isTree(live)) return undefined
  const added = ABSENT.filter((key) => !(key in wanted) && live[key] !== undefined && live[key] !== null).map(
    (key) => `spec.${key}`,
  )
  const found = [...differences(wanted, live, 'spec'), ...added]
  return found.length === 0
    ? undefined
    : found.slice(0, 5).join(', ') + (found.length > 5 ? ` and ${found.length - 5} more` : '')
}

function differences(wanted: Json, live: Json, path: string): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return [path]
    return wanted.flatMap((value, index) => differences(value, live[index], `${path}[${index}]`))
  }
  if (!isTree(wanted)) return wanted === live ? [] : [path]
  // An empty map may be left out by the API server.
  if (!isTree(live)) return Object.keys(wanted).length === 0 && live === undefined ? [] : [path]
  const added = WHOLE.has(path.split('.').at(-1) ?? '') ? Object.keys(live).filter((key) => !(key in wanted)) : []
  return [
    ...Object.entries(wanted).flatMap(([key, value]) => differences(value, live[key], `${path}.${key}`)),
    ...added.map((key) => `${path}.${key}`),
  ]
}

/** Whether labels of ours were changed or taken away. They are put back at once: that redeploys nothing. */
export function labelsDrifted(applied: Tree, object: { metadata: { labels?: Record<string, string> } }): boolean {
  const wanted = (applied['metadata'] as { labels?: Record<string, string> } | undefined)?.labels ?? {}
  return Object.entries(wanted).some(([key, value]) => object.metadata.labels?.[key] !== value)
}
