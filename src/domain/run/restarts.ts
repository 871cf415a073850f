/**
 * Flink's own restarts of a job: what is counted, and how long the error stands. Pure.
 *
 * Flink remembers its last failures, 16 of them unless told otherwise, newest first. Each was answered by one restart,
 * but the one that ended the job. Those above the newest known one are new. Where that one has fallen out, Flink's own
 * count (the metric `numRestarts`) fills the gap; it is up to 12 seconds late.
 */
import type { FlinkRestarts, JobAttempt } from '../cluster.ts'
import { defined } from '../defined.ts'
import type { NewEvent } from '../resource.ts'
import type { JobFailure, RestartsObservation, RunInput } from './input.ts'
import { restartEvents } from './restart-events.ts'
import { jobWord } from './state.ts'

/** A job that has run for so long without another restart is well again. */
export const WELL_AFTER_MS = 5 * 60_000
/** Measured on Flink 1.17, 1.20 and 2.3: Flink's count is at most 12 seconds late. */
const COUNT_LATE_MS = 20_000
const LONGEST_CAUSE = 1000
const LONGEST_WHERE = 200

/** Flink's restarts in all these attempts. */
export const flinkRestarts = (attempts: readonly JobAttempt[]): number =>
  attempts.reduce((sum, { restarts }) => sum + (restarts?.count ?? 0), 0)

/** Whether Flink's count, which was too young when failures may have been forgotten, can be trusted by now. */
export const recountDue = (known: FlinkRestarts | undefined, now: number): boolean =>
  known?.recount !== undefined && now - Math.max(known.at, known.recount) >= COUNT_LATE_MS

/** Whether the failures don't reach back to the newest known one, so that Flink's own count is needed. */
export const mayBeCut = (known: FlinkRestarts | undefined, failures: readonly JobFailure[]): boolean =>
  !failures.some(({ key }) => key === known?.newest)

export interface RestartFacts {
  /** Present where it is to be written. */
  restarts?: FlinkRestarts
  events: NewEvent[]
}

/** What Flink's word on an attempt says of its restarts. `ended`: Flink has ended the job. */
export function restartFacts(input: RunInput, attempt: JobAttempt, ended: boolean): RestartFacts {
  const { flinkJob, now } = input
  if (flinkJob === undefined || flinkJob === 'MISSING') return { events: [] }
  const known = onceRecovered(input, attempt)
  const fresh = flinkJob.restarts ? freshOf(known, flinkJob.restarts) : []
  const counted = flinkJob.restarts ? counting(input, known, fresh, flinkJob.restarts) : known
  if (!counted) return { events: [] }
  const settled: FlinkRestarts = !counted.over && isWell(input, counted) ? { ...counted, over: true } : counted
  const { events, ...reported } = restartEvents(settled, {
    fresh: fresh.map((failure) => ({ ...failure, ...whereOf(input, failure) })),
    earlier: input.attempts.length - 1 + flinkRestarts(input.attempts.slice(0, -1)),
    attempt: attempt.n,
    atOnce: ended || settled.over === true,
    lastBefore: attempt.restarts?.at ?? 0,
    now,
  })
  const restarts = events.length > 0 ? { ...settled, ...reported } : settled
  return restarts === attempt.restarts ? { events } : { restarts, events }
}

const NONE = { count: 0, before: 0, sign: '', at: 0, cause: '', reported: 0, reportedAt: 0, inRow: 0 }

/** Where Flink's high availability has brought the job back, its count and its memory begin anew. */
function onceRecovered({ cluster, now }: RunInput, attempt: JobAttempt): FlinkRestarts | undefined {
  const known = attempt.restarts
  const incarnation = cluster?.incarnation
  if (incarnation === undefined || attempt.phase !== 'SUBMITTED') return known
  if ((known?.incarnation ?? attempt.incarnation) === incarnation) return known
  const { count, reported, reportedAt, inRow } = known ?? NONE
  const cause = 'its JobManager was replaced, and Flink brought it back'
  return { count: count + 1, incarnation, before: count + 1, sign: '', at: now, cause, reported, reportedAt, inRow }
}

function freshOf(known: FlinkRestarts | undefined, { failures }: RestartsObservation): readonly JobFailure[] {
  const found = failures.findIndex(({ key }) => key === known?.newest)
  return found < 0 ? failures : failures.slice(0, found)
}

function counting(
  input: RunInput,
  known: FlinkRestarts | undefined,
  fresh: readonly JobFailure[],
  { sign, failures, pending, total }: RestartsObservation,
): FlinkRestarts | undefined {
  const { now, cluster } = input
  const incarnation = cluster?.incarnation
  if (incarnation === undefined) return known
  const due = recountDue(known, now)
  const again = mayBeCut(known, failures) && !(due && fresh.length === 0) ? now : due ? undefined : known?.recount
  const { recount: _, ...before } = known ?? { ...NONE, incarnation }
  const next: FlinkRestarts = {
    ...before,
    count: Math.max(before.count + fresh.length, before.before + (total ?? 0)),
    sign,
    ...(failures[0] && { newest: failures[0].key }),
    ...defined({ recount: again }),
  }
  const [newest] = fresh
  const unexplained = next.count > before.count ? { at: now, cause: 'Flink does not tell why' } : undefined
  const latest = pending && pending.at > (newest?.at ?? before.at) ? pending : (newest ?? unexplained)
  if (!latest) return next
  const { over: __, where: ___, ...failing } = next
  const where = newest && latest === newest ? whereOf(input, newest) : {}
  return { ...failing, at: latest.at, cause: cut(latest.cause, LONGEST_CAUSE), ...where }
}

/** In which task, on which TaskManager. */
function whereOf({ cluster }: RunInput, { task, taskManager }: JobFailure): { where?: string } {
  const known = cluster?.taskManagers.find(({ id }) => id === taskManager)
  const on = taskManager === undefined ? [] : [`on TaskManager ${known?.ordinal ?? taskManager}`]
  const where = [...(task === undefined ? [] : [`in ${cut(task, LONGEST_WHERE)}`]), ...on].join(' ')
  return where === '' ? {} : { where }
}

const cut = (text: string, longest: number): string => (text.length > longest ? `${text.slice(0, longest)}...` : text)

/** It runs, all of it, and has for a while without another restart. */
function isWell({ flinkJob, tasks, jobType, resource, now }: RunInput, { at }: FlinkRestarts): boolean {
  if (flinkJob === undefined || flinkJob === 'MISSING') return false
  const { state } = jobWord({ flinkState: flinkJob.state, tasks, ...defined({ jobType }) })
  const ready = resource.status.conditions.find(({ type, status }) => type === 'Ready' && status === 'True')
  return state === 'RUNNING' && ready !== undefined && now - Math.max(at, Date.parse(ready.since)) >= WELL_AFTER_MS
}
