/**
 * Observing a run: Flink's word on its latest attempt, and where a further one would start. Its host is observed
 * elsewhere.
 */

import { liveGeneration } from '../../../domain/cluster/input.ts'
import type { Generation, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import type { RunResource } from '../../../domain/resource.ts'
import type { FlinkJobObservation, RunInput, StartPoint } from '../../../domain/run/input.ts'
import { type FoundCheckpoints, startPoint } from '../../../domain/run/plan.ts'
import { isTerminal } from '../../../domain/run/state.ts'
import { type FlinkJobDetail, type FlinkRest, FlinkRestError } from '../../../flink/rest.ts'
import type { HostObservation } from '../cluster/observer.ts'
import { checkpointTrouble } from './checkpoint-trouble.ts'
import { askAboutFailures } from './failures.ts'
import { savedBy, type Targets } from './saved-state.ts'
import type { RunTracking } from './tracking.ts'

/** What of a run's input only observing tells. */
export type RunObservation = Pick<
  RunInput,
  'cluster' | 'ready' | 'flinkJob' | 'tasks' | 'jobType' | 'checkpointTrouble' | 'start'
>

interface Recorded {
  resource: RunResource
  generations: readonly Generation[]
  attempts: readonly JobAttempt[]
}

type ObservationContext = Targets & { now: number; tracking: RunTracking }

/** `host`: its live generation as it was observed since the attempts were read; undefined where it can't be asked. */
export async function observeRun(
  context: ObservationContext,
  { resource, generations, attempts }: Recorded,
  host: HostObservation | undefined,
): Promise<RunObservation> {
  const live = liveGeneration(generations)
  if (!live || !host) return { ready: false, tasks: {} }
  const { cluster } = host
  const nothing = { cluster, ready: false, tasks: {} }
  if (cluster.phase !== 'UP') return nothing
  const last = attempts.at(-1)
  const active = last && last.phase !== 'ENDED' ? last : undefined
  const due = !resource.deletion && (!last || last.outcome?.result === 'LOST')
  try {
    if (active) {
      const here =
        active.generation === live.generation && (cluster.recovers || active.incarnation === cluster.incarnation)
      if (!here) return nothing
      const flink = context.runtime.flink(live, cluster)
      return { cluster, ready: true, ...(await askAboutJob(flink, active, context)) }
    }
    if (!due) return { ...nothing, ready: true }
    if (!(await host.answers())) return nothing
    return { ...nothing, ready: true, start: await findStart(context, resource, attempts) }
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
    return nothing
  }
}

async function askAboutJob(
  flink: FlinkRest,
  attempt: JobAttempt,
  context: ObservationContext,
): Promise<Pick<RunInput, 'flinkJob' | 'tasks' | 'jobType' | 'checkpointTrouble'>> {
  // Until it is known to be there it may well not be.
  const there = attempt.phase === 'SUBMITTED' || (await flink.hasJob(attempt.flinkJobId))
  const detail = there ? await flink.job(attempt.flinkJobId) : undefined
  if (!detail) return { flinkJob: 'MISSING', tasks: {} }
  const [checkpoints, failures] = await Promise.all([
    mayHaveSaved(detail) ? flink.checkpoints(attempt.flinkJobId) : undefined,
    askAboutFailures(flink, detail, attempt, context.now),
  ])
  if (checkpoints?.latest) context.tracking.saved = { attempt: attempt.n, latest: checkpoints.latest }
  const flinkJob: FlinkJobObservation = {
    state: detail.state,
    name: detail.name,
    ...failures,
    ...defined({ lastCheckpoint: checkpoints?.latest }),
  }
  const trouble =
    checkpoints && !isTerminal(detail.state) ? await checkpointTrouble(attempt, checkpoints, context) : undefined
  return {
    flinkJob,
    tasks: subtasks(detail),
    ...defined({ jobType: detail.jobType, checkpointTrouble: trouble }),
  }
}

/**
 * While subtasks are still being started no checkpoint is made: asking would only keep a busy JobManager busier. A
 * batch job makes none at all, and of one that is INITIALIZING, or has ended as that, Flink can't tell: it has no
 * vertices. Both questions Flink would log as an ERROR each time.
 */
export function mayHaveSaved({ state, jobType, vertices }: FlinkJobDetail): boolean {
  if (jobType === 'BATCH' || vertices.length === 0) return false
  if (isTerminal(state)) return true
  return vertices.every(({ tasks, parallelism }) => (tasks['RUNNING'] ?? 0) + (tasks['FINISHED'] ?? 0) === parallelism)
}

function subtasks({ vertices }: FlinkJobDetail): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { tasks } of vertices) {
    for (const [state, count] of Object.entries(tasks)) sums[state] = (sums[state] ?? 0) + count
  }
  return sums
}

async function findStart(context: Targets, run: RunResource, attempts: readonly JobAttempt[]): Promise<StartPoint> {
  const found = new Map<number, FoundCheckpoints>()
  const last = attempts.at(-1)
  if (last) found.set(last.n, await savedBy(context, last))
  return startPoint(run, attempts, (n) => found.get(n))
}
