/**
 * Flink's REST API as a fake JobManager answers it, without HTTP. Errors are those that `flink/rest.ts` tells apart.
 */

import type { Clock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import {
  type FlinkCheckpoints,
  type FlinkExceptions,
  type FlinkJobDetail,
  type FlinkJobOverview,
  type FlinkRest,
  FlinkRestError,
  type RunJarRequest,
} from '../../flink/rest.ts'
import { advance, canRestore } from './cluster.ts'
import {
  answerOfMain,
  behaviourOf,
  checkpointedAt,
  checkpointKey,
  checkpointsOf,
  completeMain,
  freeSlots,
  hasEnded,
  jobName,
  numberArgument,
  settleCheckpoints,
} from './jobs.ts'
import type { Pace } from './pace.ts'
import { endingOf, endMainEarly, mainCallOf, runnerError } from './runner.ts'
import {
  alive,
  type FakeCluster,
  type FakeJob,
  type FakeMain,
  type FakeStage,
  type FakeWorld,
  findCluster,
} from './world.ts'

export interface FakeFlinkContext {
  world: FakeWorld
  clock: Clock
  pace: Pace
  /** Flink does not answer there, though its JobManager lives. */
  silent: ReadonlySet<string>
  /** Called after whatever may have changed the time of the cluster's next event. */
  touched: (cluster: FakeCluster) => void
}

/** What was fetched for a job lies with the cluster and goes with it, as on every runtime with files. */
export const stagedBelow = ({ resource, generation }: ClusterRef): string => `/fake/${resource}/${generation}/`

/** `incarnation`: a client is bound to one JobManager's address, and never reaches the next one by it. */
export function fakeFlink(context: FakeFlinkContext, ref: ClusterRef, incarnation: string | undefined): FlinkRest {
  const { world, clock, pace } = context
  const connect = (): FakeCluster => {
    const cluster = findCluster(world, ref)
    if (cluster) advance(world, cluster, clock.now(), pace)
    const [jobManager] = cluster ? alive(cluster, 'jobmanager') : []
    if (!cluster || !jobManager || jobManager.id !== incarnation || context.silent.has(ref.resource)) {
      throw new FlinkRestError('UNREACHABLE', 'connect ECONNREFUSED (fake JobManager)')
    }
    if (clock.now() < cluster.answersAt)
      throw new FlinkRestError('NOT_READY', 'the JobManager has no leader yet', { status: 503 })
    return cluster
  }
  const find = (id: string): FakeJob | undefined => connect().jobs.find((job) => job.id === id)
  return {
    overview: async () => {
      const cluster = connect()
      const free = Object.values(freeSlots(cluster))
      return {
        flinkVersion: `${cluster.spec.runtime.replace('FLINK_', '').replace('_', '.')}.0-fake`,
        taskManagers: free.length,
        slotsTotal: free.length * cluster.spec.taskManager.slots,
        slotsAvailable: free.reduce((sum, slots) => sum + slots, 0),
      }
    },
    javaVersion: async () => {
      connect()
      return '17.0.0'
    },
    taskManagers: async () => {
      const cluster = connect()
      return Object.entries(freeSlots(cluster)).map(([id, free]) => ({
        id,
        slots: cluster.spec.taskManager.slots,
        freeSlots: free,
      }))
    },
    jobs: async () => connect().jobs.map((job) => overviewOf(job, clock.now())),
    hasJob: async (id) => find(id) !== undefined,
    job: async (id) => {
      const job = find(id)
      return job && detailOf(job)
    },
    exceptions: async (id) => exceptionsOf(find(id)),
    restarts: async (id) => find(id)?.restarts,
    checkpoints: async (id) => checkpointAnswer(find(id), clock.now()),
    cancel: async (id) => {
      const job = find(id)
      if (!job || hasEnded(job)) return
      cancelJob(context, connect(), job)
    },
    uploadJar: async (name, content) => {
      const cluster = connect()
      if ('path' in content && !content.path.startsWith(stagedBelow(ref)))
        throw new Error(`ENOENT: ${content.path} went with its cluster`)
      if (!cluster.jars.includes(name)) cluster.jars.push(name)
      world.changed(ref.resource)
      return `fake_${name}`
    },
    jars: async () => connect().jars.map((name) => ({ id: `fake_${name}`, name })),
    deleteJar: async (jarId) => {
      const cluster = connect()
      cluster.jars = cluster.jars.filter((name) => jarId !== `fake_${name}`)
      world.changed(ref.resource)
    },
    runJar: (jarId, request, signal) => runJar(context, connect, jarId, request, signal),
  }
}

export function cancelJob({ world, clock, pace, touched }: FakeFlinkContext, cluster: FakeCluster, job: FakeJob): void {
  const resource = world.resources.get(cluster.resource)
  if (resource) settleCheckpoints(job, resource, clock.now())
  Object.assign(job, { stage: 'CANCELLING', wakesAt: clock.now() + pace.stopMs })
  delete job.runningSince
  world.changed(cluster.resource)
  touched(cluster)
}

async function runJar(
  context: FakeFlinkContext,
  connect: () => FakeCluster,
  jarId: string,
  asked: RunJarRequest,
  signal: AbortSignal,
): Promise<{ jobId: string }> {
  const { world, clock, pace } = context
  const cluster = connect()
  const { request, byRunner, ...how } = mainCallOf(asked)
  if (!cluster.jars.some((name) => jarId === `fake_${name}`)) {
    throw new FlinkRestError('REFUSED', `Jar file ${jarId} does not exist`, {
      status: 404,
      errors: ['File does not exist'],
    })
  }
  if (how.interrupts !== undefined) return interrupt(context, cluster, how.interrupts)
  const earlier = byRunner ? cluster.mains.find((main) => main.request.jobId === request.jobId) : undefined
  if (earlier) return joined(context, cluster, earlier, signal)
  const known = cluster.jobs.some(({ id }) => id === request.jobId)
  world.submitted({
    resource: cluster.resource,
    generation: cluster.generation,
    flinkJobId: request.jobId,
    name: jobName(request),
    at: clock.now(),
    accepted: !known,
    ...defined({ entryClass: request.entryClass, savepointPath: request.savepointPath }),
  })
  if (known) throw duplicate(request.jobId)
  const slow = behaviourOf(request.entryClass).slow
  const lasts = slow ? (numberArgument(request.args, 'ms') ?? pace.slowMainMs) : pace.mainMs
  const { timeoutMs = lasts } = how
  const main: FakeMain = { request, doneAt: clock.now() + lasts }
  cluster.mains.push(main)
  if (behaviourOf(request.entryClass).waits)
    completeMain(cluster, request, clock.now(), pace, canRestore(world, request.savepointPath))
  world.changed(cluster.resource)
  context.touched(cluster)
  // Whether the state is there is decided as main() ends, which deletes or adds nothing by itself.
  await mainPassed(clock, main, Math.min(lasts, timeoutMs), signal)
  if (timeoutMs < lasts) {
    cluster.mains = cluster.mains.filter((other) => other !== main)
    throw runnerError('MainTimeoutException', `main() did not return within ${timeoutMs} ms`)
  }
  advance(world, cluster, clock.now(), pace)
  if (!alive(cluster, 'jobmanager').length) throw new FlinkRestError('UNREACHABLE', 'socket hang up (fake JobManager)')
  if (main.doubled) throw duplicate(request.jobId)
  if (byRunner && request.entryClass === 'fake.ExecutesTwice') {
    cluster.jobs = cluster.jobs.filter(({ id }) => id !== request.jobId)
    throw runnerError('SeveralJobsException', 'main() started several jobs: ["one","two"]')
  }
  return answerOfMain(request, canRestore(world, request.savepointPath))
}

function interrupt({ world }: FakeFlinkContext, cluster: FakeCluster, flinkJobId: string): never {
  const main = cluster.mains.find(({ request }) => request.jobId === flinkJobId)
  cluster.mains = cluster.mains.filter((other) => other !== main)
  world.changed(cluster.resource)
  if (main) endMainEarly(main, runnerError('MainInterruptedException', 'main() was interrupted'))
  throw runnerError('Answer', main ? 'INTERRUPTED' : 'NOT_RUNNING')
}

/** The runner calls no main() twice: who asks again gets the outcome of the first. */
async function joined(
  { world, clock, pace }: FakeFlinkContext,
  cluster: FakeCluster,
  main: FakeMain,
  signal: AbortSignal,
): Promise<never> {
  const { request, doneAt } = main
  await mainPassed(clock, main, Math.max(0, doneAt - clock.now()), signal)
  advance(world, cluster, clock.now(), pace)
  if (!alive(cluster, 'jobmanager').length) throw new FlinkRestError('UNREACHABLE', 'socket hang up (fake JobManager)')
  answerOfMain(request, canRestore(world, request.savepointPath))
  throw runnerError('AlreadyRan', 'RETURNED')
}

function duplicate(jobId: string): FlinkRestError {
  const text = `org.apache.flink.runtime.client.DuplicateJobSubmissionException: Job has already been submitted. (${jobId})`
  return new FlinkRestError('DUPLICATE', text, { status: 400, errors: [text] })
}

/** Gives up waiting when the signal says so, as a client that hangs up: what it asked for goes on. */
function passed(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    })
    function giveUp(): void {
      stop()
      reject(new FlinkRestError('UNREACHABLE', 'the request was given up', { cause: signal.reason }))
    }
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

