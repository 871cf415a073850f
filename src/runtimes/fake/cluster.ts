/**
 * One fake cluster's life: what happens when its time has come, and what is done to it. Time passes only in `advance`,
 * so that a world whose server was dead has gone on meanwhile, as real clusters do.
 */

import { randomUUID } from 'node:crypto'
import { isoTime } from '../../domain/clock.ts'
import type { ClusterRef, EffectiveClusterSpec } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import type { ProcessExit, ProcessRole } from '../../domain/process.ts'
import { FlinkRestError } from '../../flink/rest.ts'
import { behaviourOf, completeMain, endJob, failOver, hasEnded, schedule, settleCheckpoints, wakeJob } from './jobs.ts'
import type { Pace } from './pace.ts'
import { endMainEarly } from './runner.ts'
import {
  alive,
  type FakeCluster,
  type FakeFailure,
  type FakeMember,
  type FakeResource,
  type FakeWorld,
  findCluster,
} from './world.ts'

interface Event {
  at: number
  apply: () => void
}

/** Lets everything happen that is due by `now`, in its order. Answers whether anything did. */
export function advance(world: FakeWorld, cluster: FakeCluster, now: number, pace: Pace): boolean {
  let happened = false
  for (let event = nextEvent(world, cluster, pace); event && event.at <= now; event = nextEvent(world, cluster, pace)) {
    event.apply()
    happened = true
  }
  if (happened) {
    world.changed(cluster.resource)
    world.tell(cluster)
  }
  return happened
}

/** When something will happen by itself; undefined: nothing will. */
export const nextTime = (world: FakeWorld, cluster: FakeCluster, pace: Pace): number | undefined =>
  nextEvent(world, cluster, pace)?.at

function nextEvent(world: FakeWorld, cluster: FakeCluster, pace: Pace): Event | undefined {
  const resource = world.resources.get(cluster.resource)
  if (!resource || cluster.phase === 'REMOVED') return undefined
  const events: Event[] = []
  if (cluster.phase === 'PREPARING') events.push({ at: cluster.upAt, apply: () => comeUp(cluster, pace) })
  for (const member of cluster.members) {
    if (member.end) continue
    if (member.stopsAt !== undefined) {
      events.push({ at: member.stopsAt, apply: () => endMember(cluster, resource, member, stopped(member), pace) })
    }
    if (member.role === 'taskmanager' && !member.registered && cluster.phase === 'UP') {
      events.push({ at: Math.max(member.registersAt, cluster.answersAt), apply: () => register(cluster, member, pace) })
    }
  }
  for (const job of cluster.jobs) {
    if (job.wakesAt !== undefined) events.push({ at: job.wakesAt, apply: () => wakeJob(cluster, job, resource, pace) })
  }
  for (const main of cluster.mains)
    events.push({ at: main.doneAt, apply: () => endMain(world, cluster, resource, main, pace) })
  return events.reduce<Event | undefined>((first, event) => (first && first.at <= event.at ? first : event), undefined)
}

export function launchCluster(
  world: FakeWorld,
  ref: ClusterRef,
  spec: EffectiveClusterSpec,
  now: number,
  pace: Pace,
  failure?: FakeFailure,
): void {
  const resource = world.resources.get(ref.resource) ?? { resource: ref.resource, clusters: [], checkpoints: {} }
  world.resources.set(ref.resource, resource)
  const cluster: FakeCluster = {
    resource: ref.resource,
    generation: ref.generation,
    spec,
    phase: 'PREPARING',
    upAt: now + pace.prepareMs,
    answersAt: now + pace.prepareMs + pace.jobManagerMs,
    incarnation: randomUUID(),
    members: [],
    jobs: [],
    mains: [],
    jars: [],
    ...defined({ failure }),
  }
  resource.clusters.push(cluster)
  world.changed(ref.resource)
}

function comeUp(cluster: FakeCluster, pace: Pace): void {
  if (cluster.failure) {
    cluster.phase = 'FAILED'
    return
  }
  cluster.phase = 'UP'
  addMember(cluster, 'jobmanager', cluster.upAt, pace)
  for (let n = 0; n < cluster.spec.initialTaskManagers; n += 1) addMember(cluster, 'taskmanager', cluster.upAt, pace)
}

export function addMember(cluster: FakeCluster, role: ProcessRole, at: number, pace: Pace): void {
  const ordinal =
    role === 'jobmanager' ? 0 : cluster.members.filter((member) => member.role === 'taskmanager').length + 1
  cluster.members.push({
    id:
      role === 'jobmanager'
        ? cluster.incarnation
        : `${cluster.spec.name}-${cluster.generation}-${ordinal}-${randomUUID().slice(0, 8)}`,
    role,
    ordinal,
    startedAt: at,
    registersAt: at + pace.taskManagerMs,
    registered: false,
    log: [`${isoTime(at)} INFO  Starting ${role} ${ordinal} of ${cluster.spec.name}`],
  })
}

