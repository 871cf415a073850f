/**
 * How fake jobs behave: what main() does by entry class, slots, failover, checkpoints. Changes clusters, asks nobody.
 */
import { defined } from '../../domain/defined.ts'
import { parseDuration } from '../../domain/duration.ts'
import { FlinkRestError, type RunJarRequest } from '../../flink/rest.ts'
import type { Pace } from './pace.ts'
import { alive, type FakeCluster, type FakeJob, type FakeResource, type FakeStage } from './world.ts'

/**
 * What main() of a class does. `submits`: a job comes of it. `error`: Flink's answer, a job or not. `slow`: main()
 * lasts `ms=N` of its arguments. main() of each of these asks for checkpoints, but where it says otherwise. Other classes
 * run for ever, and make checkpoints when the configuration has an interval, as in Flink.
 */
interface Behaviour {
  submits: boolean
  error?: { status: number; text: string }
  slow?: boolean
  /** The job is there before main() returns, which waits for its results. */
  waits?: boolean
  exits?: boolean
  /** The job ends by itself after `ms=N`. */
  bounded?: boolean
  /** The job fails `times=N` times (default: for ever) right after it started. */
  fails?: boolean
  noCheckpoints?: boolean
}

const INVOCATION = 'org.apache.flink.client.program.ProgramInvocationException'
const thrown = (text: string) => ({
  status: 400,
  text: `${INVOCATION}: The main method caused an error: ${text}\nCaused by: ${text}`,
})
const noSavepoint = (location: string | undefined): string =>
  `java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '${location}'`

const BEHAVIOURS: Record<string, Behaviour> = {
  'fake.Streaming': { submits: true },
  'fake.NoCheckpoints': { submits: true, noCheckpoints: true },
  'fake.Bounded': { submits: true, bounded: true },
  'fake.Fails': { submits: true, fails: true },
  'fake.Slow': { submits: true, slow: true },
  'fake.Waits': { submits: true, slow: true, waits: true },
  'fake.Throws': { submits: false, error: thrown('java.lang.IllegalStateException: main says no') },
  'fake.SlowThrows': { submits: false, slow: true, error: thrown('java.lang.IllegalStateException: main says no') },
  'fake.NoExecute': { submits: false, error: { status: 400, text: 'No jobs included in application.' } },
  'fake.ThrowsAfterExecute': { submits: true, error: thrown('java.lang.IllegalStateException: too late') },
  'fake.ExecutesTwice': { submits: true, error: thrown('Cannot have more than one execute() or executeAsync() call') },
  'fake.Missing': {
    submits: false,
    error: { status: 500, text: `${INVOCATION}: The program's entry point class was not found` },
  },
  'fake.SystemExit': { submits: false, exits: true },
  'fake.SlowSystemExit': { submits: false, exits: true, slow: true },
}

export const behaviourOf = (entryClass: string | undefined): Behaviour =>
  entryClass === undefined ? BEHAVIOURS['fake.Missing']! : (BEHAVIOURS[entryClass] ?? { submits: true })

/** The number of `name=N` among the arguments. */
export function numberArgument(args: readonly string[], name: string): number | undefined {
  const text = args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1)
  return text === undefined ? undefined : Number(text)
}

/** What Flink does unless it is told otherwise. */
const REMEMBERED = 16

const ENDED: readonly FakeStage[] = ['FINISHED', 'CANCELED', 'FAILED']
export const hasEnded = (job: FakeJob): boolean => ENDED.includes(job.stage)

export const jobName = (request: RunJarRequest): string =>
  request.flinkConfiguration['pipeline.name'] ?? request.entryClass?.split('.').at(-1) ?? 'Flink job'

/** What main() leaves behind when it is through. `restorable`: the savepoint that was asked for exists. */
export function completeMain(
  cluster: FakeCluster,
  request: RunJarRequest,
  at: number,
  pace: Pace,
  restorable: boolean,
): void {
  const behaviour = behaviourOf(request.entryClass)
  if (!behaviour.submits || cluster.jobs.some(({ id }) => id === request.jobId)) return
  const job = newJob(cluster, request, at, pace)
  cluster.jobs.push(job)
  if (!restorable) endJob(job, 'FAILED', at, noSavepoint(request.savepointPath))
  schedule(cluster, at, pace)
}

