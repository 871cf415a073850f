/** Looking at a session job: its session's cluster, Flink's word on its latest attempt, and where a further one would start. */

import type { Generation, JobAttempt } from '../domain/cluster.ts'
import { Failure } from '../domain/failure.ts'
import { type FlinkJobObservation, saysRestoreFailed } from '../domain/job-facts.ts'
import { type FoundCheckpoints, type StartPoint, startPoint } from '../domain/job-plan.ts'
import { isTerminal } from '../domain/job-state.ts'
import type { ClusterObservation } from '../domain/observation.ts'
import type { JobResource } from '../domain/resource.ts'
import { rootCause } from '../flink/failures.ts'
import { type FlinkJobDetail, type FlinkRest, FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { savedBy, type Targets } from './saved-state.ts'

export interface JobObservation {
  cluster?: ClusterObservation
  /** Flink answers in the JobManager's present life. */
  ready: boolean
  flinkJob?: FlinkJobObservation | 'MISSING'
  detail?: FlinkJobDetail
  start?: StartPoint
}

export async function observeJob(
  context: Targets,
  job: JobResource,
  attempts: readonly JobAttempt[],
  live: Generation | undefined,
): Promise<JobObservation> {
  const { runtime } = context
  if (!live) return { ready: false }
  const cluster = await observed(runtime, live)
  if (!cluster) return { ready: false }
  if (cluster.phase !== 'UP') return { cluster, ready: false }
  const last = attempts.at(-1)
  const active = last && last.phase !== 'ENDED' ? last : undefined
  const due = !job.deletion && (!last || last.outcome?.result === 'LOST')
  try {
    const flink = runtime.flink(live, cluster)
    if (active) {
      const here =
        active.generation === live.generation && (cluster.recovers || active.incarnation === cluster.incarnation)
      return here ? { cluster, ready: true, ...(await askAboutJob(flink, active)) } : { cluster, ready: false }
    }
    if (!due) return { cluster, ready: true }
    await flink.overview()
    return { cluster, ready: true, start: await findStart(context, job, attempts) }
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
    return { cluster, ready: false }
  }
}

/** undefined: the runtime can't be asked now, from which nothing follows. */
async function observed(runtime: Runtime, generation: Generation): Promise<ClusterObservation | undefined> {
  try {
    return await runtime.observe(generation)
  } catch (error) {
    if (error instanceof Failure && error.code === 'RUNTIME_UNREACHABLE') return undefined
    throw error
  }
}

async function askAboutJob(
  flink: FlinkRest,
  attempt: JobAttempt,
): Promise<Pick<JobObservation, 'flinkJob' | 'detail'>> {
  const detail = await flink.job(attempt.flinkJobId)
  if (!detail) return { flinkJob: 'MISSING' }
  const [checkpoints, exception] = await Promise.all([
    mayHaveSaved(detail) ? flink.checkpoints(attempt.flinkJobId) : undefined,
    detail.state === 'FAILED' || detail.state === 'RESTARTING' ? flink.rootException(attempt.flinkJobId) : undefined,
  ])
  return {
    detail,
    flinkJob: {
      state: detail.state,
      name: detail.name,
      ...(exception !== undefined && {
        rootException: rootCause(exception),
        restoreFailed: saysRestoreFailed(exception),
      }),
      ...(checkpoints?.latest && { lastCheckpoint: checkpoints.latest }),
    },
  }
}

/** While subtasks are still being started no checkpoint is made: asking would only keep a busy JobManager busier. */
function mayHaveSaved({ state, vertices }: FlinkJobDetail): boolean {
  if (isTerminal(state)) return true
  return vertices.every(({ tasks, parallelism }) => (tasks['RUNNING'] ?? 0) + (tasks['FINISHED'] ?? 0) === parallelism)
}

async function findStart(context: Targets, job: JobResource, attempts: readonly JobAttempt[]): Promise<StartPoint> {
  const found = new Map<number, FoundCheckpoints>()
  const last = attempts.at(-1)
  if (last) found.set(last.n, await savedBy(context, last))
  return startPoint(job, attempts, (n) => found.get(n))
}
