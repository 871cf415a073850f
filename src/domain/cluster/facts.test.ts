import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { ClusterObservation, MemberExit } from '../observation.ts'
import { clusterFacts, START_DEADLINE_MS, TASK_MANAGER_START_TRIES, withClusterFacts } from './facts.ts'
import type { ClusterInput } from './input.ts'

const input: fc.Arbitrary<ClusterInput & { cluster: ClusterObservation }> = fc
  .record({
    generations: any.generations('live'),
    observed: any.cluster(),
    silentFor: fc.option(fc.nat(400_000), { nil: undefined }),
    min: fc.nat(3),
  })
  .chain(({ generations, observed, silentFor, min }) =>
    any.flinkOf(observed).map((flink) => {
      const answers = observed.phase === 'UP' && silentFor === undefined
      return {
        ...any.clusterInput({ resource: any.sessionWith({}, { min }), generations }),
        cluster: observed,
        ...(answers && { flink }),
        ...(silentFor !== undefined && { silentSince: NOW - silentFor }),
      }
    }),
  )

const generation = { resource: 'SESSION', generation: 3, spec: any.CLUSTER_SPEC, createdAt: isoTime(NOW) }
const exit = (more: Partial<MemberExit> = {}): MemberExit => ({
  id: 'E',
  role: 'jobmanager',
  ordinal: 0,
  at: isoTime(NOW),
  exit: { code: 1, reason: 'exited with code 1' },
  requested: false,
  rebooted: false,
  ...more,
})
const observed = (more: Partial<ClusterObservation>): ClusterObservation => ({
  phase: 'UP',
  detail: '',
  taskManagers: [],
  exits: [],
  ...more,
})
const facts = (more: Partial<ClusterObservation>, rest: Partial<ClusterInput> = {}) =>
  clusterFacts(any.clusterInput({ generations: [generation], cluster: observed(more), ...rest }))
const up = (state: ClusterInput, upAt: string): ClusterInput => ({
  ...state,
  generations: state.generations.map((known) => (known.endedAt ? known : { ...known, upAt })),
})

