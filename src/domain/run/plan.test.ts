import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { JobAttempt } from '../cluster.ts'
import type { Reported } from '../reported.ts'
import { runFacts, withRunFacts } from './facts.ts'
import type { RunInput, StagedJar } from './input.ts'
import { type FoundCheckpoints, planRun, type RunAction, startPoint } from './plan.ts'
import { runStatus } from './status.ts'

const staged: fc.Arbitrary<StagedJar> = fc.oneof(
  fc.constant({ state: 'READY' as const }),
  fc.constant({ state: 'STAGING' as const, detail: 'fetching a.jar' }),
  fc.option(fc.integer({ min: -5_000, max: 5_000 }), { nil: undefined }).map((wait) => ({
    state: 'FAILED' as const,
    outcome: { result: 'FAILED' as const, code: 'FILE_UNAVAILABLE', message: 'not there' },
    ...(wait !== undefined && { retryAt: NOW + wait }),
  })),
)

/** Checkpoints as they may be found: none to be observed, none there, some. */
const found: fc.Arbitrary<FoundCheckpoints> = fc.constantFrom(
  undefined,
  [],
  [
    { id: 7, location: '/checkpoints/found/chk-7' },
    { id: 3, location: '/checkpoints/found/chk-3' },
  ],
)

/** As a cycle leaves it: the facts are in the records, and callers are told. */
function persisted(state: RunInput): RunInput {
  const known = withRunFacts(state, runFacts(state))
  return { ...known, resource: { ...known.resource, ...runStatus(known) } }
}

/** Its latest attempt is in the JobManager that lives. */
function onLiveCluster({ attempts, ready }: RunInput): Partial<RunInput> {
  const { generation = 1, incarnation = 'life-1' } = attempts.at(-1) ?? {}
  const live = { resource: 'SESSION', generation, spec: any.CLUSTER_SPEC, createdAt: isoTime(NOW - 60_000) }
  if (!ready) return { generations: [live] }
  return { generations: [live], cluster: { phase: 'UP', detail: '', incarnation, taskManagers: [], exits: [] } }
}

/** Since when the job of a main() that runs has been running, or is over. */
const times = fc.record({ runningSince: any.past, endedSince: any.past }, { requiredKeys: [] })

/** But for the time of the observation. */
function reported(state: RunInput): Reported {
  const { status, ...rest } = runStatus(state)
  const { observedAt: _, ...lasting } = status
  return { ...rest, status: lasting }
}

const input: fc.Arbitrary<RunInput> = fc
  .record({
    attempts: any.attempts,
    ready: fc.boolean(),
    flinkJob: fc.option(any.flinkJob, { nil: undefined }),
    inFlight: fc.boolean(),
    deletion: fc.option(any.deletion, { nil: undefined }),
    ownJar: fc.boolean(),
    staged: fc.option(staged, { nil: undefined }),
    found,
    inspected: fc.boolean(),
    tidied: fc.boolean(),
    initial: fc.boolean(),
    operator: fc.option(fc.record({ withdrawn: fc.boolean() }), { nil: undefined }),
  })
  .map((drawn) => {
    const job = any.jobWith(drawn.deletion ? { deletion: drawn.deletion } : {}, {
      ...(drawn.ownJar && { jarUri: 'https://example.com/a.jar' }),
      ...(drawn.initial && { initialSavepoint: { location: '/savepoints/1' } }),
    })
    return {
      ...any.runInput({ resource: job, attempts: drawn.attempts }),
      ready: drawn.ready,
      inFlight: drawn.inFlight,
      tidied: drawn.tidied,
      ...(drawn.ready && drawn.flinkJob && { flinkJob: drawn.flinkJob }),
      ...(drawn.ready && drawn.inspected && { start: startPoint(job, drawn.attempts, () => drawn.found) }),
      ...(drawn.staged && { staged: drawn.staged }),
      ...(drawn.ownJar && drawn.operator && { operator: drawn.operator }),
    }
  })

const check = (property: (state: RunInput, actions: RunAction[]) => void): void =>
  fc.assert(
    fc.property(input, (state) => property(state, planRun(state).actions)),
    { numRuns: 1_000 },
  )

const begins = ({ type }: RunAction): boolean => type === 'SUBMIT' || type === 'REFUSE'

