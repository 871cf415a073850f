import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as any from '../../../tests/support/arbitraries.ts'
import { NOW } from '../../../tests/support/arbitraries.ts'
import { isoTime } from '../clock.ts'
import type { Generation } from '../cluster.ts'
import type { Status } from '../status.ts'
import { type ClusterInput, liveGeneration } from './input.ts'
import { nextStart } from './plan.ts'
import { clusterStatus } from './status.ts'

const BEFORE: Status = {
  detail: 'running',
  restarts: 0,
  conditions: [],
  observedAt: isoTime(NOW - 90_000),
  flinkVersion: '1.20.5',
  taskManagers: { running: 2, wanted: 2 },
  slots: { total: 2, available: 1 },
}

const input: fc.Arbitrary<ClusterInput> = fc
  .record({
    generations: any.generations(),
    deletion: fc.option(any.deletion, { nil: undefined }),
    observed: any.cluster(),
    bounds: any.bounds,
    silent: fc.boolean(),
    unreachable: fc.boolean(),
    state: fc.constantFrom('RUNNING' as const, 'PENDING' as const),
    runs: fc.nat(2),
  })
  .chain((drawn) =>
    any.flinkOf(drawn.observed).map((flink) => {
      const live = liveGeneration(drawn.generations)
      return {
        resource: any.sessionWith(
          { state: drawn.state, status: BEFORE, ...(drawn.deletion && { deletion: drawn.deletion }) },
          drawn.bounds,
        ),
        generations: drawn.generations,
        runs: drawn.runs,
        runStates: [],
        abandoned: [],
        capacity: any.CAPACITY,
        now: NOW,
        ...(drawn.unreachable && { unreachable: 'the runtime does not answer' }),
        ...(live && !drawn.unreachable && { cluster: drawn.observed }),
        ...(live && !drawn.unreachable && drawn.observed.phase === 'UP' && !drawn.silent && { flink }),
      }
    }),
  )

const check = (property: (state: ClusterInput, reported: ReturnType<typeof clusterStatus>) => void): void =>
  fc.assert(
    fc.property(input, (state) => property(state, clusterStatus(state))),
    { numRuns: 400 },
  )

const isSilent = ({ generations, cluster, flink }: ClusterInput): boolean =>
  liveGeneration(generations)?.upAt !== undefined && cluster?.phase === 'UP' && !flink

