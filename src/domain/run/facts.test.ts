import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { Generation, JobAttempt } from '../cluster.ts'
import { outcomeEvent, type RunFacts, runFacts, saysRestoreFailed } from './facts.ts'
import { isSuspect, type RunInput, SUSPECTED } from './input.ts'

/** The latest attempt, the generation that it was sent to, and what was observed of them. */
interface State extends Partial<RunInput> {
  attempt: JobAttempt
  generation?: Generation
}

const factsOf = ({ attempt, generation, ...rest }: State): RunFacts =>
  runFacts(
    any.runInput({
      attempts: [attempt],
      generations: generation ? [{ ...generation, generation: attempt.generation }] : [],
      ...rest,
    }),
  )

const input: fc.Arbitrary<State> = fc
  .record({
    attempts: any.attempts,
    generations: any.generations(),
    observed: any.cluster('UP'),
    flinkJob: fc.option(any.flinkJob, { nil: undefined }),
    inFlight: fc.boolean(),
    unsent: fc.boolean(),
    missingBefore: fc.boolean(),
    known: fc.boolean(),
  })
  .filter(({ attempts }) => attempts.length > 0)
  .map(({ attempts, generations, observed, flinkJob, known, ...rest }) => {
    const attempt = attempts.at(-1) as JobAttempt
    const generation = known ? generations.at(-1) : undefined
    return {
      attempt,
      ...rest,
      ...(generation && { generation }),
      ...(generation && !generation.endedAt && { cluster: observed, ...(flinkJob && { flinkJob }) }),
    }
  })

const check = (property: (state: State) => void): void => fc.assert(fc.property(input, property), { numRuns: 1_000 })

const attempt: JobAttempt = {
  job: 'JOB',
  host: 'SESSION',
  n: 2,
  flinkJobId: 'f2',
  generation: 3,
  incarnation: 'life-1',
  company: 'NONE',
  phase: 'SUBMITTED',
  createdAt: isoTime(NOW),
}
const submitting: JobAttempt = { ...attempt, phase: 'SUBMITTING' }
const live: Generation = { resource: 'SESSION', generation: 3, spec: any.CLUSTER_SPEC, createdAt: isoTime(NOW) }
const up = { phase: 'UP' as const, detail: '', incarnation: 'life-1', taskManagers: [], exits: [] }
const endedBy = (code: string): Generation => ({
  ...live,
  endedAt: isoTime(NOW),
  end: { kind: 'LOST', code, message: `because of ${code}`, retryable: true },
})
const facts = (more: Partial<State>) => factsOf({ attempt, generation: live, cluster: up, ...more })

