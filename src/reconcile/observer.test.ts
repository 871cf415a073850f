import { describe, expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { type FakeRuntime, reconciled } from '../../tests/support/reconciled.ts'
import type { ClusterObservation } from '../domain/observation.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import { createClusterObserver } from './controllers/cluster/observer.ts'

/** A runtime that takes its time to answer, and counts. */
function slowRuntime(ms: number) {
  const clock = manualClock()
  const begun: number[] = []
  const runtime = {
    async observe(): Promise<ClusterObservation> {
      begun.push(clock.now())
      const incarnation = `life-${begun.length}`
      await new Promise<void>((resolve) => clock.after(ms, resolve))
      return { phase: 'UP', detail: '', incarnation, taskManagers: [], exits: [] }
    },
  } as Partial<Runtime> as Runtime
  return { clock, begun, runtime }
}

const CLUSTER = { resource: 'SESSION', generation: 1 }

describe('an observation of a cluster', () => {
  test('is shared by all who ask at the same time', async () => {
    const { clock, begun, runtime } = slowRuntime(50)
    const observer = createClusterObserver()
    const asked = Array.from({ length: 20 }, () => observer.observe(runtime, CLUSTER))
    await clock.advance(50)
    const answers = await Promise.all(asked)
    expect(begun).toHaveLength(1)
    expect(new Set(answers).size).toBe(1)
  })

  test('is never older than the question: who asks while one is under way shares the next one', async () => {
    const { clock, begun, runtime } = slowRuntime(50)
    const observer = createClusterObserver()
    const first = observer.observe(runtime, CLUSTER)
    await clock.advance(10)
    const later = [observer.observe(runtime, CLUSTER), observer.observe(runtime, CLUSTER)]
    await clock.advance(100)
    expect((await first).cluster.incarnation).toBe('life-1')
    expect((await Promise.all(later)).map(({ cluster }) => cluster.incarnation)).toEqual(['life-2', 'life-2'])
    expect(begun).toHaveLength(2)
  })

  test('of another generation is another one', async () => {
    const { clock, begun, runtime } = slowRuntime(50)
    const observer = createClusterObserver()
    const both = [observer.observe(runtime, CLUSTER), observer.observe(runtime, { ...CLUSTER, generation: 2 })]
    await clock.advance(50)
    await Promise.all(both)
    expect(begun).toHaveLength(2)
  })

  test('that fails is a failure to all who share it, and not to who asks next', async () => {
    let calls = 0
    const runtime = {
      async observe(): Promise<ClusterObservation> {
        calls += 1
        if (calls === 1) throw new Error('no answer')
        return { phase: 'ABSENT', detail: '', taskManagers: [], exits: [] }
      },
    } as Partial<Runtime> as Runtime
    const observer = createClusterObserver()
    const both = [observer.observe(runtime, CLUSTER), observer.observe(runtime, CLUSTER)]
    for (const { status } of await Promise.allSettled(both)) expect(status).toBe('rejected')
    expect((await observer.observe(runtime, CLUSTER)).cluster.phase).toBe('ABSENT')
  })

  test('serves all jobs of a session that run their cycles together: one, and not one for each', async () => {
    let observed = 0
    const through = (fake: FakeRuntime): Runtime => ({
      ...fake,
      observe(cluster) {
        observed += 1
        return fake.observe(cluster)
      },
    })
    const at = await reconciled({ through })
    const session = await at.session({ taskManagers: { max: 8 } })
    const jobs = []
    for (let n = 0; n < 8; n += 1) jobs.push(await at.job(session.id, `job ${n}`))
    for (const job of jobs) await at.inState(job, 'RUNNING')
    await at.advance(20_000)
    // That Flink does not answer is news to all jobs at once.
    const [before, cycles] = [observed, at.moments.filter((moment) => moment === 'job/observed').length]
    at.fake.silenceFlink(session.id, true)
    await at.until(() => at.moments.filter((moment) => moment === 'job/observed').length >= cycles + 8, 30_000)
    expect(at.moments.filter((moment) => moment === 'job/observed').length - cycles).toBeGreaterThanOrEqual(8)
    expect(observed - before).toBeLessThanOrEqual(3)
  })
})