/** Waits until main() is through; whatever ends it before, its JobManager's end for one, is thrown. */
async function mainPassed(clock: Clock, main: FakeMain, ms: number, signal: AbortSignal): Promise<void> {
  const ending = endingOf(main)
  await passed(clock, ms, AbortSignal.any([signal, ending])).catch((error: unknown) => {
    throw ending.aborted ? ending.reason : error
  })
}

const FLINK_STATES: Record<FakeStage, [job: string, subtasks: string]> = {
  WAITING: ['RUNNING', 'SCHEDULED'],
  DEPLOYING: ['RUNNING', 'DEPLOYING'],
  RUNNING: ['RUNNING', 'RUNNING'],
  RESTARTING: ['RESTARTING', 'CREATED'],
  CANCELLING: ['CANCELLING', 'CANCELING'],
  CANCELED: ['CANCELED', 'CANCELED'],
  FINISHED: ['FINISHED', 'FINISHED'],
  FAILED: ['FAILED', 'FAILED'],
}

const overviewOf = (job: FakeJob, now: number): FlinkJobOverview => {
  const [state, subtasks] = FLINK_STATES[job.stage]
  const { submittedAt, scheduledAt = 0, restartingAt = 0, endedAt = 0 } = job
  const changedAt = Math.max(submittedAt, scheduledAt, restartingAt, endedAt)
  return {
    id: job.id,
    name: job.name,
    state,
    tasks: { total: 2 * job.parallelism, [subtasks.toLowerCase()]: 2 * job.parallelism },
    startedAt: submittedAt,
    changedAt,
    unchangedMs: now - changedAt,
  }
}

