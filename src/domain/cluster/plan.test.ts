import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { Generation, GenerationEnd } from '../cluster.ts'
import type { ClusterObservation, FlinkObservation } from '../observation.ts'
import type { Reported } from '../reported.ts'
import { clusterFacts, withClusterFacts } from './facts.ts'
import { bounds, type ClusterInput, liveGeneration } from './input.ts'
import { CRASH_LOOP_LIMIT, failuresInARow, IDLE_AFTER_MS, nextStart, planCluster, RETRY_MAX_MS } from './plan.ts'
import { clusterStatus } from './status.ts'

/** Anything that can stand in the store together with anything that can be observed of it. */
const input: fc.Arbitrary<ClusterInput> = fc
  .record({
    generations: any.generations(),
    bounds: any.bounds,
    deletion: fc.option(any.deletion, { nil: undefined }),
    runs: fc.nat(3),
    observed: any.cluster(),
    silent: fc.boolean(),
    abandoned: fc.subarray(['f1', 'f2', 'f3']),
    wanted: fc.nat(9),
  })
  .chain((drawn) =>
    any.flinkOf(drawn.observed).map((flink) => {
      const live = liveGeneration(drawn.generations)
      const session = any.sessionWith(drawn.deletion ? { deletion: drawn.deletion } : {}, drawn.bounds)
      session.status = { ...session.status, taskManagers: { running: 0, wanted: drawn.wanted } }
      return {
        ...any.clusterInput({ resource: session, generations: drawn.generations }),
        runs: drawn.runs,
        abandoned: drawn.abandoned,
        ...(live && { cluster: drawn.observed }),
        ...(live && drawn.observed.phase === 'UP' && !drawn.silent && { flink }),
      }
    }),
  )

/** As a cycle leaves it: the facts are in the records, and callers are told. */
function persisted(state: ClusterInput): ClusterInput {
  const known = withClusterFacts(state, clusterFacts(state))
  return { ...known, resource: { ...known.resource, ...clusterStatus(known) } }
}

/** But for the time of the observation. */
function reported(state: ClusterInput): Reported {
  const { status, ...rest } = clusterStatus(state)
  const { observedAt: _, ...lasting } = status
  return { ...rest, status: lasting }
}

const check = (property: (input: ClusterInput) => void): void =>
  fc.assert(fc.property(input, property), { numRuns: 500 })

