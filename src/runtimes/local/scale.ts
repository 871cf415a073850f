/** Brings the number of a cluster's TaskManagers to what is wanted. */
import type { ClusterRef } from '../../domain/cluster.ts'
import type { ProcessLedger } from '../../domain/process.ts'
import { type MemberStarter, resourceId } from './members.ts'
import type { MemoryCheck } from './memory-check.ts'
import { isLive } from './observe.ts'
import { launchFolder } from './paths.ts'
import { readPlan } from './plan-file.ts'
import type { Processes } from './processes.ts'

export interface ScaleOptions {
  dataDir: string
  ledger: ProcessLedger
  processes: Processes
  members: MemberStarter
  memory: MemoryCheck
}

/**
 * Does nothing while no JobManager lives. One that was asked to stop no longer counts: it is on its way out, and a
 * replacement need not wait for it. Where memory is short it starts as many as fit and answers what is missing, for
 * people.
 */
export async function scaleCluster(
  options: ScaleOptions,
  cluster: ClusterRef,
  wanted: number,
  idle: readonly string[],
): Promise<string | undefined> {
  const { ledger, members, memory, processes } = options
  const live = (await ledger.list({ cluster, live: true })).filter(isLive)
  if (!live.some((record) => record.role === 'jobmanager' && record.state === 'RUNNING' && !record.stopRequested))
    return undefined
  const staying = live.filter((record) => record.role === 'taskmanager' && !record.stopRequested)
  if (staying.length < wanted) {
    const plan = await readPlan(launchFolder(options.dataDir, cluster))
    const { fit, shortage } = memory.howManyFit(
      wanted - staying.length,
      plan.taskManagerBytes,
      await ledger.list({ live: true }),
    )
    await members.taskManagers(cluster, plan, fit)
    return shortage
  }
  const spare = staying.filter((record) => idle.includes(resourceId(record)))
  // The youngest go first.
  spare.sort((a, b) => b.ordinal - a.ordinal)
  for (const record of spare.slice(0, staying.length - wanted)) await processes.stop(record, false)
  return undefined
}