function register(cluster: FakeCluster, member: FakeMember, pace: Pace): void {
  const at = Math.max(member.registersAt, cluster.answersAt)
  member.registered = true
  member.log.push(`${isoTime(at)} INFO  Registered at the JobManager`)
  schedule(cluster, at, pace)
}

function endMain(
  world: FakeWorld,
  cluster: FakeCluster,
  resource: FakeResource,
  main: FakeCluster['mains'][number],
  pace: Pace,
): void {
  cluster.mains = cluster.mains.filter((other) => other !== main)
  if (behaviourOf(main.request.entryClass).exits) return endCluster(cluster, resource, exited(239), main.doneAt, pace)
  if (behaviourOf(main.request.entryClass).waits) return
  if (behaviourOf(main.request.entryClass).submits && cluster.jobs.some(({ id }) => id === main.request.jobId))
    main.doubled = true
  completeMain(cluster, main.request, main.doneAt, pace, canRestore(world, main.request.savepointPath))
}

/** Whether a savepoint or checkpoint is there. Only locations of this world (`fake:`) can be missing. */
export function canRestore(world: FakeWorld, location: string | undefined): boolean {
  if (location === undefined || !location.startsWith('fake:') || world.savepoints.has(location)) return true
  const [, key, id] = /^(.*)\/chk-(\d+)\/?$/.exec(location) ?? []
  return [...world.resources.values()].some(({ checkpoints }) => key !== undefined && checkpoints[key] === Number(id))
}

export const exited = (code: number): ProcessExit => ({ code, reason: `exited with code ${code}` })

export interface MemberDeath {
  exit: ProcessExit
  at: number
  requested?: boolean
  rebooted?: boolean
  message?: string
}

const stopped = (member: FakeMember): MemberDeath => ({ exit: exited(143), at: member.stopsAt!, requested: true })

/** The end of one member. A JobManager takes its whole cluster along. */
export function endMember(
  cluster: FakeCluster,
  resource: FakeResource,
  member: FakeMember,
  death: MemberDeath,
  pace: Pace,
): void {
  if (member.end) return
  member.end = {
    id: randomUUID(),
    role: member.role,
    ordinal: member.ordinal,
    at: isoTime(death.at),
    exit: death.exit,
    requested: death.requested ?? false,
    rebooted: death.rebooted ?? false,
    ...defined({ message: death.message }),
  }
  member.log.push(`${isoTime(death.at)} INFO  ${death.exit.reason}`)
  if (member.role === 'jobmanager') endCluster(cluster, resource, death.exit, death.at, pace, death.rebooted)
  else failOver(cluster, member.id, resource, death.at, pace)
}

/**
 * What JobManager memory held is gone: jobs, mains, jars. TaskManagers are stopped by the runtime, which needs no
 * telling.
 */
function endCluster(
  cluster: FakeCluster,
  resource: FakeResource,
  exit: ProcessExit,
  at: number,
  pace: Pace,
  rebooted = false,
): void {
  cluster.phase = 'ENDED'
  const [jobManager] = alive(cluster, 'jobmanager')
  if (jobManager) return endMember(cluster, resource, jobManager, { exit, at, rebooted }, pace)
  for (const job of cluster.jobs) {
    settleCheckpoints(job, resource, at)
    if (!hasEnded(job)) endJob(job, 'FAILED', at)
  }
  cluster.jobs = []
  for (const main of cluster.mains)
    endMainEarly(main, new FlinkRestError('UNREACHABLE', 'socket hang up (fake JobManager)'))
  cluster.mains = []
  for (const member of alive(cluster, 'taskmanager')) {
    endMember(
      cluster,
      resource,
      member,
      rebooted ? { exit, at, rebooted } : { exit: exited(143), at, requested: true },
      pace,
    )
  }
}

/** Starts what is missing; of what is too many stops those in `idle`. */
export function scaleCluster(
  cluster: FakeCluster,
  wanted: number,
  idle: readonly string[],
  now: number,
  pace: Pace,
): void {
  if (cluster.phase !== 'UP') return
  const staying = alive(cluster, 'taskmanager').filter((member) => member.stopsAt === undefined)
  for (let n = staying.length; n < wanted; n += 1) addMember(cluster, 'taskmanager', now, pace)
  const surplus = Math.max(0, staying.length - wanted)
  for (const member of staying.filter(({ id }) => idle.includes(id)).slice(0, surplus))
    member.stopsAt = now + pace.stopMs
}

/** Stops that generation; answers what is still alive of it. */
export function removeCluster(
  world: FakeWorld,
  ref: ClusterRef,
  force: boolean,
  now: number,
  pace: Pace,
): FakeMember[] {
  const cluster = findCluster(world, ref)
  if (!cluster || cluster.phase === 'REMOVED') return []
  const stopsAt = now + (force ? 0 : pace.stopMs)
  for (const member of cluster.members) {
    if (!member.end) member.stopsAt = Math.min(member.stopsAt ?? stopsAt, stopsAt)
  }
  advance(world, cluster, now, pace)
  const living = cluster.members.filter((member) => !member.end)
  if (living.length === 0) cluster.phase = 'REMOVED'
  world.changed(ref.resource)
  return living
}