/** Flink's answer once main() is through. Throws FlinkRestError (REFUSED). */
export function answerOfMain(request: RunJarRequest, restorable: boolean): { jobId: string } {
  const { error, submits } = behaviourOf(request.entryClass)
  const refusal =
    error ?? (submits && !restorable ? { status: 400, text: noSavepoint(request.savepointPath) } : undefined)
  if (refusal)
    throw new FlinkRestError('REFUSED', refusal.text.split('\n')[0]!, {
      status: refusal.status,
      errors: [refusal.text],
    })
  return { jobId: request.jobId }
}

function newJob(cluster: FakeCluster, request: RunJarRequest, at: number, pace: Pace): FakeJob {
  const { bounded, fails } = behaviourOf(request.entryClass)
  const configuration = { ...cluster.spec.flinkConfiguration, ...request.flinkConfiguration }
  const folder = configuration['execution.checkpointing.dir'] ?? configuration['state.checkpoints.dir']
  const checkpointMs = checkpointInterval(request.entryClass, configuration['execution.checkpointing.interval'], pace)
  return {
    id: request.jobId,
    name: jobName(request),
    behaviour: request.entryClass ?? '',
    parallelism: Number(configuration['parallelism.default'] ?? 1),
    stage: 'WAITING',
    submittedAt: at,
    slots: {},
    restarts: 0,
    scheduledAt: at,
    failures: [],
    checkpointsBefore: Number(/chk-(\d+)\/?$/.exec(request.savepointPath ?? '')?.[1] ?? 0),
    ...defined({ restoredFrom: request.savepointPath }),
    ...(fails && { failsLeft: numberArgument(request.args, 'times') ?? pace.restartAttempts + 1 }),
    ...(bounded && { remainingMs: numberArgument(request.args, 'ms') ?? pace.boundedMs }),
    ...(folder !== undefined && checkpointMs !== undefined && { checkpointFolder: folder, checkpointMs }),
  }
}

function checkpointInterval(entryClass: string | undefined, configured: string | undefined, pace: Pace) {
  if (behaviourOf(entryClass).noCheckpoints) return undefined
  const interval = parseDuration(configured ?? '')
  if (interval !== undefined && interval > 0) return interval
  return entryClass !== undefined && entryClass in BEHAVIOURS ? pace.checkpointMs : undefined
}

/** Gives free slots to waiting jobs, first come first served; a job starts with all of its slots or waits. */
export function schedule(cluster: FakeCluster, at: number, pace: Pace): void {
  if (cluster.phase !== 'UP') return
  for (const job of cluster.jobs) {
    if (job.stage !== 'WAITING') continue
    const free = freeSlots(cluster)
    if (Object.values(free).reduce((sum, n) => sum + n, 0) < job.parallelism) continue
    let missing = job.parallelism
    for (const [id, slots] of Object.entries(free)) {
      const taken = Math.min(slots, missing)
      if (taken > 0) job.slots[id] = taken
      missing -= taken
    }
    job.stage = 'DEPLOYING'
    job.wakesAt = at + pace.deployMs
  }
}

/** Free slots of the registered TaskManagers, by ID. */
export function freeSlots(cluster: FakeCluster): Record<string, number> {
  const registered = alive(cluster, 'taskmanager').filter((member) => member.registered)
  return Object.fromEntries(
    registered.map(({ id }) => {
      const taken = cluster.jobs.reduce((sum, job) => sum + (job.slots[id] ?? 0), 0)
      return [id, cluster.spec.taskManager.slots - taken]
    }),
  )
}

/** What a job does when its time has come. */
export function wakeJob(cluster: FakeCluster, job: FakeJob, resource: FakeResource, pace: Pace): void {
  const at = job.wakesAt!
  delete job.wakesAt
  if (job.stage === 'DEPLOYING') startRunning(job, at, pace)
  else if (job.stage === 'RESTARTING') Object.assign(job, { stage: 'WAITING', scheduledAt: at })
  else if (job.stage === 'CANCELLING') endJob(job, 'CANCELED', at)
  else if (job.stage === 'RUNNING' && (job.failsLeft ?? 0) > 0) {
    job.failsLeft = (job.failsLeft ?? 1) - 1
    failJob(job, resource, at, pace, 'java.lang.RuntimeException: the job says no', job.restarts < pace.restartAttempts)
  } else if (job.stage === 'RUNNING') {
    settleCheckpoints(job, resource, at)
    // Flink deletes the checkpoints of a job that finished.
    if (job.checkpointFolder !== undefined) delete resource.checkpoints[checkpointKey(job.checkpointFolder, job.id)]
    endJob(job, 'FINISHED', at)
  }
  schedule(cluster, at, pace)
}

