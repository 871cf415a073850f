/**
 * Asking Flink why a job failed or was restarted. Its times of the job, which every observation brings, change with
 * each restart, one of a single region too: only then it is asked, so that a job that runs costs no request more.
 */
import type { FlinkRestarts, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { saysRestoreFailed } from '../../../domain/run/facts.ts'
import type { FlinkJobObservation, JobFailure } from '../../../domain/run/input.ts'
import { mayBeCut, recountDue } from '../../../domain/run/restarts.ts'
import { endsJob, rootCause } from '../../../flink/failures.ts'
import type { FlinkExceptions, FlinkFailure, FlinkJobDetail, FlinkRest } from '../../../flink/rest.ts'

type Failures = Pick<FlinkJobObservation, 'rootException' | 'restoreFailed' | 'restarts'>

/** Undefined where nothing has changed since Flink was asked the last time. */
export async function askAboutFailures(
  flink: FlinkRest,
  detail: FlinkJobDetail,
  { restarts: known }: JobAttempt,
  now: number,
): Promise<Failures | undefined> {
  const ended = detail.state === 'FAILED'
  const sign = signOf(detail)
  const recount = recountDue(known, now)
  if (!ended && !recount && sign === (known?.sign ?? '')) return undefined
  const said = await flink.exceptions(detail.id)
  const failures = restarted(said, ended)
  const total = recount || mayBeCut(known, failures) ? await flink.restarts(detail.id) : undefined
  const newest = said.history[0]
  const pending = said.root && !ended && !endsJob(said.root.stack) && said.root.at > (newest?.at ?? 0)
  return {
    restarts: {
      sign,
      failures,
      ...(pending && said.root && { pending: { at: said.root.at, cause: rootCause(said.root.stack) } }),
      ...defined({ total }),
    },
    ...(ended &&
      said.root && { rootException: rootCause(said.root.stack), restoreFailed: saysRestoreFailed(said.root.stack) }),
  }
}

/**
 * Empty for a job that was never restarted. While one is under way, other regions may fail and come back without a
 * change of the job's own times: its subtasks tell then.
 */
function signOf({ state, runningAt, restartingAt, vertices }: FlinkJobDetail): NonNullable<FlinkRestarts['sign']> {
  if (restartingAt === undefined) return ''
  const tasks = state === 'RESTARTING' ? vertices.map((vertex) => JSON.stringify(vertex.tasks)).join() : ''
  return `${restartingAt}/${runningAt ?? 0}${tasks && `/${tasks}`}`
}

/** The failures that were answered by a restart. The newest one of a job that has failed for good was not. */
function restarted({ history }: FlinkExceptions, ended: boolean): JobFailure[] {
  return history
    .slice(ended ? 1 : 0)
    .filter(({ stack }) => !endsJob(stack))
    .map(failureOf)
}

const failureOf = ({ at, stack, task, taskManager }: FlinkFailure): JobFailure => ({
  key: `${at} ${task ?? ''}`,
  at,
  cause: rootCause(stack),
  ...defined({ task: task?.replace(/ - execution #\d+$/, ''), taskManager }),
})
