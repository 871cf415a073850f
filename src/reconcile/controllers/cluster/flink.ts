/**
 * Flink's own answer about a cluster that is up, with the little that only several observations in a row can tell:
 * since when a TaskManager is idle, since when subtasks wait. That is tracked by this server alone; after a restart it
 * begins anew, which only delays the removal of an idle TaskManager.
 */

import { defined } from '../../../domain/defined.ts'
import type { ClusterObservation, FlinkObservation } from '../../../domain/observation.ts'
import { isTerminal, slotsNeeded } from '../../../domain/run/state.ts'
import { javaConcern } from '../../../flink/distributions/java-releases.ts'
import type { FlinkJobOverview, FlinkRest } from '../../../flink/rest.ts'
import { FlinkRestError } from '../../../flink/rest.ts'
import { type FlinkLists, readLists } from './lists.ts'
import { hasWaitingSubtasks } from './view.ts'

/** What belongs to one life of the JobManager; another life begins with an empty one. */
interface Life {
  incarnation: string | undefined
  /** What stays the same for a life: it is asked for once. */
  versions?: Pick<FlinkObservation, 'flinkVersion' | 'java'>
  silentSince?: number
  waitingSince?: number
  /** TaskManagers at the last observation. */
  registered?: number
  idleSince: Map<string, number>
  /** Flink job ID -> slots it needs; a job's graph does not change while it lives. */
  slots: Map<string, number>
  /** Keys of events that are written down: reporting them again would only cost a write in every cycle. */
  reported: Set<string>
}

export interface ClusterTracking {
  life: Life
  waitingOn?: string
}

const newLife = (incarnation?: string): Life => ({
  incarnation,
  idleSince: new Map(),
  slots: new Map(),
  reported: new Set(),
})
export const newClusterTracking = (): ClusterTracking => ({ life: newLife() })

export interface FlinkAnswer {
  observation: FlinkObservation
  lists: FlinkLists
}

/** Flink's answer; undefined while it is silent, and the tracking says since when. */
export async function observeFlink(
  flink: FlinkRest,
  cluster: ClusterObservation,
  tracking: ClusterTracking,
  now: number,
): Promise<FlinkAnswer | undefined> {
  if (cluster.incarnation !== tracking.life.incarnation) tracking.life = newLife(cluster.incarnation)
  const { life } = tracking
  try {
    const answer = await askFlink(flink, cluster, life, now)
    delete life.silentSince
    return answer
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
    life.silentSince ??= now
    return undefined
  }
}

async function askFlink(flink: FlinkRest, cluster: ClusterObservation, life: Life, now: number): Promise<FlinkAnswer> {
  const [versions, lists] = await Promise.all([life.versions ?? versionsOf(flink), readLists(flink, cluster)])
  life.versions = versions
  const { taskManagers, jobs } = lists
  const live = jobs.filter((job) => !isTerminal(job.state))
  await learnSlots(flink, live, life)
  rememberIdle(taskManagers, life, now)
  const starved = taskManagers.every((member) => member.freeSlots === 0) && live.some(hasWaitingSubtasks)
  // Slots that have just come are being taken: the wait counts anew.
  if (!starved || life.registered !== taskManagers.length) delete life.waitingSince
  if (starved) life.waitingSince ??= now
  life.registered = taskManagers.length
  const observation = defined({
    ...versions,
    slotsTotal: sum(taskManagers.map((member) => member.slots)),
    slotsAvailable: sum(taskManagers.map((member) => member.freeSlots)),
    taskManagers: taskManagers.map((member) => defined({ ...member, idleSince: life.idleSince.get(member.id) })),
    jobs,
    slotsNeeded: sum(live.map((job) => life.slots.get(job.id) ?? 1)),
    waitingSince: life.waitingSince,
  })
  return { observation, lists }
}

async function versionsOf(flink: FlinkRest): Promise<Pick<FlinkObservation, 'flinkVersion' | 'java'>> {
  const [{ flinkVersion }, version] = await Promise.all([flink.overview(), flink.javaVersion()])
  if (version === undefined) return { flinkVersion }
  const concern = javaConcern(flinkVersion, Number(version.split('.')[0]))
  return { flinkVersion, java: defined({ version, concern }) }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

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