describe('the plan of a run', () => {
  test('a further attempt is made only after none, or after one whose JobManager was lost', () => {
    check(({ attempts }, actions) => {
      const last = attempts.at(-1)
      if (actions.some(begins))
        expect(last === undefined || (last.phase === 'ENDED' && last.outcome?.result === 'LOST')).toBe(true)
    })
  })

  test('an attempt that may have reached Flink is sent again under its own ID only, once Flink has no such job', () => {
    check(({ attempts, flinkJob, inFlight, ready }, actions) => {
      for (const action of actions) {
        if (action.type !== 'REPEAT') continue
        expect(action.attempt).toBe(attempts.at(-1)?.n)
        expect({ phase: attempts.at(-1)?.phase, flinkJob, inFlight, ready }).toEqual({
          phase: 'SUBMITTING',
          flinkJob: 'MISSING',
          inFlight: false,
          ready: true,
        })
      }
    })
  })

  test('nothing is sent while a submission is under way', () => {
    check(({ inFlight, attempts }, actions) => {
      if (!inFlight || attempts.at(-1)?.phase !== 'SUBMITTING') return
      expect(actions.filter(({ type }) => type === 'REPEAT' || type === 'SUBMIT')).toEqual([])
    })
  })

  test('a job that is being deleted is neither fetched nor sent', () => {
    check(({ resource: job }, actions) => {
      if (job.deletion)
        expect(actions.filter(({ type }) => ['STAGE', 'SUBMIT', 'REPEAT', 'REFUSE', 'TIDY'].includes(type))).toEqual([])
    })
  })

  test('a job that finished, failed or was canceled is left alone, once the operator has let go of it', () => {
    check(({ resource: job, attempts, operator }, actions) => {
      const result = attempts.at(-1)?.outcome?.result
      if (job.deletion || result === undefined || result === 'LOST') return
      expect(actions).toEqual(operator?.withdrawn === false ? [{ type: 'WITHDRAW' }] : [])
    })
  })

  test('what an operator submits is never fetched, and an attempt that ended is withdrawn before all else', () => {
    check(({ attempts, operator }, actions) => {
      if (!operator) {
        expect(actions.filter(({ type }) => type === 'WITHDRAW')).toEqual([])
        return
      }
      expect(actions.filter(({ type }) => type === 'STAGE')).toEqual([])
      if (attempts.at(-1)?.phase === 'ENDED' && !operator.withdrawn) expect(actions).toEqual([{ type: 'WITHDRAW' }])
    })
  })

  test('a job with a jar of its own is sent only once that is there', () => {
    check(({ resource: job, staged: jar, operator }, actions) => {
      if (
        job.spec.job.jarUri !== undefined &&
        !operator &&
        actions.some(({ type }) => type === 'SUBMIT' || type === 'REPEAT')
      )
        expect(jar?.state).toBe('READY')
    })
  })

  test('only a live job is canceled, and only where Flink knows it', () => {
    check(({ attempts, flinkJob }, actions) => {
      for (const action of actions) {
        if (action.type !== 'CANCEL') continue
        expect(action.flinkJobId).toBe(attempts.at(-1)?.flinkJobId)
        expect(
          typeof flinkJob === 'object' && !['FINISHED', 'CANCELED', 'FAILED', 'CANCELLING'].includes(flinkJob.state),
        ).toBe(true)
      }
    })
  })

  test('the row goes only when its last attempt has ended', () => {
    check(({ attempts, inFlight, resource: job }, actions) => {
      if (!actions.some(({ type }) => type === 'FINISH_DELETION')) return
      expect(attempts.every(({ phase }) => phase === 'ENDED')).toBe(true)
      expect(inFlight && !job.deletion?.force).toBe(false)
    })
  })

  test('checkpoints of earlier attempts are deleted only when the latest has one of its own', () => {
    check(({ attempts }, actions) => {
      for (const action of actions) {
        if (action.type !== 'TIDY') continue
        expect(attempts.at(-1)?.lastCheckpoint).toBeDefined()
        expect(action.attempts).not.toContain(attempts.at(-1)?.n)
      }
    })
  })

  test('settled for a time: the same observation means the same all that time, to the plan, to facts and to callers', () => {
    fc.assert(
      fc.property(input, times, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn, main, part) => {
        const state = persisted({ ...drawn, ...onLiveCluster(drawn), ...(drawn.inFlight && main) })
        const { actions, settledFor } = planRun(state)
        if (settledFor === undefined) return
        expect(actions).toEqual([])
        const later = { ...state, now: NOW + Math.floor(Math.min(settledFor, 1_000_000) * part) }
        expect(planRun(later).actions).toEqual([])
        expect(runFacts(later)).toEqual(runFacts(state))
        expect(reported(later)).toEqual(reported(state))
      }),
      { numRuns: 1_000 },
    )
  })

  test('it is looked at again before long, and the same state gives the same plan', () => {
    check((state) => {
      expect(planRun(state).again).toBeLessThanOrEqual(60_000)
      expect(planRun(structuredClone(state))).toEqual(planRun(state))
    })
  })

  test('in a world that obeys, every deletion comes to its end', () => {
    fc.assert(
      fc.property(input, any.deletion, (state, deletion) => {
        expect(simulateDeletion({ ...state, resource: { ...state.resource, deletion } })).toBe('GONE')
      }),
      { numRuns: 500 },
    )
  })
})