function detailOf(job: FakeJob): FlinkJobDetail {
  const [state, status] = FLINK_STATES[job.stage]
  return {
    id: job.id,
    name: job.name,
    state,
    jobType: 'STREAMING',
    startedAt: job.submittedAt,
    ...defined({ endedAt: job.endedAt, runningAt: job.scheduledAt, restartingAt: job.restartingAt }),
    vertices: ['Source: fake', 'Sink: fake'].map((name, i) => ({
      id: `${i}`.repeat(32),
      name,
      parallelism: job.parallelism,
      status,
      tasks: { [status]: job.parallelism },
    })),
  }
}

function exceptionsOf(job: FakeJob | undefined): FlinkExceptions {
  const history = (job?.failures ?? []).map(({ at, exception, taskManager }) => ({
    at,
    stack: exception,
    ...defined({ task: taskManager && 'Source: fake (1/1) - execution #0', taskManager }),
  }))
  const root =
    job?.exception === undefined ? undefined : { at: job.failures[0]?.at ?? job.submittedAt, stack: job.exception }
  return { history, ...defined({ root }) }
}

function checkpointAnswer(job: FakeJob | undefined, now: number): FlinkCheckpoints {
  const id = job ? checkpointsOf(job, now) : 0
  const before = Number(/chk-(\d+)\/?$/.exec(job?.restoredFrom ?? '')?.[1] ?? 0)
  if (job?.checkpointFolder === undefined || id <= before) return { completed: 0, failed: 0 }
  const location = `${checkpointKey(job.checkpointFolder, job.id)}/chk-${id}`
  return {
    completed: id - before,
    failed: 0,
    latest: { id, location, completedAt: checkpointedAt(job, now) ?? job.submittedAt, sizeBytes: 4096 },
  }
}
