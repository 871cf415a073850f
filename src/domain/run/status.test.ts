import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { JobAttempt } from '../cluster.ts'
import type { Status } from '../status.ts'
import type { FlinkJobObservation, RunInput } from './input.ts'
import { isTerminal } from './state.ts'
import { runStatus } from './status.ts'

const BEFORE: Status = {
  detail: 'running',
  restarts: 0,
  conditions: [],
  observedAt: isoTime(NOW - 90_000),
  jobState: 'RUNNING',
}

const LIVE = { resource: 'SESSION', generation: 1, spec: any.CLUSTER_SPEC, createdAt: isoTime(NOW) }

const input: fc.Arbitrary<RunInput> = fc
  .record({
    attempts: any.attempts,
    flinkJob: fc.option(any.flinkJob, { nil: undefined }),
    inFlight: fc.boolean(),
    ready: fc.boolean(),
    deletion: fc.option(any.deletion, { nil: undefined }),
    sessionFailed: fc.boolean(),
    state: fc.constantFrom('RUNNING' as const, 'PENDING' as const),
  })
  .map(({ attempts, flinkJob, inFlight, ready, deletion, sessionFailed, state }) => ({
    ...any.runInput(),
    resource: any.jobWith({ state, status: BEFORE, ...(deletion && { deletion }) }),
    host: any.sessionWith(
      sessionFailed
        ? {
            state: 'FAILED',
            status: { ...BEFORE, error: { code: 'JAVA_MISSING', message: 'no Java', at: isoTime(NOW) } },
          }
        : { state: 'RUNNING' },
    ),
    attempts,
    inFlight,
    generations: [LIVE],
    ready,
    tasks: { RUNNING: 2 },
    ...(ready && flinkJob && isAsked(attempts, flinkJob) && { flinkJob }),
  }))

/**
 * Flink is asked about live attempts only, and one that it calls ended is written down as ended before anything is
 * reported.
 */
function isAsked(attempts: readonly JobAttempt[], flinkJob: FlinkJobObservation | 'MISSING'): boolean {
  const last = attempts.at(-1)
  return last !== undefined && last.phase !== 'ENDED' && (flinkJob === 'MISSING' || !isTerminal(flinkJob.state))
}

const check = (property: (state: RunInput, reported: ReturnType<typeof runStatus>) => void): void =>
  fc.assert(
    fc.property(input, (state) => property(state, runStatus(state))),
    { numRuns: 600 },
  )

const isOver = ({ attempts }: RunInput): boolean =>
  attempts.at(-1)?.phase === 'ENDED' && attempts.at(-1)?.outcome?.result !== 'LOST'

describe('what callers see of a run', () => {
  test('the time of observation moves exactly when something could be observed', () => {
    check((state, { status }) => {
      expect(status.observedAt).toBe(state.ready ? isoTime(NOW) : BEFORE.observedAt)
    })
  })

  test('while its JobManager is silent a job stays in its state', () => {
    check((state, { state: word }) => {
      const last = state.attempts.at(-1)
      if (!state.ready && !state.inFlight && !state.resource.deletion && last && last.phase !== 'ENDED')
        expect(word).toBe(state.resource.state)
    })
  })

  test('RUNNING means that Flink runs its subtasks', () => {
    check((state, { state: word }) => {
      if (word !== 'RUNNING' || !state.ready) return
      expect(typeof state.flinkJob === 'object' && state.flinkJob.state === 'RUNNING').toBe(true)
    })
  })

  test('an ended job says how, whatever else is going on, until it is deleted', () => {
    check((state, { state: word, status }) => {
      if (!isOver(state)) return
      expect(word).toBe(state.resource.deletion ? 'DELETING' : state.attempts.at(-1)?.outcome?.result)
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
      if (!waits || state.resource.deletion || state.host.state !== 'FAILED') return
      expect(word).toBe('FAILED')
      expect(status.error).toMatchObject({ code: 'JAVA_MISSING', message: 'its session failed: no Java' })
    })
  })

  test('each attempt but the first is a restart', () => {
    check(({ attempts }, { status }) => {
      expect(status.restarts).toBe(Math.max(0, attempts.length - 1))
    })
  })

  test('configuration of processes in a job is told to have no effect', () => {
    const run = any.runInput()
    const spec = (flinkConfiguration: Record<string, string>) =>
      ({ ...run, resource: { ...run.resource, spec: { ...run.resource.spec, flinkConfiguration } } }) as RunInput
    const warned = runStatus(spec({ 'env.java.opts.all': '-Da', 'parallelism.default': '2' }))
    expect(warned.status.warnings).toEqual([expect.stringMatching(/^env\.java\.opts\.all has no effect in a job: /)])
    expect(runStatus(spec({})).status.warnings).toBeUndefined()
  })

  test('observed twice, it says the same', () => {
    check((state, reported) => {
      expect(runStatus({ ...state, resource: { ...state.resource, ...reported } })).toEqual(reported)
    })
  })
})