describe('what callers see of a cluster', () => {
  test('the time of observation moves exactly when something could be observed', () => {
    check((state, { status }) => {
      const observed = state.unreachable === undefined && !isSilent(state)
      expect(status.observedAt).toBe(observed ? isoTime(NOW) : BEFORE.observedAt)
    })
  })

  test('while nothing can be observed, what was observed last stands', () => {
    check((state, { state: word, status }) => {
      if (state.unreachable !== undefined) expect(word).toBe(state.resource.state)
      if (state.unreachable === undefined && !isSilent(state)) return
      expect(status).toMatchObject({
        taskManagers: BEFORE.taskManagers,
        slots: BEFORE.slots,
        flinkVersion: BEFORE.flinkVersion,
      })
      if (state.resource.state === 'RUNNING') expect(word).toBe('RUNNING')
    })
  })

  test('RUNNING is said of an answering cluster with enough TaskManagers, or of one that was so a moment ago', () => {
    check((state, { state: word }) => {
      if (word !== 'RUNNING' || state.unreachable !== undefined || isSilent(state)) return
      expect(state.flink?.taskManagers.length).toBeGreaterThanOrEqual(state.resource.spec.taskManagers?.min ?? 1)
      expect(state.resource.deletion).toBeUndefined()
    })
  })

  test('FAILED always comes with the reason, and exactly when nothing is tried any more', () => {
    check((state, { state: word, status }) => {
      if (state.unreachable !== undefined || state.resource.deletion) return
      expect(word === 'FAILED').toBe(!liveGeneration(state.generations) && nextStart(state.generations) === 'NEVER')
      if (word === 'FAILED')
        expect(status.error).toMatchObject({ code: expect.any(String), message: expect.stringMatching(/./) })
      if (word === 'FAILED') expect(status.error?.retryAt).toBeUndefined()
    })
  })

  test('an error stays on show until a cluster is up again, and says when the next try is', () => {
    check((state, { status }) => {
      const live = liveGeneration(state.generations)
      const last = state.generations.findLast(({ end }) => end)
      if (live?.upAt) expect(status.error).toBeUndefined()
      else if (last?.end && last.end.code !== 'STOPPED_WITH_SERVER')
        expect(status.error?.message).toContain(last.end.message)
      if (status.error?.retryAt !== undefined) expect(live).toBeUndefined()
    })
  })

  test('it is Ready exactly when it is RUNNING, and since when moves only with that', () => {
    check((state, reported) => {
      const [ready] = reported.status.conditions
      expect(ready?.status).toBe(reported.state === 'RUNNING' ? 'True' : 'False')
      const later = clusterStatus({ ...state, resource: { ...state.resource, ...reported }, now: NOW + 60_000 })
      if (later.state === reported.state) expect(later.status.conditions[0]?.since).toBe(ready?.since)
    })
  })

  test('restarts are counted by generations, also when the first ones are forgotten', () => {
    const generation = (n: number): Generation => ({
      resource: 'SESSION',
      generation: n,
      spec: any.CLUSTER_SPEC,
      createdAt: isoTime(NOW),
    })
    const reported = clusterStatus(
      any.clusterInput({
        generations: [generation(140), generation(141)],
        runStates: ['RUNNING', 'FAILED', 'RUNNING'],
        capacity: 1,
      }),
    )
    expect(reported.status).toMatchObject({ restarts: 140, jobs: { running: 2, finished: 0, failed: 1, canceled: 0 } })
  })

  test('a wait for TaskManagers that can not be started says what is missing', () => {
    check((state) => {
      if (!state.cluster) return
      const shortage = '1 more TaskManager(s) need 8 GiB, 2 GiB are free'
      const { status } = clusterStatus({ ...state, cluster: { ...state.cluster, shortage } })
      if (/^(waiting for|starting) TaskManagers/.test(status.detail)) expect(status.detail).toContain(shortage)
    })
  })

  test('ports of processes are told while they were observed, and no longer', () => {
    check((state, { status }) => {
      if (!isSilent(state) && state.unreachable === undefined && !state.flink) expect(status.ports).toBeUndefined()
      if (!state.cluster || !state.flink) return
      const ports = [{ process: 'taskmanager-1', name: 'jmx.server.port', port: 9010 }]
      const with_ = clusterStatus({ ...state, cluster: { ...state.cluster, ports } })
      expect(with_.status.ports).toEqual(liveGeneration(state.generations) && ports)
    })
  })

  test('what the configuration will not do is told from the first moment on, once, beside what is amiss with jars', () => {
    const flinkConfiguration = {
      'zookeeper.heap.mb': '1',
      'env.java.opts.all': '-Dcom.sun.management.jmxremote.port=9010',
    }
    const session = any.sessionWith({})
    const before = any.clusterInput({
      resource: { ...session, spec: { ...session.spec, flinkConfiguration } } as typeof session,
    })
    const configured = [expect.stringContaining('zookeeper.heap.mb'), expect.stringContaining('9010')]
    const reported = clusterStatus(before)
    expect(reported.status.warnings).toEqual(configured)
    // In pods, each of which has ports of its own, one of them is no matter.
    expect(clusterStatus({ ...before, where: 'KUBERNETES' }).status.warnings).toEqual([configured[0]])
    const cluster = { phase: 'UP' as const, detail: '', taskManagers: [], exits: [], warnings: ['a jar'] }
    const later = clusterStatus({ ...before, resource: { ...before.resource, ...reported }, cluster })
    expect(later.status.warnings).toEqual([...configured, 'a jar'])
  })

  test('observed twice, it says the same', () => {
    check((state, reported) => {
      expect(clusterStatus({ ...state, resource: { ...state.resource, ...reported } })).toEqual(reported)
    })
  })
})
