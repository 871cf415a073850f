/**
 * Starts the JVMs of one cluster from its launch plan: the JobManager first, so that no TaskManager is ever without one
 * in the ledger.
 */
import type { ClusterRef } from '../../domain/cluster.ts'
import { newUuid } from '../../domain/ids.ts'
import type { ProcessLedger, ProcessRecord, ProcessRole } from '../../domain/process.ts'
import type { ClassArchives } from './cds.ts'
import { memberCommand } from './command.ts'
import { launchFolder } from './paths.ts'
import { type LaunchPlan, launcherOf } from './plan-file.ts'
import { neverStarted, type Processes } from './processes.ts'
import type { WarmPool } from './warm/pool.ts'

export interface MemberStarter {
  jobManager(
    cluster: ClusterRef,
    plan: LaunchPlan,
    draft: { memoryBytes: number; restPort: number; rpcPort: number },
  ): Promise<void>
  /** Adds that many to those of the generation. */
  taskManagers(cluster: ClusterRef, plan: LaunchPlan, count: number): Promise<void>
}

/** Flink's name of a member: unique among all that ever were. */
export const resourceId = (record: Pick<ProcessRecord, 'resource' | 'generation' | 'role' | 'ordinal'>): string =>
  `${record.resource}-${record.generation}-${record.role}-${record.ordinal}`

export function memberStarter(options: {
  installation: string
  dataDir: string
  ledger: ProcessLedger
  processes: Processes
  archives: Pick<ClassArchives, 'options'>
  pool: Pick<WarmPool, 'take'>
}): MemberStarter {
  const { installation, dataDir, ledger, pool, processes } = options

  async function start(
    cluster: ClusterRef,
    plan: LaunchPlan,
    role: ProcessRole,
    ordinal: number,
    more: { memoryBytes: number; restPort?: number; rpcPort?: number },
  ): Promise<void> {
    const { resource, generation } = cluster
    const member = {
      installation,
      role,
      ordinal,
      java: plan.java,
      flinkVersion: plan.flinkVersion,
      home: plan.home,
      folder: launchFolder(dataDir, cluster),
      classPath: plan.classPath,
      memory: plan.memory[role],
      configuration: launcherOf(plan),
      inexpressible: plan.inexpressible,
      sharing: await options.archives.options(cluster, role, ordinal, plan),
      resourceId: resourceId({ resource, generation, role, ordinal }),
    }
    const draft = { resource, generation, role, ordinal, ...more }
    if (await pool.take(member, draft)) return
    const uuid = newUuid()
    await processes.start({ uuid, ...draft }, memberCommand({ ...member, uuid }))
  }

  return {
    jobManager: (cluster, plan, draft) => start(cluster, plan, 'jobmanager', 0, draft),
    async taskManagers(cluster, plan, count) {
      const known = await ledger.list({ cluster })
      const last = Math.max(0, ...known.filter((record) => !neverStarted(record)).map((record) => record.ordinal))
      const starts = Array.from({ length: count }, (_, index) =>
        start(cluster, plan, 'taskmanager', last + index + 1, { memoryBytes: plan.taskManagerBytes }),
      )
      const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}