describe('what an observation establishes of a cluster', () => {
  test('a cluster that has ended is not up, and one that is not there or not ready is neither', () => {
    fc.assert(
      fc.property(input, (state) => {
        const { up, end } = clusterFacts(state)
        expect(up && end !== undefined).toBe(false)
        const { phase } = state.cluster
        if (phase === 'ABSENT' || phase === 'PREPARING') expect({ up, end }).toEqual({ up: false, end: undefined })
        if (phase === 'ENDED' || phase === 'FAILED') expect(end).toBeDefined()
      }),
    )
  })

  test('with it comes up what it runs on, and what is to be said of that', () => {
    const flink = {
      flinkVersion: '1.17.1',
      slotsTotal: 2,
      slotsAvailable: 2,
      taskManagers: [{ id: 'T', slots: 2, freeSlots: 2 }],
      jobs: [],
      slotsNeeded: 0,
    }
    const java = (concern?: { tested: boolean; message: string }) => ({
      java: { version: '17.0.15', ...(concern && { concern }) },
    })
    const reported = (more: object) =>
      facts({}, { flink: { ...flink, ...more } }).events.map(({ severity, message }) => `${severity} ${message}`)
    const up = 'INFO Flink 1.17.1 is up on Java 17.0.15 with 1 TaskManager(s), 2 slot(s)'
    expect(reported({})).toEqual(['INFO Flink 1.17.1 is up with 1 TaskManager(s), 2 slot(s)'])
    expect(reported(java())).toEqual([up])
    expect(reported(java({ tested: true, message: 'not officially' }))).toEqual([up, 'INFO not officially'])
    expect(reported(java({ tested: false, message: 'not at all' }))).toEqual([up, 'WARNING not at all'])
  })

  test('it comes up once: with that written down, the same observation says it no more', () => {
    fc.assert(
      fc.property(input, (state) => {
        const first = clusterFacts(state)
        if (!first.up) return
        expect(withClusterFacts(state, first)).toEqual(up(state, isoTime(NOW)))
        expect(clusterFacts(withClusterFacts(state, first)).up).toBe(false)
      }),
    )
  })

  test('events of the same thing have the same key, so that each is told once however often it is observed', () => {
    fc.assert(
      fc.property(input, fc.nat(60_000), (state, later) => {
        const { events } = clusterFacts(state)
        const keys = events.map(({ key }) => key)
        expect(keys).not.toContain(undefined)
        expect(new Set(keys).size).toBe(keys.length)
        const keysLater = clusterFacts({ ...state, now: NOW + later }).events.map(({ key }) => key)
        expect(keys.filter((key) => !keysLater.includes(key))).toEqual([])
      }),
    )
  })

  test('a cluster that was up is never given up for being silent', () => {
    fc.assert(
      fc.property(input, (state) => {
        const { end } = clusterFacts(up(state, isoTime(NOW - 1e6)))
        if (state.cluster.phase === 'UP') expect(end).toBeUndefined()
      }),
    )
  })

  test('a JobManager that never answered is given up after its time', () => {
    expect(facts({}, { silentSince: NOW - START_DEADLINE_MS }).end).toBeUndefined()
    const { end } = facts({}, { silentSince: NOW - START_DEADLINE_MS - 1 })
    expect(end).toMatchObject({ kind: 'LAUNCH_FAILED', code: 'START_TIMEOUT', retryable: true })
  })

  test('TaskManagers that end before they are of use make the launch fail, with the last words of the last one', () => {
    const exits = Array.from({ length: TASK_MANAGER_START_TRIES }, (_, n) =>
      exit({ id: `E${n}`, role: 'taskmanager', ordinal: n + 1, message: 'java.net.BindException: port is taken' }),
    )
    expect(facts({ exits: exits.slice(1) }).end).toBeUndefined()
    expect(facts({ exits }).end).toMatchObject({
      code: 'TASK_MANAGER_START_FAILED',
      retryable: false,
      message: expect.stringContaining('java.net.BindException: port is taken'),
    })
    expect(facts({ exits: exits.map((one) => ({ ...one, requested: true })) }).end).toBeUndefined()
  })

  test.for([
    [{}, 'JOB_MANAGER_LOST', 'JobManager exited with code 1'],
    [
      { message: 'java.lang.OutOfMemoryError' },
      'JOB_MANAGER_LOST',
      'JobManager exited with code 1: java.lang.OutOfMemoryError',
    ],
    [{ rebooted: true }, 'MACHINE_RESTARTED', 'JobManager ended when the machine restarted'],
    [{ requested: true }, 'STOPPED_WITH_SERVER', 'JobManager exited with code 1'],
  ] as const)('a JobManager that is gone (%j) is %s', ([how, code, message]) => {
    expect(facts({ phase: 'ENDED', exits: [exit(how)] }).end).toEqual({ kind: 'LOST', code, message, retryable: true })
  })

  test('a TaskManager that was told to stop is no event, one that died is', () => {
    const exits = [
      exit({ id: 'A', role: 'taskmanager', ordinal: 1, requested: true }),
      exit({ id: 'B', role: 'taskmanager', ordinal: 2 }),
    ]
    expect(facts({ exits }).events).toMatchObject([
      { severity: 'WARNING', message: 'TaskManager 2 exited with code 1, replaced' },
    ])
  })

  test('a JobManager that Flink replaces with its jobs is told, and ends nothing', () => {
    expect(facts({ exits: [exit()], recovers: true })).toMatchObject({
      events: [
        { reason: 'JobManagerExited', message: 'JobManager exited with code 1, replaced; Flink brings its jobs back' },
      ],
    })
    expect(facts({ exits: [exit()], recovers: true }).end).toBeUndefined()
  })
})
