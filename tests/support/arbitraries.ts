/** Random states of the domain for property tests: everything that may stand in a store or be observed in the world. */
import fc from 'fast-check'
import { isoTime } from '../../src/domain/clock.ts'
import type { ClusterInput } from '../../src/domain/cluster/input.ts'
import type { AttemptOutcome, Generation, GenerationEnd, JobAttempt } from '../../src/domain/cluster.ts'
import { effectiveClusterSpec } from '../../src/domain/effective.ts'
import type { ClusterObservation, FlinkObservation, MemberExit } from '../../src/domain/observation.ts'
import type { Deletion, JobResource, Resource, SessionResource } from '../../src/domain/resource.ts'
import type { FlinkJobObservation, RunInput } from '../../src/domain/run/input.ts'
import type { TaskManagerBounds } from '../../src/domain/spec.ts'
import { NEW_STATUS } from '../../src/domain/status.ts'

export const NOW = Date.parse('2026-01-05T08:00:00.000Z')
export const CAPACITY = 6
const HOUR = 3_600_000

/** Up to an hour ago, often just now. */
export const past = fc
  .oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: HOUR }))
  .map((ago) => NOW - ago)
const pastTime = past.map(isoTime)

export const deletion: fc.Arbitrary<Deletion> = fc.record({
  requestedAt: pastTime,
  cascade: fc.boolean(),
  force: fc.boolean(),
})

export const bounds: fc.Arbitrary<TaskManagerBounds> = fc
  .tuple(fc.nat(3), fc.nat(4), fc.boolean(), fc.boolean())
  .map(([min, more, hasMin, hasMax]) => ({ ...(hasMin && { min }), ...(hasMax && { max: Math.max(1, min + more) }) }))

const resource = <Spec extends Resource['spec']>(kind: Resource['kind'], spec: Spec) => ({
  id: kind.toUpperCase(),
  kind,
  workspace: 'W',
  name: spec.name,
  spec,
  desiredState: 'RUNNING' as const,
  revision: 1,
  createdAt: isoTime(NOW - 2 * HOUR),
  updatedAt: isoTime(NOW - 2 * HOUR),
  state: 'PENDING' as const,
  status: NEW_STATUS,
})

export const sessionWith = (
  more: Partial<SessionResource> = {},
  taskManagers: TaskManagerBounds = {},
): SessionResource => ({
  ...resource('session', {
    name: 'session',
    runtime: 'FLINK_1_20' as const,
    jars: [],
    plugins: [],
    flinkConfiguration: {},
    logConfiguration: {},
    jobManagerResource: {},
    taskManagerResource: {},
    taskManagers,
  }),
  ...more,
  kind: 'session',
})

export const jobWith = (
  more: Partial<JobResource> = {},
  spec: Partial<JobResource['spec']['job']> = {},
): JobResource => ({
  ...resource('job', { name: 'job', flinkConfiguration: {}, job: { args: [], ...spec } }),
  ...more,
  kind: 'job',
  parent: 'SESSION',
})

export const CLUSTER_SPEC = effectiveClusterSpec({ spec: sessionWith().spec, workspace: 'W', runtimeDefaults: {} })

/** What a cycle knows of a session's cluster, and of a job's run on it: nothing yet, but for what is given. */
export const clusterInput = (more: Partial<ClusterInput> = {}): ClusterInput => ({
  resource: sessionWith(),
  generations: [],
  runs: 0,
  runStates: [],
  abandoned: [],
  capacity: CAPACITY,
  now: NOW,
  ...more,
})

export const runInput = (more: Partial<RunInput> = {}): RunInput => ({
  resource: jobWith(),
  host: sessionWith({ state: 'RUNNING' }),
  generations: [],
  attempts: [],
  ready: false,
  tasks: {},
  missingBefore: false,
  inFlight: false,
  unsent: false,
  tidied: false,
  now: NOW,
  ...more,
})

const LOST: [code: string, retryable: boolean][] = [
  ['JOB_MANAGER_LOST', true],
  ['MACHINE_RESTARTED', true],
  ['STOPPED_WITH_SERVER', true],
]
const LAUNCH_FAILED: [code: string, retryable: boolean][] = [
  ['PORT_TAKEN', true],
  ['START_TIMEOUT', true],
  ['JAVA_MISSING', false],
]

export const generationEnd: fc.Arbitrary<GenerationEnd> = fc.oneof(
  fc
    .constantFrom(...LOST)
    .map(([code, retryable]) => ({ kind: 'LOST' as const, code, message: `${code}!`, retryable })),
  fc
    .constantFrom(...LAUNCH_FAILED)
    .map(([code, retryable]) => ({ kind: 'LAUNCH_FAILED' as const, code, message: `${code}!`, retryable })),
)

/** As a store holds them: numbered, all but the last ended, those before the last two also removed. */
export const generations = (last: 'live' | 'ended' | 'any' = 'any'): fc.Arbitrary<Generation[]> =>
  fc
    .array(
      fc.record({
        up: fc.boolean(),
        lived: fc.integer({ min: 0, max: 300_000 }),
        end: generationEnd,
        removed: fc.boolean(),
      }),
      {
        minLength: last === 'any' ? 0 : 1,
        maxLength: 14,
      },
    )
    .chain((lives) =>
      fc.record({ isLive: fc.boolean(), gap: fc.constantFrom(100, 5_000, 100_000) }).map(({ isLive, gap }) => {
        let at = NOW - lives.reduce((sum, { lived }) => sum + lived + gap, 0)
        return lives.map(({ up, lived, end, removed }, n): Generation => {
          const newest = n === lives.length - 1
          const live = newest && (last === 'live' || (last === 'any' && isLive))
          const createdAt = at
          at += lived
          const endedAt = isoTime(at)
          at += gap
          return {
            resource: 'SESSION',
            generation: n + 1,
            spec: CLUSTER_SPEC,
            createdAt: isoTime(createdAt),
            ...(up && { upAt: isoTime(createdAt) }),
            ...(!live && { end, endedAt }),
            ...(!live && (removed || !newest) && { removedAt: endedAt }),
          }
        })
      }),
    )

