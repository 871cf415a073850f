/**
 * Which port of a configured range each process of a cluster has taken, as the kernel tells it: what a log says depends
 * on its level. A process opens such a port once, while it starts, so what was found stands as long as it lives.
 */
import type { Clock } from '../../domain/clock.ts'
import { type ClusterRef, clusterKey } from '../../domain/cluster.ts'
import type { PortObservation } from '../../domain/observation.ts'
import { inRange } from '../../domain/ports.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { launchFolder, memberName } from './paths.ts'
import { readPlan } from './plan-file.ts'
import { listeningPorts } from './proc.ts'

/** A process that has not opened its ports by then has said in its log why it could not. */
const STARTING_MS = 120_000

export interface Listening {
  /** Of the living processes among these, which are one cluster's. */
  ports(cluster: ClusterRef, records: readonly ProcessRecord[]): Promise<PortObservation[]>
  forget(resource: string): void
}

export function createListening({ dataDir, clock }: { dataDir: string; clock: Clock }): Listening {
  /** Ranges by cluster, and what each process of it has taken so far. */
  const known = new Map<string, { ranges: [string, string][]; taken: Map<string, PortObservation[]> }>()

  async function of(cluster: ClusterRef) {
    const key = clusterKey(cluster)
    const before = known.get(key)
    if (before) return before
    // A removal takes the plan along.
    const plan = await readPlan(launchFolder(dataDir, cluster)).catch(() => undefined)
    const fresh = { ranges: Object.entries(plan?.ports ?? {}), taken: new Map<string, PortObservation[]>() }
    if (plan) known.set(key, fresh)
    return fresh
  }

  return {
    async ports(cluster, records) {
      const { ranges, taken } = await of(cluster)
      if (ranges.length === 0) return []
      return records.flatMap((record) => {
        const { uuid, pid, state } = record
        if (state !== 'RUNNING' || pid === undefined) return []
        const before = taken.get(uuid) ?? []
        const old = clock.now() - Date.parse(record.createdAt) > STARTING_MS && taken.has(uuid)
        if (before.length === ranges.length || old) return before
        const found = takenPorts(memberName(record.role, record.ordinal), ranges, listeningPorts(pid))
        taken.set(uuid, found)
        return found
      })
    },
    forget(resource) {
      for (const key of known.keys()) if (key.startsWith(`${resource}/`)) known.delete(key)
    },
  }
}

const takenPorts = (
  process: string,
  ranges: readonly [string, string][],
  listening: readonly number[],
): PortObservation[] =>
  ranges.flatMap(([name, range]) => {
    const port = listening.find((each) => inRange(each, range))
    return port === undefined ? [] : [{ process, name, port }]
  })
