/**
 * Looking at a session's cluster: the runtime's answer, Flink's answer, and the little that only several looks in a row
 * can tell (idle since, waiting since). That memory is this server's own; after a restart it begins anew, which only
 * delays the removal of an idle TaskManager.
 */

import type { Generation } from '../domain/cluster.ts'
import { isTerminal, slotsNeeded } from '../domain/job-state.ts'
import type { ClusterObservation, FlinkObservation } from '../domain/observation.ts'
import { javaConcern } from '../flink/distributions/java-releases.ts'
import type { FlinkJobOverview, FlinkRest } from '../flink/rest.ts'
import { FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'

export interface SessionObservation {
  cluster?: ClusterObservation
  flink?: FlinkObservation
  /** Why the runtime could not be asked. */
  unreachable?: string
  silentSince?: number
  /** As the runtime says: see its Capacity. */
  capacity: number
  least?: number
  selfScaling?: boolean
}

/** What belongs to one life of the JobManager; another life begins with an empty one. */
interface Life {
  incarnation: string | undefined
  /** What stays the same for a life: of what is asked at every look, that is two requests less. */
  versions?: Pick<FlinkObservation, 'flinkVersion' | 'java'>
  silentSince?: number
  waitingSince?: number
  /** TaskManagers at the last look. */
  registered?: number
  idleSince: Map<string, number>
  /** Flink job ID -> slots it needs; a job's graph does not change while it lives. */
  slots: Map<string, number>
  /** Keys of events that are written down: telling them again would only cost a write in every cycle. */
  told: Set<string>
}

export interface ClusterTracking {
  life: Life
  waitingOn?: string
}

const newLife = (incarnation?: string): Life => ({
  incarnation,
  idleSince: new Map(),
  slots: new Map(),
  told: new Set(),
})
export const newClusterTracking = (): ClusterTracking => ({ life: newLife() })

export async function observeCluster(
  runtime: Runtime,
  generation: Generation,
  memory: ClusterTracking,
  now: number,
): Promise<{
  cluster: ClusterObservation
  flink?: FlinkObservation
}> {
  const cluster = await runtime.observe(generation)
  if (cluster.phase !== 'UP') return { cluster }
  if (cluster.incarnation !== memory.life.incarnation) memory.life = newLife(cluster.incarnation)
  const { life } = memory
  try {
    const flink = await askFlink(runtime.flink(generation, cluster), cluster, life, now)
    delete life.silentSince
    return { cluster, flink }
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
    life.silentSince ??= now
    return { cluster }
  }
}

async function askFlink(
  flink: FlinkRest,
  cluster: ClusterObservation,
  life: Life,
  now: number,
): Promise<FlinkObservation> {
  const [versions, registered, jobs] = await Promise.all([
    life.versions ?? versionsOf(flink),
    flink.taskManagers(),
    flink.jobs(),
  ])
  life.versions = versions
  // Flink lists a dead TaskManager until its heartbeats time out, and a new one before it has told its slots.
  const alive = new Set(cluster.taskManagers.map((member) => member.id))
  const taskManagers = registered.filter((member) => alive.has(member.id) && member.slots > 0)
  const live = jobs.filter((job) => !isTerminal(job.state))
  await learnSlots(flink, live, life)
  rememberIdle(taskManagers, life, now)
  const starved = taskManagers.every((member) => member.freeSlots === 0) && live.some(hasWaitingSubtasks)
  // Slots that have just come are being taken: the wait counts anew.
  if (!starved || life.registered !== taskManagers.length) delete life.waitingSince
  if (starved) life.waitingSince ??= now
  life.registered = taskManagers.length
  return {
    ...versions,
    slotsTotal: sum(taskManagers.map((member) => member.slots)),
    slotsAvailable: sum(taskManagers.map((member) => member.freeSlots)),
    taskManagers: taskManagers.map((member) => {
      const idleSince = life.idleSince.get(member.id)
      return { ...member, ...(idleSince !== undefined && { idleSince }) }
    }),
    jobs,
    slotsNeeded: sum(live.map((job) => life.slots.get(job.id) ?? 1)),
    ...(life.waitingSince !== undefined && { waitingSince: life.waitingSince }),
  }
}

async function versionsOf(flink: FlinkRest): Promise<Pick<FlinkObservation, 'flinkVersion' | 'java'>> {
  const [{ flinkVersion }, version] = await Promise.all([flink.overview(), flink.javaVersion()])
  if (version === undefined) return { flinkVersion }
  const concern = javaConcern(flinkVersion, Number(version.split('.')[0]))
  return { flinkVersion, java: { version, ...(concern && { concern }) } }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

const hasWaitingSubtasks = (job: FlinkJobOverview): boolean =>
  (job.tasks['created'] ?? 0) + (job.tasks['scheduled'] ?? 0) > 0

async function learnSlots(flink: FlinkRest, live: readonly FlinkJobOverview[], life: Life): Promise<void> {
  for (const id of life.slots.keys()) if (!live.some((job) => job.id === id)) life.slots.delete(id)
  const unknown = live.filter((job) => !life.slots.has(job.id))
  await Promise.all(
    unknown.map(async (job) => {
      const detail = await flink.job(job.id)
      // A job that is still INITIALIZING has no vertices yet: it is asked again.
      if (detail && detail.vertices.length > 0) life.slots.set(job.id, slotsNeeded(detail.vertices))
    }),
  )
}

function rememberIdle(
  members: readonly { id: string; slots: number; freeSlots: number }[],
  life: Life,
  now: number,
): void {
  const idle = new Set(members.filter((member) => member.freeSlots === member.slots).map((member) => member.id))
  for (const id of life.idleSince.keys()) if (!idle.has(id)) life.idleSince.delete(id)
  for (const id of idle) if (!life.idleSince.has(id)) life.idleSince.set(id, now)
}
