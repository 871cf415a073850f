/**
 * A runtime without Flink: clusters, jobs, time and faults of its own, in this process. It serves the engine's tests,
 * the console's development mode and benchmarks with thousands of sessions, and passes the conformance suite like the
 * real ones.
 *
 * May import domain, flink and `runtime.ts`. Never starts a process or waits on another clock than the one it is given,
 * and opens no connection but to the port that it is given (http.ts). Fails only as a real runtime does: with Failure
 * and FlinkRestError.
 */

import { join } from 'node:path'
import { type Clock, isoTime, systemClock } from '../../domain/clock.ts'
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { ClusterObservation } from '../../domain/observation.ts'
import type { CheckpointLocation, LogQuery, MemberLog, Runtime } from '../runtime.ts'
import { advance, launchCluster, nextTime, removeCluster, scaleCluster } from './cluster.ts'
import { type ControlContext, type FakeControls, fakeControls } from './controls.ts'
import { fakeFlink, stagedBelow } from './flink.ts'
import { readOverHttp } from './http.ts'
import { checkpointKey, settleCheckpoints } from './jobs.ts'
import { fakeOperator, forgetOperated } from './operator.ts'
import { DEFAULT_PACE, type Pace } from './pace.ts'
import { alive, createFakeWorld, type FakeCluster, type FakeWorld, findCluster } from './world.ts'

export type { FakeControls } from './controls.ts'
export type FakeRuntime = Runtime & FakeControls

export interface FakeRuntimeOptions {
  clock?: Clock
  /** Shared by every runtime that should see the same clusters; by default one of its own. */
  world?: FakeWorld
  /** Instead of a world: one that is kept below this folder, so that the next server finds it. */
  dataDir?: string
  pace?: Partial<Pace>
  /** Flink is asked over HTTP there (http.ts). */
  flinkPort?: number
  /** TaskManagers that fit here for a session that sets no `max`. */
  capacity?: number
}

export function createFakeRuntime(options: FakeRuntimeOptions = {}): FakeRuntime {
  const { clock = systemClock, capacity = 8 } = options
  const world =
    options.world ?? createFakeWorld(options.dataDir === undefined ? {} : { folder: join(options.dataDir, 'fake') })
  const pace = { ...DEFAULT_PACE, ...options.pace }
  const alarms = createAlarms(world, clock, pace)
  let unreachable = false
  const context: ControlContext = {
    world,
    clock,
    pace,
    touched: alarms.set,
    silent: new Set(),
    failures: [],
    setUnreachable: (on) => {
      unreachable = on
    },
  }
  const reach = (): void => {
    if (unreachable) throw new Failure('RUNTIME_UNREACHABLE', 'the fake runtime was made unreachable')
  }
  const unsubscribes = new Set<() => void>()
  const { flinkPort } = options
  const jobs = jobCalls(context, reach)
  return {
    ...fakeControls(context),
    name: 'fake',
    ...clusterCalls(context, alarms, reach),
    ...jobs,
    ...(flinkPort && { flink: (ref, observed) => readOverHttp(flinkPort, ref, jobs.flink(ref, observed)) }),
    defaults: (resource) => ({
      'state.checkpoints.dir': `fake:/${resource}/checkpoints`,
      'state.savepoints.dir': `fake:/${resource}/savepoints`,
    }),
    capacity: async () => ({ taskManagers: capacity, least: 1 }),
    logs: async (resource, query) => logsOf(world, resource, query),
    onSignal: (callback) => {
      const unsubscribe = world.listen(callback)
      unsubscribes.add(unsubscribe)
      return unsubscribe
    },
    close: async () => {
      alarms.close()
      for (const unsubscribe of unsubscribes) unsubscribe()
    },
  }
}

/** `reach` throws while the runtime is unreachable. */
function clusterCalls(
  { world, clock, pace, failures }: ControlContext,
  alarms: Alarms,
  reach: () => void,
): Pick<Runtime, 'observe' | 'launch' | 'scale' | 'remove' | 'forget'> {
  return {
    observe: async (ref) => {
      reach()
      const cluster = findCluster(world, ref)
      if (cluster) advance(world, cluster, clock.now(), pace)
      return observation(cluster)
    },
    launch: async (ref, spec) => {
      reach()
      if (findCluster(world, ref)) return
      launchCluster(world, ref, spec, clock.now(), pace, failures.shift())
      alarms.set(findCluster(world, ref)!)
    },
    scale: async (ref, wanted, idle) => {
      reach()
      const cluster = findCluster(world, ref)
      if (!cluster) return
      advance(world, cluster, clock.now(), pace)
      scaleCluster(cluster, wanted, idle, clock.now(), pace)
      world.changed(ref.resource)
      alarms.set(cluster)
    },
    remove: async (ref, { force }) => {
      reach()
      forgetOperated(world, ref)
      const living = removeCluster(world, ref, force, clock.now(), pace)
      const cluster = findCluster(world, ref)
      if (cluster) alarms.set(cluster)
      return {
        done: living.length === 0,
        waitingOn: living.map(({ role, ordinal }) => `${role} ${ordinal} to stop`).join(', '),
      }
    },
    forget: async (resource) => {
      reach()
      for (const cluster of world.resources.get(resource)?.clusters ?? []) alarms.clear(cluster)
      world.forget(resource)
    },
  }
}

