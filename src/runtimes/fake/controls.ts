/**
 * What tests do to a fake world, and what they ask of it. Acts on the newest generation of a resource that is there.
 */
import type { Clock } from '../../domain/clock.ts'
import type { ProcessRole } from '../../domain/process.ts'
import { addMember, advance, endMember, exited, type MemberDeath } from './cluster.ts'
import { cancelJob, type FakeFlinkContext } from './flink.ts'
import { endJob, failJob, hasEnded, schedule, settleCheckpoints } from './jobs.ts'
import type { Pace } from './pace.ts'
import {
  alive,
  type FakeCluster,
  type FakeFailure,
  type FakeJob,
  type FakeMember,
  type FakeSubmission,
  type FakeWorld,
} from './world.ts'

export interface LiveCluster {
  resource: string
  generation: number
  phase: string
  taskManagers: number
  /** Jobs that have not ended, by Flink's ID and the job's name. */
  jobs: { id: string; name: string; stage: string }[]
}

export interface FakeControls {
  readonly world: FakeWorld
  /** The JobManager dies, with everything in it. */
  killJobManager(resource: string, code?: number, message?: string): void
  /** One TaskManager dies (the first one alive, or that ordinal); jobs on it fail over. */
  killTaskManager(resource: string, options?: { ordinal?: number; code?: number; message?: string }): void
  /** A process disappears while nobody can read its exit code. */
  loseProcess(resource: string, role: ProcessRole, ordinal?: number): void
  /** Every process on the machine is gone, and it is known why. */
  rebootMachine(): void
  /** The next launch fails (of any resource). */
  failNextLaunch(failure: FakeFailure): void
  /** Calls of the runtime throw RUNTIME_UNREACHABLE while on. */
  makeUnreachable(on: boolean): void
  /** Flink's REST API of a resource does not answer while on, though the processes live. */
  silenceFlink(resource: string, on: boolean): void
  /** A TaskManager starts that nobody asked for, as after a crash between start and record. */
  addStrayTaskManager(resource: string): void
  /** What is found out of the jars of a resource's cluster. */
  warnOfJars(resource: string, warnings: string[]): void
  /** Ends a Flink job from the outside: canceled in the UI, failed for good, finished. */
  endFlinkJob(flinkJobId: string, how: 'CANCEL' | 'FAIL' | 'FINISH', exception?: string): void
  /** Deletes checkpoints behind everybody's back. */
  loseCheckpoints(flinkJobId: string): void
  /** Requests to run a jar that reached a JobManager, refused duplicates included, in order. */
  submissions(filter?: { flinkJobId?: string; name?: string }): FakeSubmission[]
  /** Clusters of which a process lives or may yet start. */
  live(): LiveCluster[]
}

export interface ControlContext extends FakeFlinkContext {
  clock: Clock
  pace: Pace
  failures: FakeFailure[]
  silent: Set<string>
  setUnreachable: (on: boolean) => void
}

export function fakeControls(context: ControlContext): FakeControls {
  const { world, clock, pace } = context
  const die = (cluster: FakeCluster, member: FakeMember | undefined, death: MemberDeath): void => {
    const resource = world.resources.get(cluster.resource)
    if (!member || !resource)
      throw new Error(`no such process lives in ${cluster.resource}, generation ${cluster.generation}`)
    endMember(cluster, resource, member, death, pace)
    schedule(cluster, clock.now(), pace)
    changed(context, cluster)
  }
  const current = (resource: string): FakeCluster => currentCluster(context, resource)
  const withMessage = (message: string | undefined) => (message === undefined ? {} : { message })
  return {
    world,
    killJobManager: (resource, code = 137, message) => {
      const cluster = current(resource)
      die(cluster, alive(cluster, 'jobmanager')[0], { exit: exited(code), at: clock.now(), ...withMessage(message) })
    },
    killTaskManager: (resource, { ordinal, code = 137, message } = {}) => {
      const cluster = current(resource)
      const member = alive(cluster, 'taskmanager').find(
        (candidate) => ordinal === undefined || candidate.ordinal === ordinal,
      )
      die(cluster, member, { exit: exited(code), at: clock.now(), ...withMessage(message) })
    },
    loseProcess: (resource, role, ordinal) => {
      const cluster = current(resource)
      const member = alive(cluster, role).find((candidate) => ordinal === undefined || candidate.ordinal === ordinal)
      die(cluster, member, { exit: { reason: 'was gone; its exit code could not be read' }, at: clock.now() })
    },
    rebootMachine: () => {
      for (const { clusters } of world.resources.values()) {
        for (const cluster of clusters) reboot(context, cluster)
      }
    },
    failNextLaunch: (failure) => context.failures.push(failure),
    makeUnreachable: context.setUnreachable,
    silenceFlink: (resource, on) => {
      if (on) context.silent.add(resource)
      else context.silent.delete(resource)
    },
    addStrayTaskManager: (resource) => {
      const cluster = current(resource)
      addMember(cluster, 'taskmanager', clock.now(), pace)
      changed(context, cluster)
    },
    warnOfJars: (resource, warnings) => {
      const cluster = current(resource)
      cluster.warnings = warnings
      changed(context, cluster)
    },
    endFlinkJob: (flinkJobId, how, exception) => endFlinkJob(context, flinkJobId, how, exception),
    loseCheckpoints: (flinkJobId) => loseCheckpoints(world, flinkJobId),
    submissions: ({ flinkJobId, name } = {}) =>
      world.submissions.filter(
        (submission) =>
          (flinkJobId === undefined || submission.flinkJobId === flinkJobId) &&
          (name === undefined || submission.name === name),
      ),
    live: () => liveClusters(context),
  }
}

