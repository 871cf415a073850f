import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { FlinkRestarts, JobAttempt } from '../cluster.ts'
import type { FlinkJobObservation, JobFailure, RestartsObservation, RunInput } from './input.ts'
import { flinkRestarts, recountDue, restartFacts, WELL_AFTER_MS } from './restarts.ts'

const MINUTE = 60_000

const failure = (n: number): JobFailure => ({ key: `f${n}`, at: NOW + n, cause: `cause ${n}`, task: 'Map (1/1)' })
/** Newest first. */
const failures = (from: number, to: number): JobFailure[] =>
  Array.from({ length: to - from + 1 }, (_, i) => failure(to - i))

const CLUSTER = {
  phase: 'UP' as const,
  detail: 'up',
  incarnation: 'life-1',
  taskManagers: [{ id: 'S-1-taskmanager-2', ordinal: 2 }],
  exits: [],
}

interface Observed {
  said?: Partial<RestartsObservation>
  incarnation?: string
  now?: number
  readySince?: number
  state?: string
}

/** A job that is looked at again and again, each time with what was written down before. */
function watched() {
  let attempt: JobAttempt = {
    job: 'JOB',
    host: 'SESSION',
    n: 1,
    flinkJobId: 'f1',
    generation: 1,
    incarnation: 'life-1',
    company: 'NONE',
    phase: 'SUBMITTED',
    createdAt: isoTime(NOW),
  }
  return ({ said, incarnation = 'life-1', now = NOW, readySince, state = 'RUNNING' }: Observed) => {
    const flinkJob: FlinkJobObservation = { state, name: 'job' }
    if (said) flinkJob.restarts = { sign: 's', failures: [], ...said }
    const ready = { type: 'Ready', status: 'True' as const, reason: 'RUNNING', message: 'running' }
    const conditions = readySince === undefined ? [] : [{ ...ready, since: isoTime(readySince) }]
    const resource = any.jobWith({ status: { detail: '', restarts: 0, conditions } })
    const cluster = { ...CLUSTER, incarnation, recovers: true }
    const more: Partial<RunInput> = { attempts: [attempt], cluster, flinkJob, resource, now, ready: true }
    const facts = restartFacts(any.runInput({ ...more, tasks: { RUNNING: 2 } }), attempt, false)
    if (facts.restarts) attempt = { ...attempt, restarts: facts.restarts }
    return { count: flinkRestarts([attempt]), restarts: attempt.restarts, ...facts }
  }
}

describe('restarts by Flink', () => {
  test('are counted once each, however often they are said', () => {
    const observe = watched()
    expect(observe({ said: { failures: failures(1, 3) } }).count).toBe(3)
    expect(observe({ said: { failures: failures(1, 3) } })).toMatchObject({ count: 3, events: [] })
    expect(observe({ said: { failures: failures(2, 5) } })).toMatchObject({ count: 5, restarts: { newest: 'f5' } })
  })

  test('of which Flink remembers too few are counted by Flink, and never fall when its count is late', () => {
    const observe = watched()
    expect(observe({ said: { failures: failures(1, 3) } }).count).toBe(3)
    expect(observe({ said: { failures: failures(85, 100), total: 94 } }).count).toBe(94)
    expect(observe({ said: { failures: failures(86, 101), total: 90 } }).count).toBe(95)
    const { restarts } = observe({ said: { failures: failures(86, 101) } })
    const later = NOW + 101 + 20_000
    expect(recountDue(restarts, later - 1_000)).toBe(false)
    expect(recountDue(restarts, later)).toBe(true)
    const recounted = observe({ said: { failures: failures(86, 101), total: 101 }, now: later })
    expect(recounted.count).toBe(101)
    expect(recountDue(recounted.restarts, later + MINUTE)).toBe(false)
  })

  test('that Flink remembers nothing of are counted by Flink once its count has come', () => {
    const observe = watched()
    const first = observe({ said: { failures: [], total: 0 } })
    expect(first).toMatchObject({ count: 0, events: [] })
    expect(recountDue(first.restarts, NOW + 20_000)).toBe(true)
    const second = observe({ said: { failures: [], total: 2 }, now: NOW + 20_000 })
    expect(second).toMatchObject({ count: 2, events: [{ message: expect.stringContaining('does not tell why') }] })
    expect(recountDue(second.restarts, NOW + 10 * MINUTE)).toBe(false)
  })

  test('have a cause while they are only about to begin, and are counted when they do', () => {
    const observe = watched()
    const pending = { at: NOW + 1, cause: 'cause 1' }
    const waiting = observe({ said: { pending } })
    expect(waiting).toMatchObject({ count: 0, events: [], restarts: { cause: 'cause 1', at: NOW + 1 } })
    expect(observe({ said: { failures: failures(1, 1) } })).toMatchObject({
      count: 1,
      events: [{ key: 'attempt:1:restart:1' }],
    })
  })

  test('go on being counted when Flink brings the job back in another JobManager, which is one more', () => {
    const observe = watched()
    expect(observe({ said: { failures: failures(1, 3) } }).count).toBe(3)
    const back = observe({ incarnation: 'life-2' })
    expect(back).toMatchObject({ count: 4, events: [{ message: expect.stringContaining('JobManager was replaced') }] })
    expect(observe({ incarnation: 'life-2' })).toMatchObject({ count: 4, events: [] })
    expect(observe({ said: { failures: failures(1, 2), total: 2 }, incarnation: 'life-2' }).count).toBe(6)
  })

  test('name the TaskManager as the rest of the timeline does, and by its ID once it is gone', () => {
    const at = (taskManager: string) =>
      watched()({ said: { failures: [{ ...failure(1), taskManager }] } }).restarts?.where
    expect(at('S-1-taskmanager-2')).toBe('in Map (1/1) on TaskManager 2')
    expect(at('S-1-taskmanager-1')).toBe('in Map (1/1) on TaskManager S-1-taskmanager-1')
  })

  test('are over when the job has run for five minutes, all of it, without another', () => {
    const over = (later: Observed): FlinkRestarts['over'] => {
      const observe = watched()
      observe({ said: { failures: [failure(0)] } })
      return observe(later).restarts?.over
    }
    const well = NOW + WELL_AFTER_MS
    expect(over({ now: well, readySince: NOW - MINUTE })).toBe(true)
    expect(over({ now: well - 1, readySince: NOW - MINUTE })).toBeUndefined()
    expect(over({ now: well, readySince: NOW + MINUTE })).toBeUndefined()
    expect(over({ now: well, readySince: NOW, state: 'RESTARTING' })).toBeUndefined()
    expect(over({ now: well })).toBeUndefined()
  })
})