function jobCalls(
  context: ControlContext,
  reach: () => void,
): Pick<
  FakeRuntime,
  'operatorJobs' | 'flink' | 'stageJar' | 'jarWarnings' | 'checkpoints' | 'findsCheckpoints' | 'discardCheckpoints'
> {
  const { world } = context
  return {
    operatorJobs: fakeOperator(context, reach),
    flink: (ref, observed) => fakeFlink(context, ref, observed.incarnation),
    stageJar: async (ref, _spec, uri) => {
      reach()
      if (uri.includes('missing'))
        throw new Failure('FILE_UNAVAILABLE', `${uri} is not there: check the address and that it can be read`)
      return { path: `${stagedBelow(ref)}${uri.split('/').at(-1)}` }
    },
    jarWarnings: async (_ref, _spec, jar) => (jar.includes('bundle') ? [`${jar.split('/').at(-1)} bundles Flink`] : []),
    findsCheckpoints: () => true,
    checkpoints: async (folder, flinkJobId) => findCheckpoints(context, folder, flinkJobId),
    discardCheckpoints: async (folder, flinkJobId) => {
      for (const resource of world.resources.values()) {
        if (!(checkpointKey(folder, flinkJobId) in resource.checkpoints)) continue
        delete resource.checkpoints[checkpointKey(folder, flinkJobId)]
        world.changed(resource.resource)
      }
    },
  }
}

interface Alarms {
  set: (cluster: FakeCluster) => void
  clear: (cluster: FakeCluster) => void
  close: () => void
}

/** One alarm a cluster, at its next event, so that signals fire although nobody asks. */
function createAlarms(world: FakeWorld, clock: Clock, pace: Pace): Alarms {
  const alarms = new Map<FakeCluster, { at: number; cancel: () => void }>()
  let closed = false
  const clear = (cluster: FakeCluster): void => {
    alarms.get(cluster)?.cancel()
    alarms.delete(cluster)
  }
  const set = (cluster: FakeCluster): void => {
    const at = closed ? undefined : nextTime(world, cluster, pace)
    if (at !== undefined && alarms.get(cluster)?.at === at) return
    clear(cluster)
    if (at === undefined) return
    const cancel = clock.after(Math.max(0, at - clock.now()), () => {
      alarms.delete(cluster)
      advance(world, cluster, clock.now(), pace)
      set(cluster)
    })
    alarms.set(cluster, { at, cancel })
  }
  for (const { clusters } of world.resources.values()) clusters.forEach(set)
  return {
    set,
    clear,
    close: () => {
      closed = true
      for (const cluster of [...alarms.keys()]) clear(cluster)
    },
  }
}

const DETAILS = {
  PREPARING: 'starting processes',
  UP: 'running',
  ENDED: 'the JobManager has ended',
  FAILED: 'the launch failed',
}

function observation(cluster: FakeCluster | undefined): ClusterObservation {
  if (!cluster || cluster.phase === 'REMOVED')
    return { phase: 'ABSENT', detail: 'nothing is there', taskManagers: [], exits: [] }
  const { phase, failure, warnings } = cluster
  const born = phase === 'UP' || phase === 'ENDED'
  return {
    phase,
    detail: failure && phase === 'FAILED' ? failure.message : DETAILS[phase],
    taskManagers: alive(cluster, 'taskmanager').map(({ id, ordinal }) => ({ id, ordinal })),
    exits: cluster.members.flatMap(({ end }) => (end ? [end] : [])),
    ...(born && {
      incarnation: cluster.incarnation,
      endpoint: `http://fake.invalid/${cluster.resource}/${cluster.generation}`,
    }),
    ...(phase === 'FAILED' && failure && { failure }),
    ...defined({ warnings }),
  }
}

/** Only the newest checkpoint is kept, as Flink does by default. */
function findCheckpoints(
  { world, clock, pace }: ControlContext,
  folder: string,
  flinkJobId: string,
): CheckpointLocation[] {
  const key = checkpointKey(folder, flinkJobId)
  for (const resource of world.resources.values()) {
    for (const cluster of resource.clusters) {
      const job = cluster.jobs.find(({ id }) => id === flinkJobId)
      if (!job) continue
      advance(world, cluster, clock.now(), pace)
      settleCheckpoints(job, resource, clock.now())
      world.changed(resource.resource)
    }
    const id = resource.checkpoints[key]
    if (id !== undefined) return [{ id, location: `${key}/chk-${id}` }]
  }
  return []
}

function logsOf(world: FakeWorld, resource: string, { tail, role, ordinal }: LogQuery): MemberLog[] {
  const clusters = world.resources.get(resource)?.clusters ?? []
  return clusters.toReversed().flatMap(({ generation, members }) =>
    members
      .filter(
        (member) =>
          (role === undefined || member.role === role) && (ordinal === undefined || member.ordinal === ordinal),
      )
      .map((member) => ({
        role: member.role,
        ordinal: member.ordinal,
        generation,
        alive: !member.end,
        startedAt: isoTime(member.startedAt),
        ...(member.end && { endedAt: member.end.at }),
        lines: tail > 0 ? member.log.slice(-tail) : [],
      })),
  )
}