function changed({ world, touched }: ControlContext, cluster: FakeCluster): void {
  world.changed(cluster.resource)
  touched(cluster)
  world.tell(cluster)
}

function currentCluster({ world, clock, pace }: ControlContext, resource: string): FakeCluster {
  const cluster = world.resources.get(resource)?.clusters.findLast(({ phase }) => phase !== 'REMOVED')
  if (!cluster) throw new Error(`${resource} has no cluster`)
  advance(world, cluster, clock.now(), pace)
  return cluster
}

/** A launch that was under way is lost too: nothing is there then, and nothing is under way. */
function reboot(context: ControlContext, cluster: FakeCluster): void {
  const { world, clock, pace } = context
  advance(world, cluster, clock.now(), pace)
  const resource = world.resources.get(cluster.resource)
  const [jobManager] = alive(cluster, 'jobmanager')
  if (cluster.phase === 'PREPARING' && resource) {
    cluster.phase = 'REMOVED'
    resource.clusters = resource.clusters.filter((other) => other !== cluster)
    changed(context, cluster)
  }
  if (!resource || !jobManager) return
  const exit = { reason: 'was gone after the machine had restarted' }
  endMember(cluster, resource, jobManager, { exit, at: clock.now(), rebooted: true }, pace)
  changed(context, cluster)
}

function endFlinkJob(
  context: ControlContext,
  flinkJobId: string,
  how: 'CANCEL' | 'FAIL' | 'FINISH',
  exception?: string,
): void {
  const { cluster, job } = findJob(context, flinkJobId)
  const resource = context.world.resources.get(cluster.resource)!
  const now = context.clock.now()
  if (how === 'CANCEL') return cancelJob(context, cluster, job)
  if (how === 'FAIL')
    failJob(job, resource, now, context.pace, exception ?? 'java.lang.RuntimeException: failed from outside', false)
  else {
    settleCheckpoints(job, resource, now)
    endJob(job, 'FINISHED', now)
  }
  schedule(cluster, now, context.pace)
  changed(context, cluster)
}

function findJob({ world, clock, pace }: ControlContext, flinkJobId: string): { cluster: FakeCluster; job: FakeJob } {
  for (const { clusters } of world.resources.values()) {
    for (const cluster of clusters) {
      advance(world, cluster, clock.now(), pace)
      const job = cluster.jobs.find(({ id }) => id === flinkJobId)
      if (job) return { cluster, job }
    }
  }
  throw new Error(`no JobManager knows the job ${flinkJobId}`)
}

function loseCheckpoints(world: FakeWorld, flinkJobId: string): void {
  for (const resource of world.resources.values()) {
    for (const key of Object.keys(resource.checkpoints)) {
      if (key.endsWith(`/${flinkJobId}`)) delete resource.checkpoints[key]
    }
    world.changed(resource.resource)
  }
}

function liveClusters({ world, clock, pace }: ControlContext): LiveCluster[] {
  const clusters = [...world.resources.values()].flatMap((resource) => resource.clusters)
  for (const cluster of clusters) advance(world, cluster, clock.now(), pace)
  return clusters
    .filter((cluster) => cluster.phase === 'PREPARING' || cluster.members.some((member) => !member.end))
    .map((cluster) => ({
      resource: cluster.resource,
      generation: cluster.generation,
      phase: cluster.phase,
      taskManagers: alive(cluster, 'taskmanager').length,
      jobs: cluster.jobs.filter((job) => !hasEnded(job)).map(({ id, name, stage }) => ({ id, name, stage })),
    }))
}