describe('the plan of a cluster', () => {
  test('a cluster is begun only when the last one has ended and nothing is left of any', () => {
    check((state) => {
      const begins = planCluster(state).actions.some(({ type }) => type === 'BEGIN')
      if (!begins) return
      expect(state.resource.deletion).toBeUndefined()
      expect(
        state.generations.every(({ endedAt, removedAt }) => endedAt !== undefined && removedAt !== undefined),
      ).toBe(true)
    })
  })

  test('a cluster is begun with a number of TaskManagers within the bounds', () => {
    check((state) => {
      for (const action of planCluster(state).actions) {
        if (action.type !== 'BEGIN') continue
        expect(action.taskManagers).toBeGreaterThanOrEqual(bounds(state).min)
        expect(action.taskManagers).toBeLessThanOrEqual(bounds(state).max)
      }
    })
  })

  test('where Flink scales itself a cluster begins with the least TaskManagers, and is never scaled', () => {
    check((state) => {
      for (const action of planCluster({ ...state, selfScaling: true }).actions) {
        expect(action.type).not.toBe('SCALE')
        if (action.type === 'BEGIN') expect(action.taskManagers).toBe(Math.min(bounds(state).min, bounds(state).max))
      }
    })
  })

  test('scaling stays within the bounds and names only TaskManagers that have been idle long enough', () => {
    check((state) => {
      for (const action of planCluster(state).actions) {
        if (action.type !== 'SCALE') continue
        expect(action.wanted).toBeGreaterThanOrEqual(bounds(state).min)
        expect(action.wanted).toBeLessThanOrEqual(bounds(state).max)
        for (const id of action.idle) {
          const member = state.flink?.taskManagers.find((known) => known.id === id)
          expect(member?.freeSlots).toBe(member?.slots)
          expect(NOW - (member?.idleSince ?? Infinity)).toBeGreaterThanOrEqual(IDLE_AFTER_MS)
        }
      }
    })
  })

  test('only the live generation is launched, scaled and searched; only ended ones are removed', () => {
    check((state) => {
      const live = liveGeneration(state.generations)?.generation
      for (const action of planCluster(state).actions) {
        if (!('generation' in action)) continue
        const named = state.generations.find(({ generation }) => generation === action.generation)
        if (action.type === 'REMOVE') expect(named?.endedAt !== undefined && named.removedAt === undefined).toBe(true)
        else expect(action.generation).toBe(live)
      }
    })
  })

  test('a stray job is canceled only if it is abandoned and lives', () => {
    check((state) => {
      const canceled = planCluster(state).actions.flatMap((action) =>
        action.type === 'CANCEL_STRAY' ? [action.flinkJobId] : [],
      )
      for (const id of canceled) {
        expect(state.abandoned).toContain(id)
        expect(
          state.flink?.jobs.some((job) => job.id === id && !['FINISHED', 'CANCELED', 'FAILED'].includes(job.state)),
        ).toBe(true)
      }
    })
  })

  test('it is looked at again before long, and the same state gives the same plan', () => {
    check((state) => {
      const plan = planCluster(state)
      expect(plan.again).toBeGreaterThanOrEqual(0)
      expect(plan.again).toBeLessThanOrEqual(RETRY_MAX_MS)
      expect(planCluster(structuredClone(state))).toEqual(plan)
    })
  })

  test('settled for a time: the same observation means the same all that time, to the plan, to facts and to callers', () => {
    fc.assert(
      fc.property(input, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn, part) => {
        const state = persisted(drawn)
        const { actions, settledFor } = planCluster(state)
        if (settledFor === undefined) return
        expect(actions).toEqual([])
        const later = { ...state, now: NOW + Math.floor(Math.min(settledFor, 1_000_000) * part) }
        expect(planCluster(later).actions).toEqual([])
        expect(clusterFacts(later)).toEqual(clusterFacts(state))
        expect(reported(later)).toEqual(reported(state))
      }),
      { numRuns: 1_000 },
    )
  })

  test('nothing is started and nothing scaled while it is being deleted', () => {
    check((state) => {
      if (!state.resource.deletion) return
      const types = planCluster(state).actions.map(({ type }) => type)
      expect(types.filter((type) => !['REMOVE', 'END_FOR_DELETION', 'FINISH_DELETION'].includes(type))).toEqual([])
    })
  })

  test('in a world that obeys, every deletion comes to its end', () => {
    fc.assert(
      fc.property(input, any.deletion, (state, deletion) => {
        expect(simulateDeletion({ ...state, resource: { ...state.resource, deletion } })).toBe('GONE')
      }),
      { numRuns: 300 },
    )
  })

  test('in a world that obeys, whatever was there, a session that may start again comes up', () => {
    fc.assert(
      fc.property(input, (state) => {
        if (state.resource.deletion || nextStart(state.generations) === 'NEVER') return
        expect(simulateStart(state)).toBe('UP')
      }),
      { numRuns: 300 },
    )
  })
})

/** Every removal succeeds at the second try; runs go once the deletion is forced or one cycle later. */
function simulateDeletion(start: ClusterInput): string {
  let state = start
  const tries = new Map<number, number>()
  for (let step = 0; step < 60; step += 1) {
    const { actions } = planCluster(state)
    let { generations } = state
    for (const action of actions) {
      if (action.type === 'FINISH_DELETION')
        return state.runs > 0 || generations.some(({ removedAt }) => !removedAt) ? 'TOO EARLY' : 'GONE'
      if (action.type === 'END_FOR_DELETION') generations = ended(generations, action.generation, DELETED)
      if (action.type !== 'REMOVE') continue
      tries.set(action.generation, (tries.get(action.generation) ?? 0) + 1)
      if (tries.get(action.generation) === 2) generations = removed(generations, action.generation)
    }
    const { cluster: _, flink: __, ...rest } = state
    state = { ...rest, generations, runs: Math.max(0, state.runs - 1) }
  }
  return 'STUCK'
}

/** Launches succeed, removals too, and time passes as the plan asks for it. */
function simulateStart(start: ClusterInput): string {
  let state = start
  for (let step = 0; step < 60; step += 1) {
    const { actions, again } = planCluster(state)
    if (actions.length === 0 && state.flink && state.flink.taskManagers.length >= bounds(state).min) return 'UP'
    let { generations, cluster, flink } = state
    for (const action of actions) {
      if (action.type === 'REMOVE') generations = removed(generations, action.generation)
      if (action.type === 'BEGIN') [cluster, flink] = launched(action.taskManagers)
      if (action.type === 'LAUNCH') [cluster, flink] = launched(1)
      if (action.type === 'SCALE') [cluster, flink] = launched(action.wanted)
      if (action.type === 'BEGIN') generations = [...generations, begun(generations.length + 1, state.now)]
    }
    // Whatever was there answers now, with all that it has.
    if (liveGeneration(generations) && cluster && cluster.phase !== 'ABSENT')
      [cluster, flink] = launched(cluster.taskManagers.length)
    state = { ...state, generations, now: state.now + again, ...(cluster && { cluster }), ...(flink && { flink }) }
  }
  return 'STUCK'
}