/** Flink answers, main() returns after a few cycles, a canceled job ends one cycle later. */
function simulateDeletion(start: RunInput): string {
  let state: RunInput = start
  for (let step = 0; step < 30; step += 1) {
    let { attempts, flinkJob, inFlight, operator } = state
    for (const action of planRun(state).actions) {
      if (action.type === 'FINISH_DELETION') return 'GONE'
      if (action.type === 'ABANDON') attempts = ended(attempts)
      if (action.type === 'WITHDRAW') operator = { withdrawn: true }
      if (action.type === 'CANCEL') flinkJob = { state: 'CANCELLING', name: 'job' }
    }
    if (typeof flinkJob === 'object' && flinkJob.state === 'CANCELLING' && step > 5)
      flinkJob = { state: 'CANCELED', name: 'job' }
    // What runFacts would write down of it.
    if (typeof flinkJob === 'object' && ['FINISHED', 'CANCELED', 'FAILED'].includes(flinkJob.state) && !inFlight)
      attempts = ended(attempts)
    if (step === 3) inFlight = false
    state = {
      ...state,
      attempts,
      inFlight,
      ready: true,
      flinkJob: flinkJob ?? 'MISSING',
      ...(operator && { operator }),
    }
  }
  return 'STUCK'
}

const ended = (attempts: readonly JobAttempt[]): JobAttempt[] =>
  attempts.map((attempt) => ({ ...attempt, phase: 'ENDED', outcome: { result: 'CANCELED' }, endedAt: isoTime(NOW) }))

describe('where a further attempt starts', () => {
  test('a job that has ever made a checkpoint never starts empty', () => {
    fc.assert(
      fc.property(any.attempts, found, (attempts, there) => {
        const last = attempts.at(-1)
        const start = startPoint(any.jobWith(), attempts, () => there)
        if (last && (last.lastCheckpoint !== undefined || last.startedFrom !== undefined || (there?.length ?? 0) > 0)) {
          expect(start.kind).not.toBe('EMPTY')
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('state that was there and is gone is never made up for by older state', () => {
    fc.assert(
      fc.property(any.attempts, (attempts) => {
        const last = attempts.at(-1)
        if (last?.lastCheckpoint === undefined) return
        const start = startPoint(any.jobWith(), attempts, () => [])
        expect(start).toMatchObject({ kind: 'LOST_STATE', message: expect.stringContaining(last.lastCheckpoint) })
      }),
    )
  })

  const attempt: JobAttempt = {
    job: 'JOB',
    host: 'SESSION',
    n: 1,
    flinkJobId: 'f1',
    generation: 1,
    incarnation: 'life-1',
    company: 'NONE',
    phase: 'ENDED',
    createdAt: isoTime(NOW),
    outcome: { result: 'LOST' },
  }
  const job = any.jobWith({}, { initialSavepoint: { location: '/savepoints/1' } })

  test('the first attempt starts from the savepoint that the caller named', () => {
    expect(startPoint(job, [], () => undefined)).toEqual({ kind: 'FROM', location: '/savepoints/1' })
    expect(startPoint(any.jobWith(), [], () => undefined)).toEqual({ kind: 'EMPTY' })
  })

  test('what lies in the folder counts, reported or not; where that can not be read, what Flink reported', () => {
    const there = [{ id: 9, location: '/checkpoints/f1/chk-9' }]
    expect(startPoint(job, [attempt], () => there)).toEqual({ kind: 'FROM', location: '/checkpoints/f1/chk-9' })
    const reported = { ...attempt, lastCheckpoint: '/checkpoints/f1/chk-8' }
    expect(startPoint(job, [reported], () => there)).toEqual({ kind: 'FROM', location: '/checkpoints/f1/chk-9' })
    expect(startPoint(job, [reported], () => undefined)).toEqual({ kind: 'FROM', location: '/checkpoints/f1/chk-8' })
  })

  test('an attempt without a checkpoint of its own stands where it was started', () => {
    const restored = { ...attempt, startedFrom: '/checkpoints/f0/chk-4' }
    expect(startPoint(job, [restored], () => [])).toEqual({ kind: 'FROM', location: '/checkpoints/f0/chk-4' })
    expect(startPoint(job, [attempt], () => [])).toEqual({ kind: 'EMPTY' })
  })
})
