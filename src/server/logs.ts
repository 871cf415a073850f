/** Gives the API the logs of a resource's processes, in the API's words. */

import type { LogSource } from '../api/ports.ts'
import { defined } from '../domain/defined.ts'
import { CLUSTER_KINDS } from '../domain/kinds.ts'
import type { ClusterResource } from '../domain/resource.ts'
import { LOG_BYTES, type MemberLog, type Runtimes } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'

const nameOf = ({ role, ordinal }: MemberLog): string =>
  role === 'jobmanager' ? 'jobmanager' : `taskmanager-${ordinal}`

export function logSource(store: Store, runtimes: Runtimes): LogSource {
  return {
    async read(resource, { tail, process }) {
      const owner = await clusterOwner(store, resource)
      if (!owner) return []
      const runtime = await runtimes.of(owner.workspace)
      const logs = await runtime.logs(resource, { tail, ...memberOf(process) })
      return logs.map((log) => ({
        process: nameOf(log),
        generation: log.generation,
        state: log.alive ? 'RUNNING' : 'EXITED',
        startedAt: log.startedAt,
        ...defined({ endedAt: log.endedAt }),
        lines: lastOf(log.lines, Math.ceil(LOG_BYTES / logs.length)),
      }))
    },
  }
}

/** The last lines that fit, and that others did not. */
export function lastOf(lines: readonly string[], bytes: number): string[] {
  let [from, left] = [lines.length, bytes]
  for (; from > 0; from--) {
    left -= Buffer.byteLength(lines[from - 1]!) + 1
    if (left < 0) break
  }
  if (from === 0) return [...lines]
  return [
    `... ${from} earlier lines left out: the logs of an answer have ${LOG_BYTES} bytes at most`,
    ...lines.slice(from),
  ]
}

async function clusterOwner(store: Store, id: string): Promise<ClusterResource | undefined> {
  for (const kind of CLUSTER_KINDS) {
    const found = await store.resources.get(kind, id)
    if (found) return found
  }
  return undefined
}

function memberOf(process: string | undefined): { role?: MemberLog['role']; ordinal?: number } {
  if (process === 'jobmanager') return { role: 'jobmanager' }
  const ordinal = /^taskmanager-(\d+)$/.exec(process ?? '')?.[1]
  if (ordinal !== undefined) return { role: 'taskmanager', ordinal: Number(ordinal) }
  return process === 'taskmanager' ? { role: 'taskmanager' } : {}
}