const DELETED: GenerationEnd = { kind: 'DELETED', code: 'DELETED', message: 'deleted', retryable: false }
const ended = (all: readonly Generation[], n: number, end: GenerationEnd): Generation[] =>
  all.map((known) => (known.generation === n ? { ...known, end, endedAt: isoTime(NOW) } : known))
const removed = (all: readonly Generation[], n: number): Generation[] =>
  all.map((known) => (known.generation === n ? { ...known, removedAt: isoTime(NOW) } : known))
const begun = (generation: number, now: number): Generation => ({
  resource: 'SESSION',
  generation,
  spec: any.CLUSTER_SPEC,
  createdAt: isoTime(now),
  upAt: isoTime(now),
})

function launched(count: number): [ClusterObservation, FlinkObservation] {
  const taskManagers = Array.from({ length: count }, (_, n) => ({ id: `tm-${n}`, ordinal: n + 1 }))
  return [
    { phase: 'UP', detail: 'up', incarnation: 'new', taskManagers, exits: [] },
    {
      flinkVersion: '1.20.5',
      slotsTotal: count,
      slotsAvailable: count,
      jobs: [],
      slotsNeeded: 0,
      taskManagers: taskManagers.map(({ id }) => ({ id, slots: 1, freeSlots: 1 })),
    },
  ]
}

describe('starting again', () => {
  const lives = (count: number, end: Partial<GenerationEnd>, lived = 1_000): Generation[] =>
    Array.from({ length: count }, (_, n) => ({
      ...begun(n + 1, NOW),
      removedAt: isoTime(NOW + lived),
      endedAt: isoTime(NOW + lived),
      end: { kind: 'LOST', code: 'JOB_MANAGER_LOST', message: 'gone', retryable: true, ...end },
    }))

  test('an end that is final is never followed by a start', () => {
    fc.assert(
      fc.property(any.generations('ended'), (generations) => {
        const last = generations.at(-1)
        if (last?.end?.retryable === false) expect(nextStart(generations)).toBe('NEVER')
      }),
    )
    expect(nextStart(lives(1, { kind: 'LAUNCH_FAILED', retryable: false }))).toBe('NEVER')
  })

  test('waits grow with short lives in a row, are bounded, and end when there were too many', () => {
    const waits = Array.from({ length: CRASH_LOOP_LIMIT }, (_, n) => nextStart(lives(n + 1, {})))
    const delays = waits.slice(0, -1).map((next) => Number(next) - NOW - 1_000)
    expect(delays[0]).toBe(0)
    expect(delays.every((delay, n) => delay >= (delays[n - 1] ?? 0) && delay <= RETRY_MAX_MS)).toBe(true)
    expect(waits.at(-1)).toBe('NEVER')
  })

  test('a failed launch that may go well is tried for ever, at most a minute apart', () => {
    for (const count of [1, 5, 50]) {
      const next = nextStart(lives(count, { kind: 'LAUNCH_FAILED', code: 'PORT_TAKEN' }))
      expect(Number(next) - NOW - 1_000).toBeGreaterThanOrEqual(1_000)
      expect(Number(next) - NOW - 1_000).toBeLessThanOrEqual(RETRY_MAX_MS)
    }
  })

  test('a cluster that had lived for long is started again at once, whatever was before', () => {
    const generations = [...lives(8, {}), ...lives(1, {}, 3_600_000)]
    expect(failuresInARow(generations)).toBe(1)
    expect(nextStart(generations)).toBe(NOW + 3_600_000)
  })

  test("a restart of the machine, or of everything on purpose, is nobody's failure", () => {
    for (const code of ['MACHINE_RESTARTED', 'STOPPED_WITH_SERVER']) {
      expect(nextStart(lives(40, { code }))).toBe(NOW + 1_000)
    }
  })

  test('one more failure never brings the next start forward', () => {
    fc.assert(
      fc.property(any.generations('ended'), (generations) => {
        const [more, fewer] = [failuresInARow(generations), failuresInARow(generations.slice(1))]
        expect(more).toBeGreaterThanOrEqual(fewer)
      }),
    )
  })
})