const exit: fc.Arbitrary<MemberExit> = fc.record(
  {
    id: fc.uuid(),
    role: fc.constantFrom('jobmanager', 'taskmanager'),
    ordinal: fc.integer({ min: 1, max: 9 }),
    at: pastTime,
    exit: fc.constantFrom(137, 1, 143).map((code) => ({ code, reason: `exited with code ${code}` })),
    requested: fc.boolean(),
    rebooted: fc.boolean(),
  },
  { noNullPrototype: true },
)

export const cluster = (phase?: ClusterObservation['phase']): fc.Arbitrary<ClusterObservation> =>
  fc
    .record({
      phase: phase
        ? fc.constant(phase)
        : fc.constantFrom<ClusterObservation['phase'][]>('ABSENT', 'PREPARING', 'UP', 'FAILED', 'ENDED'),
      incarnation: fc.constantFrom('life-1', 'life-2'),
      count: fc.nat(8),
      exits: fc.array(exit, { maxLength: 6 }),
    })
    .map(({ phase: observed, incarnation, count, exits }) => ({
      phase: observed,
      detail: 'as observed',
      taskManagers:
        observed === 'UP' ? Array.from({ length: count }, (_, n) => ({ id: `tm-${n + 1}`, ordinal: n + 1 })) : [],
      exits: observed === 'ABSENT' ? [] : exits,
      ...(observed === 'UP' || observed === 'ENDED' ? { incarnation } : {}),
      ...(observed === 'FAILED' && { failure: { code: 'PORT_TAKEN', message: 'taken', retryable: true } }),
    }))

export const FLINK_STATES = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
]

/** Flink's answer about some of a cluster's TaskManagers. */
export const flinkOf = (observed: ClusterObservation): fc.Arbitrary<FlinkObservation> =>
  fc
    .record({
      members: fc.subarray([...observed.taskManagers]),
      free: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
      idleFor: fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 9, maxLength: 9 }),
      jobs: fc.array(
        fc.record({ id: fc.constantFrom('f1', 'f2', 'f3', 'f4'), state: fc.constantFrom(...FLINK_STATES) }),
        { maxLength: 4 },
      ),
      slotsNeeded: fc.nat(12),
      waitingFor: fc.option(fc.integer({ min: 0, max: 60_000 }), { nil: undefined }),
    })
    .map(({ members, free, idleFor, jobs, slotsNeeded, waitingFor }) => ({
      flinkVersion: '1.20.5',
      slotsTotal: members.length,
      slotsAvailable: members.filter((_, n) => free[n]).length,
      taskManagers: members.map(({ id }, n) => ({
        id,
        slots: 1,
        freeSlots: free[n] ? 1 : 0,
        ...(free[n] && { idleSince: NOW - (idleFor[n] ?? 0) }),
      })),
      jobs,
      slotsNeeded,
      ...(waitingFor !== undefined && { waitingSince: NOW - waitingFor }),
    }))

const outcome: fc.Arbitrary<AttemptOutcome> = fc
  .constantFrom('FINISHED', 'CANCELED', 'FAILED', 'LOST')
  .map((result) => ({ result }))

/** A job's attempts as a store holds them: each one but the last was LOST. */
export const attempts: fc.Arbitrary<JobAttempt[]> = fc
  .array(
    fc.record({
      generation: fc.integer({ min: 1, max: 5 }),
      checkpoint: fc.boolean(),
      startedFrom: fc.boolean(),
      phase: fc.constantFrom('SUBMITTING' as const, 'SUBMITTED' as const, 'ENDED' as const),
      company: fc.constantFrom('NONE' as const, 'OTHERS' as const, 'ALONE' as const),
      outcome,
    }),
    { maxLength: 5 },
  )
  .map((tries) =>
    tries.map((attempt, n): JobAttempt => {
      const newest = n === tries.length - 1
      const phase = newest ? attempt.phase : 'ENDED'
      return {
        job: 'JOB',
        host: 'SESSION',
        n: n + 1,
        flinkJobId: `f${n + 1}`,
        generation: attempt.generation,
        incarnation: 'life-1',
        phase,
        company: attempt.company,
        createdAt: isoTime(NOW),
        checkpointFolder: '/checkpoints',
        ...(n > 0 && attempt.startedFrom && { startedFrom: `/checkpoints/f${n}/chk-1` }),
        ...(attempt.checkpoint && phase !== 'SUBMITTING' && { lastCheckpoint: `/checkpoints/f${n + 1}/chk-2` }),
        ...(phase === 'ENDED' && {
          outcome: newest ? attempt.outcome : { result: 'LOST' as const },
          endedAt: isoTime(NOW),
        }),
      }
    }),
  )

export const flinkJob: fc.Arbitrary<FlinkJobObservation | 'MISSING'> = fc.oneof(
  fc.constant('MISSING' as const),
  fc.record(
    {
      state: fc.constantFrom(...FLINK_STATES),
      name: fc.constant('job'),
      rootException: fc.constantFrom(
        'java.lang.IllegalStateException: no',
        'java.io.IOException: Could not restore keyed state backend',
      ),
      restoreFailed: fc.boolean(),
      lastCheckpoint: fc.record({ id: fc.nat(9), location: fc.constant('/checkpoints/x/chk-9'), completedAt: past }),
    },
    { requiredKeys: ['state', 'name'], noNullPrototype: true },
  ),
)
