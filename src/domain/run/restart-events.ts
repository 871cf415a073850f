/**
 * What a job's timeline says of Flink's restarts. The first in a row have an event each; the next ones are summed up
 * after times that grow to an hour: a job that fails every two seconds for a day fills no more than a page. Pure.
 */
import { isoTime } from '../clock.ts'
import type { FlinkRestarts } from '../cluster.ts'
import type { NewEvent } from '../resource.ts'

const REPORTED_SINGLY = 5
const FIRST_SUM_MS = 60_000
const LONGEST_SUM_MS = 60 * 60_000
const LONGEST_CAUSE = 400
/** An event's own time says when it was, unless the event comes later than this. */
const LATE_MS = 60_000

type Reason = Pick<FlinkRestarts, 'at' | 'cause' | 'where'>

interface Occasion {
  /** What is known of the newest restarts, newest first. */
  fresh: readonly Reason[]
  /** Restarts of the job before this attempt's. */
  earlier: number
  attempt: number
  /** Nothing is left for later. */
  atOnce: boolean
  /** When the last restart before the fresh ones was. */
  lastBefore: number
  now: number
}

export interface Timeline extends Pick<FlinkRestarts, 'reported' | 'reportedAt' | 'inRow'> {
  events: NewEvent[]
}

/** The events that are due, and what is told by then. */
export function restartEvents(restarts: FlinkRestarts, occasion: Occasion): Timeline {
  const { fresh, atOnce, lastBefore, now } = occasion
  const anew = restarts.at - lastBefore > LONGEST_SUM_MS
  const unreported = restarts.count - restarts.reported
  let inRow = anew ? 0 : restarts.inRow
  let { reported, reportedAt } = restarts
  const events: NewEvent[] = []
  const report = (number: number, text: string): void => {
    events.push(event(occasion, number, text))
    reported = number
    reportedAt = now
    inRow += 1
  }
  // Each with its own cause, where that is known of all.
  const singly = fresh.length === unreported ? Math.max(0, REPORTED_SINGLY - inRow) : 0
  for (const failure of fresh.toReversed().slice(0, singly))
    report(reported + 1, single(occasion, reported + 1, failure))
  const due = atOnce || inRow < REPORTED_SINGLY || now - reportedAt >= sumAfter(inRow)
  if (restarts.count > reported && due) report(restarts.count, sum(occasion, restarts, reported, reportedAt))
  return { events, reported, reportedAt, inRow }
}

const sumAfter = (inRow: number): number =>
  Math.min(LONGEST_SUM_MS, FIRST_SUM_MS * 2 ** Math.min(inRow - REPORTED_SINGLY, 30))

const event = ({ attempt }: Occasion, number: number, message: string): NewEvent => ({
  severity: 'WARNING',
  reason: 'JobRestarted',
  message,
  key: `attempt:${attempt}:restart:${number}`,
})

function single({ earlier, now }: Occasion, number: number, failure: Reason): string {
  const at = now - failure.at > LATE_MS ? ` at ${isoTime(failure.at)}` : ''
  return `Flink restarts the job (restart ${earlier + number})${at}: ${why(failure)}`
}

function sum(occasion: Occasion, restarts: FlinkRestarts, reported: number, reportedAt: number): string {
  const { count } = restarts
  if (count - reported === 1) return single(occasion, count, restarts)
  const since =
    reported > 0 ? `${count - reported} more restarts since ${isoTime(reportedAt)}` : `${count} restarts so far`
  const latest = `the latest (restart ${occasion.earlier + count}) at ${isoTime(restarts.at)}`
  return `Flink restarts the job again and again: ${since}, ${latest}: ${why(restarts)}`
}

/** The root cause, and in which task on which TaskManager. */
export function why({ cause, where }: Reason, longest = LONGEST_CAUSE): string {
  const words = cause.length > longest ? `${cause.slice(0, longest)}...` : cause
  return where === undefined ? words : `${words} (${where})`
}
