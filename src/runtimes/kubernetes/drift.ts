/**
 * Whether somebody else changed what is applied. By the time it is seen, the operator has redeployed the cluster. Pure.
 *
 * The operator writes defaults into the specification itself, so what is compared is what was applied: every value of it
 * must stand, and nothing may be added where an addition redeploys.
 */

type Json = unknown
type Tree = Record<string, Json>

const isTree = (value: Json): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Maps to which nothing may be added. */
const WHOLE = new Set(['flinkConfiguration', 'logConfiguration'])
/** Left out of what is applied; another value than none redeploys. */
const ABSENT = ['job', 'ingress', 'restartNonce']

/** Paths of differences (`spec.flinkConfiguration.parallelism.default`) for people, at most five of them; undefined: there are none. */
export function driftOf(applied: Tree, live: Tree): string | undefined {
  const [wanted, seen] = [applied['spec'], live['spec']]
  if (!isTree(wanted) || !isTree(seen)) return undefined
  const added = ABSENT.filter((key) => !(key in wanted) && seen[key] !== undefined && seen[key] !== null).map(
    (key) => `spec.${key}`,
  )
  const found = [...differences(wanted, seen, 'spec'), ...added]
  return found.length === 0
    ? undefined
    : found.slice(0, 5).join(', ') + (found.length > 5 ? ` and ${found.length - 5} more` : '')
}

function differences(wanted: Json, seen: Json, path: string): string[] {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(seen) || seen.length !== wanted.length) return [path]
    return wanted.flatMap((value, index) => differences(value, seen[index], `${path}[${index}]`))
  }
  if (!isTree(wanted)) return wanted === seen ? [] : [path]
  // An empty map may be left out by the API server.
  if (!isTree(seen)) return Object.keys(wanted).length === 0 && seen === undefined ? [] : [path]
  const added = WHOLE.has(path.split('.').at(-1) ?? '') ? Object.keys(seen).filter((key) => !(key in wanted)) : []
  return [
    ...Object.entries(wanted).flatMap(([key, value]) => differences(value, seen[key], `${path}.${key}`)),
    ...added.map((key) => `${path}.${key}`),
  ]
}

/** Whether labels of ours were changed or taken away. They are put back at once: that redeploys nothing. */
export function labelsDrifted(applied: Tree, live: { metadata: { labels?: Record<string, string> } }): boolean {
  const wanted = (applied['metadata'] as { labels?: Record<string, string> } | undefined)?.labels ?? {}
  return Object.entries(wanted).some(([key, value]) => live.metadata.labels?.[key] !== value)
}