describe('what an observation establishes of a run', () => {
  test('an attempt that has ended stays as it is', () => {
    check((state) => {
      if (state.attempt.phase === 'ENDED') expect(factsOf(state)).toEqual({ events: [] })
    })
  })

  test('written down, it is established: the same observation finds nothing new', () => {
    check((state) => {
      const { change } = factsOf(state)
      if (change) expect(factsOf({ ...state, attempt: { ...state.attempt, ...change } }).change).toBeUndefined()
    })
  })

  test('an attempt never goes back a phase, and ends with a reason and one event', () => {
    check((state) => {
      const { change, events } = factsOf(state)
      expect(change?.phase).not.toBe('SUBMITTING')
      expect(change?.phase === 'ENDED').toBe(change?.outcome !== undefined)
      expect(events).toHaveLength(change?.outcome ? 1 : 0)
      if (change?.outcome?.result !== 'FAILED') return
      expect(change.outcome).toMatchObject({ code: expect.any(String), message: expect.stringMatching(/./) })
    })
  })

  test('nothing follows from a Flink that does not answer in the same life of its JobManager', () => {
    check((state) => {
      const { flinkJob: _, ...silent } = state
      const same =
        silent.generation && !silent.generation.end && silent.cluster?.incarnation === silent.attempt.incarnation
      if (same) expect(factsOf(silent)).toEqual({ events: [] })
    })
  })

  test('a lost JobManager costs a job that ran in it one attempt', () => {
    expect(facts({ generation: endedBy('JOB_MANAGER_LOST') }).change?.outcome).toMatchObject({ result: 'LOST' })
    expect(facts({ cluster: { ...up, incarnation: 'life-2' } }).change?.outcome).toMatchObject({ result: 'LOST' })
    expect(factsOf({ attempt }).change?.outcome).toMatchObject({
      result: 'LOST',
    })
  })

  test("a JobManager that ends by itself while main() runs in it is that job's failure", () => {
    for (const inFlight of [true, false]) {
      const { change } = facts({ attempt: submitting, generation: endedBy('JOB_MANAGER_LOST'), inFlight })
      expect(change?.outcome).toMatchObject({ result: 'FAILED', code: 'JOB_KILLED_JOB_MANAGER' })
      expect(change?.outcome?.message).toContain('because of JOB_MANAGER_LOST')
    }
  })

  test('where others ran as well it is suspected, and sent once more to run alone, which decides', () => {
    const gone = { generation: endedBy('JOB_MANAGER_LOST') }
    const { change } = facts({ ...gone, attempt: { ...submitting, company: 'OTHERS' } })
    expect(change?.outcome).toMatchObject({ result: 'LOST', code: SUSPECTED })
    expect(isSuspect([{ ...submitting, ...change }])).toBe(true)
    expect(isSuspect([{ ...submitting, ...facts({ ...gone, attempt }).change }])).toBe(false)
    const alone = facts({ ...gone, attempt: { ...submitting, company: 'ALONE' } })
    expect(alone.change?.outcome).toMatchObject({ result: 'FAILED', code: 'JOB_KILLED_JOB_MANAGER' })
  })

  test('while main() runs its answer decides what became of a job that has ended, and for a minute of one that runs', () => {
    const job = (state: string) => ({ flinkJob: { state, name: 'job' }, attempt: submitting, inFlight: true })
    const ago = (seconds: number): number => NOW - seconds * 1_000
    expect(facts({ ...job('FINISHED'), endedSince: ago(3_600) }).change).toBeUndefined()
    expect(facts({ ...job('CANCELED'), endedSince: ago(5) }).change).toBeUndefined()
    expect(facts({ ...job('CANCELED'), endedSince: ago(15) }).change).toMatchObject({ outcome: { result: 'CANCELED' } })
    expect(facts({ ...job('RUNNING'), runningSince: ago(50) }).change).toBeUndefined()
    expect(facts({ ...job('RUNNING'), runningSince: ago(70) }).change).toEqual({ phase: 'SUBMITTED' })
  })

  test.for(['MACHINE_RESTARTED', 'STOPPED_WITH_SERVER', 'DELETED'])(
    "a JobManager that ended by %s is nobody's fault",
    (code) => {
      expect(facts({ attempt: submitting, generation: endedBy(code) }).change?.outcome).toMatchObject({
        result: 'LOST',
        code,
      })
    },
  )

  test('a job that never got as far as main() is not to blame', () => {
    const { change } = facts({ attempt: submitting, generation: endedBy('JOB_MANAGER_LOST'), unsent: true })
    expect(change?.outcome).toMatchObject({ result: 'LOST', code: 'JOB_MANAGER_LOST' })
  })

  test('a job that Flink knows has got through, whatever became of the answer', () => {
    expect(facts({ attempt: submitting, flinkJob: { state: 'RUNNING', name: 'job' } }).change).toEqual({
      phase: 'SUBMITTED',
    })
    // While main() runs its answer decides: it may yet throw.
    expect(
      facts({ attempt: submitting, flinkJob: { state: 'RUNNING', name: 'job' }, inFlight: true }).change,
    ).toBeUndefined()
  })

  test('a job that was there and is unknown twice has an unknown outcome; one that is being sent is waited for', () => {
    expect(facts({ flinkJob: 'MISSING' }).change).toBeUndefined()
    const { change } = facts({ flinkJob: 'MISSING', missingBefore: true })
    expect(change?.outcome).toMatchObject({ result: 'FAILED', code: 'JOB_OUTCOME_UNKNOWN' })
    expect(facts({ attempt: submitting, flinkJob: 'MISSING', missingBefore: true }).change).toBeUndefined()
  })

  test('a failure that follows from saved state is told apart from one of the job', () => {
    const rootException = 'java.lang.Exception: Could not restore keyed state backend'
    const flinkJob = { state: 'FAILED', name: 'job', rootException, restoreFailed: true }
    expect(facts({ flinkJob }).change?.outcome).toEqual({
      result: 'FAILED',
      code: 'JOB_FAILED',
      message: rootException,
    })
    expect(facts({ flinkJob, attempt: { ...attempt, startedFrom: '/c/chk-1' } }).change?.outcome).toEqual({
      result: 'FAILED',
      code: 'RESTORE_FAILED',
      message: `could not be started from /c/chk-1: ${rootException}`,
    })
  })

  test.for([
    "java.io.FileNotFoundException: Cannot find checkpoint or savepoint file/directory '/c/chk-1'",
    'java.lang.IllegalStateException: Failed to rollback to checkpoint/savepoint /c/chk-1. ' +
      'Cannot map checkpoint/savepoint state for x',
    'org.apache.flink.util.StateMigrationException: The new state serializer must not be incompatible',
  ])("Flink's words for a restore that failed are known: %s", (words) => {
    expect(saysRestoreFailed(words)).toBe(true)
  })

  test('the newest checkpoint is noted, also of a job that has ended', () => {
    const lastCheckpoint = { id: 4, location: '/c/f2/chk-4', completedAt: NOW }
    expect(facts({ flinkJob: { state: 'RUNNING', name: 'job', lastCheckpoint } }).change).toEqual({
      lastCheckpoint: '/c/f2/chk-4',
    })
    expect(facts({ flinkJob: { state: 'FAILED', name: 'job', lastCheckpoint } }).change).toMatchObject({
      phase: 'ENDED',
      lastCheckpoint: '/c/f2/chk-4',
    })
  })

  test('an outcome is told with its Flink job ID and its reason', () => {
    expect(outcomeEvent(attempt, { result: 'FAILED', message: 'no' })).toEqual({
      severity: 'WARNING',
      reason: 'JobFailed',
      message: 'attempt 2 (Flink job f2) failed: no',
      key: 'attempt:2:ended',
    })
  })

  test('where Flink brings jobs back, one that it has taken goes on; one that ended its JobManager does not', () => {
    const next = { ...up, incarnation: 'life-2', recovers: true }
    const running = { state: 'RUNNING', name: 'job' }
    expect(facts({ cluster: next, flinkJob: running }).change).toEqual({
      restarts: expect.objectContaining({ count: 1 }),
    })
    expect(facts({ cluster: next, attempt: submitting, flinkJob: running }).change).toEqual({ phase: 'SUBMITTED' })
    expect(facts({ cluster: next, attempt: submitting, flinkJob: 'MISSING', inFlight: true }).change).toBeUndefined()
    expect(facts({ cluster: next, attempt: submitting, flinkJob: 'MISSING' }).change).toMatchObject({
      phase: 'ENDED',
      outcome: { result: 'FAILED', code: 'JOB_KILLED_JOB_MANAGER' },
    })
    expect(facts({ cluster: { ...next, recovers: false }, flinkJob: running }).change).toMatchObject({
      outcome: { result: 'LOST' },
    })
  })
})
