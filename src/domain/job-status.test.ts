import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../tests/support/arbitraries.ts'
import { NOW } from '../../tests/support/arbitraries.ts'
import { isoTime } from './clock.ts'
import type { JobAttempt } from './cluster.ts'
import type { FlinkJobObservation } from './job-facts.ts'
import { isTerminal } from './job-state.ts'
import { type JobStatusInput, jobStatus } from './job-status.ts'
import type { Status } from './status.ts'

const BEFORE: Status = {
  detail: 'running',
  restarts: 0,
  conditions: [],
  observedAt: isoTime(NOW - 90_000),
  jobState: 'RUNNING',
}

const input: fc.Arbitrary<JobStatusInput> = fc
  .record({
    attempts: any.attempts,
    flinkJob: fc.option(any.flinkJob, { nil: undefined }),
    inFlight: fc.boolean(),
    seen: fc.boolean(),
    deletion: fc.option(any.deletion, { nil: undefined }),
    sessionFailed: fc.boolean(),
    state: fc.constantFrom('RUNNING' as const, 'PENDING' as const),
  })
  .map(({ attempts, flinkJob, inFlight, seen, deletion, sessionFailed, state }) => ({
    job: any.jobWith({ state, status: BEFORE, ...(deletion && { deletion }) }),
    session: any.sessionWith(
      sessionFailed
        ? {
            state: 'FAILED',
            status: { ...BEFORE, error: { code: 'JAVA_MISSING', message: 'no Java', at: isoTime(NOW) } },
          }
        : { state: 'RUNNING' },
    ),
    attempts,
    inFlight,
    seen,
    tasks: { RUNNING: 2 },
    now: NOW,
    ...(seen && flinkJob && isAsked(attempts, flinkJob) && { flinkJob }),
  }))

/** Flink is asked about live attempts only, and one that it calls ended is written down as ended before anything is reported. */
function isAsked(attempts: readonly JobAttempt[], flinkJob: FlinkJobObservation | 'MISSING'): boolean {
  const last = attempts.at(-1)
  return last !== undefined && last.phase !== 'ENDED' && (flinkJob === 'MISSING' || !isTerminal(flinkJob.state))
}

const check = (property: (state: JobStatusInput, report: ReturnType<typeof jobStatus>) => void): void =>
  fc.assert(
    fc.property(input, (state) => property(state, jobStatus(state))),
    { numRuns: 600 },
  )

const isOver = ({ attempts }: JobStatusInput): boolean =>
  attempts.at(-1)?.phase === 'ENDED' && attempts.at(-1)?.outcome?.result !== 'LOST'

describe('what callers see of a session job', () => {
  test('the time of observation moves exactly when something could be seen', () => {
    check((state, { status }) => {
      expect(status.observedAt).toBe(state.seen ? isoTime(NOW) : BEFORE.observedAt)
    })
  })

  test('while its JobManager is silent a job stays in its state', () => {
    check((state, { state: word }) => {
      const last = state.attempts.at(-1)
      if (!state.seen && !state.inFlight && !state.job.deletion && last && last.phase !== 'ENDED')
        expect(word).toBe(state.job.state)
    })
  })

  test('RUNNING means that Flink runs its subtasks', () => {
    check((state, { state: word }) => {
      if (word !== 'RUNNING' || !state.seen) return
      expect(typeof state.flinkJob === 'object' && state.flinkJob.state === 'RUNNING').toBe(true)
    })
  })

  test('an ended job says how, whatever else is going on, until it is deleted', () => {
    check((state, { state: word, status }) => {
      if (!isOver(state)) return
      expect(word).toBe(state.job.deletion ? 'DELETING' : state.attempts.at(-1)?.outcome?.result)
      if (state.attempts.at(-1)?.outcome?.result === 'FAILED') expect(status.error).toBeDefined()
    })
  })

  test('FAILED always comes with the reason', () => {
    check((_, { state: word, status }) => {
      if (word === 'FAILED')
        expect(status.error).toMatchObject({ code: expect.any(String), message: expect.stringMatching(/./) })
    })
  })

  test("a job that waits for a failed session tells the session's reason", () => {
    check((state, { state: word, status }) => {
      const last = state.attempts.at(-1)
      const waits = !last || (last.phase === 'ENDED' && last.outcome?.result === 'LOST')
      if (!waits || state.job.deletion || state.session.state !== 'FAILED') return
      expect(word).toBe('FAILED')
      expect(status.error).toMatchObject({ code: 'JAVA_MISSING', message: 'its session failed: no Java' })
    })
  })

  test('each attempt but the first is a restart', () => {
    check(({ attempts }, { status }) => {
      expect(status.restarts).toBe(Math.max(0, attempts.length - 1))
    })
  })

  test('seen twice, it says the same', () => {
    check((state, report) => {
      expect(jobStatus({ ...state, job: { ...state.job, ...report } })).toEqual(report)
    })
  })
})