function startRunning(job: FakeJob, at: number, pace: Pace): void {
  job.stage = 'RUNNING'
  job.runningSince = at
  if (job.remainingMs !== undefined) job.wakesAt = at + job.remainingMs
  if ((job.failsLeft ?? 0) > 0) job.wakesAt = at + pace.failsAfterMs
}

/** A failure of the job: restarted after a delay, or given up. */
export function failJob(
  job: FakeJob,
  resource: FakeResource,
  at: number,
  pace: Pace,
  exception: string,
  restarts: boolean,
): void {
  if (hasEnded(job)) return
  settleCheckpoints(job, resource, at)
  if (job.remainingMs !== undefined && job.runningSince !== undefined) {
    job.remainingMs = Math.max(0, job.remainingMs - (at - job.runningSince))
  }
  delete job.runningSince
  const [taskManager] = Object.keys(job.slots)
  job.failures = [{ at, exception, ...defined({ taskManager }) }, ...job.failures].slice(0, REMEMBERED)
  if (!restarts) return endJob(job, 'FAILED', at, exception)
  Object.assign(job, {
    stage: 'RESTARTING',
    slots: {},
    restarts: job.restarts + 1,
    restartingAt: at,
    wakesAt: at + pace.restartMs,
    exception,
  })
}

/** Where it had slots on a TaskManager that died, it starts again from its last checkpoint. */
export function failOver(
  cluster: FakeCluster,
  taskManager: string,
  resource: FakeResource,
  at: number,
  pace: Pace,
): void {
  for (const job of cluster.jobs) {
    if (job.slots[taskManager] === undefined) continue
    if (job.stage === 'CANCELLING') delete job.slots[taskManager]
    else
      failJob(
        job,
        resource,
        at,
        pace,
        `java.util.concurrent.TimeoutException: TaskManager ${taskManager} is no longer reachable`,
        true,
      )
  }
}

export function endJob(job: FakeJob, stage: 'FINISHED' | 'CANCELED' | 'FAILED', at: number, exception?: string): void {
  job.stage = stage
  job.endedAt = at
  job.slots = {}
  delete job.wakesAt
  delete job.runningSince
  if (exception !== undefined) job.exception = exception
}

export const checkpointKey = (folder: string, flinkJobId: string): string =>
  `${folder.replace(/(?<!\/)\/+$/, '')}/${flinkJobId}`

/** How many checkpoints a job has completed in all, those before its restore included. */
export function checkpointsOf(job: FakeJob, at: number): number {
  if (job.runningSince === undefined || job.checkpointMs === undefined) return job.checkpointsBefore
  return job.checkpointsBefore + Math.max(0, Math.floor((at - job.runningSince) / job.checkpointMs))
}

/** Writes down the checkpoints of the present run. Only what a job made itself lies in its own folder. */
export function settleCheckpoints(job: FakeJob, resource: FakeResource, at: number): void {
  if (job.checkpointFolder === undefined || job.checkpointMs === undefined) return
  const newest = checkpointsOf(job, at)
  if (newest === job.checkpointsBefore) return
  resource.checkpoints[checkpointKey(job.checkpointFolder, job.id)] = newest
  const made = newest - job.checkpointsBefore
  job.checkpointsBefore = newest
  if (job.runningSince !== undefined) job.checkpointedAt = job.runningSince += made * job.checkpointMs
}

/** When the newest checkpoint was completed; undefined before the first one. */
export function checkpointedAt(job: FakeJob, at: number): number | undefined {
  const made = checkpointsOf(job, at) - job.checkpointsBefore
  if (made === 0 || job.runningSince === undefined || job.checkpointMs === undefined) return job.checkpointedAt
  return job.runningSince + made * job.checkpointMs
}
