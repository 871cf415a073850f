/** The two lists that Flink is asked for in each observation of a cluster. */
import type { ClusterObservation } from '../../../domain/observation.ts'
import type { FlinkJobOverview, FlinkRest, FlinkTaskManager } from '../../../flink/rest.ts'

/** The TaskManagers that are alive and of use, and all jobs. */
export interface FlinkLists {
  taskManagers: readonly FlinkTaskManager[]
  jobs: readonly FlinkJobOverview[]
}

/**
 * Flink lists a dead TaskManager until its heartbeats time out, and a new one before it has reported its slots: neither
 * is of use. Throws FlinkRestError.
 */
export async function readLists(flink: FlinkRest, cluster: ClusterObservation): Promise<FlinkLists> {
  const [registered, jobs] = await Promise.all([flink.taskManagers(), flink.jobs()])
  const alive = new Set(cluster.taskManagers.map((member) => member.id))
  return { taskManagers: registered.filter((member) => alive.has(member.id) && member.slots > 0), jobs }
}
