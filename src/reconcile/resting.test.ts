/** Resources of which nothing is due: what they cost, and that nothing about them is missed. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ManualClock } from '../../tests/support/clock.ts'
import {
  type FakeRuntime,
  type Reconciled,
  type ReconciledOptions,
  reconciled,
} from '../../tests/support/reconciled.ts'
import type { ClusterRef } from '../domain/cluster.ts'
import type { JobResource, SessionResource } from '../domain/resource.ts'
import type { FlinkRest } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'

const MINUTE = 60_000
const MANY_SLOTS = { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '100' } }

/** Counts what Flink and the runtime are asked, and tells of nothing that happens: it has to be observed. */
function deaf(calls: Record<string, number> = {}): ReconciledOptions {
  const counted = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name: string & keyof T) {
        calls[name] = (calls[name] ?? 0) + 1
        return object[name]
      },
    })
  return {
    through: (fake): Runtime => ({
      ...fake,
      observe: (cluster) => counted(fake).observe(cluster),
      flink: (ref, cluster): FlinkRest => counted(fake.flink(ref, cluster)),
      onSignal: () => () => {},
    }),
  }
}

/** A session with so many jobs, all of them at rest. */
async function atRest(jobCount: number, options: ReconciledOptions = {}) {
  const at = await reconciled(options)
  const session = await at.session(MANY_SLOTS)
  const jobs: JobResource[] = []
  for (let n = 0; n < jobCount; n += 1) jobs.push(await at.job(session.id, `job ${n}`))
  for (const job of jobs) await at.inState(job, 'RUNNING')
  for (const job of jobs) await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
  await at.advance(MINUTE)
  return { at, session, jobs, job: jobs[0] as JobResource }
}

const WRITES = ['transaction', 'observed', 'update', 'append', 'checkpointed']

describe('a session and its jobs at rest', () => {
  test('cost one observation each interval for all of them: no cycle, no read or write of the store', async () => {
    const calls: Record<string, number> = {}
    const { at, session, jobs } = await atRest(5, deaf(calls))
    const [head, before] = [await at.store.changes.head(), at.moments.length]
    for (const name of Object.keys(calls)) delete calls[name]
    await at.advance(10 * MINUTE)
    const moments = at.moments.slice(before)
    expect(moments.filter((moment) => WRITES.includes(moment.replace('call/', '')))).toEqual([])
    expect(moments.filter((moment) => /^(session|job)\//.test(moment))).toEqual([])
    // The resync reads what there is, and nothing of it; the workspace has cycles of its own.
    expect(moments).not.toContain('call/list')
    expect(moments.filter((moment) => moment === 'call/get').length).toBe(
      moments.filter((moment) => moment === 'workspace/loaded').length,
    )
    expect(await at.store.changes.head()).toBe(head)
    // Every 5 s, and one job's checkpoints each time.
    expect(calls['observe']).toBeGreaterThanOrEqual(115)
    expect(calls['observe']).toBeLessThanOrEqual(127)
    expect(calls['taskManagers']).toBe(calls['observe'])
    expect(calls['jobs']).toBe(calls['observe'])
    expect(calls['checkpoints']).toBe(calls['observe'])
    expect(calls).not.toHaveProperty('job')
    expect(calls).not.toHaveProperty('exceptions')
    for (const resource of [session, ...jobs]) {
      const { observedAt = '' } = (await at.stored(resource))?.status ?? {}
      expect(at.clock.now() - Date.parse(observedAt)).toBeLessThanOrEqual(6_000)
    }
    expect(at.errors).toEqual([])
  })

  test('tell of new checkpoints, which the store need not know', async () => {
    const { at, jobs } = await atRest(5, deaf())
    const head = await at.store.changes.head()
    for (let n = 0; n < 3; n += 1) {
      await at.advance(MINUTE)
      for (const job of jobs) {
        const { completedAt = '' } = (await at.stored(job))?.status.lastCheckpoint ?? {}
        expect(at.clock.now() - Date.parse(completedAt)).toBeLessThanOrEqual(31_000)
      }
    }
    expect(await at.store.changes.head()).toBe(head)
  })

  test('have each new checkpoint in the store where nobody can find it in its folder', async () => {
    const options: ReconciledOptions = {
      through: (fake) => ({ ...fake, findsCheckpoints: () => false, checkpoints: async () => undefined }),
    }
    const { at, job } = await atRest(5, options)
    const head = await at.store.changes.head()
    for (let n = 0; n < 3; n += 1) {
      await at.advance(MINUTE)
      const [attempt] = await at.attempts(job)
      const newest = Number(/chk-(\d+)$/.exec(attempt?.lastCheckpoint ?? '')?.[1])
      expect(newest).toBeGreaterThanOrEqual(
        Math.floor((at.clock.now() - Date.parse(attempt?.createdAt ?? '')) / 1_000) - 8,
      )
    }
    expect(await at.store.changes.head()).toBe(head)
  })

  test('tell within a minute that checkpoints fail', async () => {
    let failing = false
    const fails = (flink: FlinkRest, now: () => number): FlinkRest => ({
      ...flink,
      async checkpoints(id) {
        const answer = await flink.checkpoints(id)
        return failing ? { ...answer, latestFailed: { at: now() + 1, message: 'the disk is full' } } : answer
      },
    })
    const { at, jobs } = await atRest(5, {
      through: (fake, clock) => ({ ...fake, flink: (ref, cluster) => fails(fake.flink(ref, cluster), clock.now) }),
    })
    failing = true
    for (const job of jobs) await at.until(async () => (await at.stored(job))?.status.warnings, MINUTE)
    failing = false
    for (const job of jobs) await at.until(async () => (await at.stored(job))?.status.warnings === undefined, MINUTE)
  })
})

type Happening = (at: Reconciled, session: SessionResource, job: JobResource) => Promise<unknown> | unknown

/** What happens behind the server's back, and what shows that it was noticed. */
const HAPPENINGS: Record<string, { happens: Happening; shows: Happening }> = {
  'a JobManager that dies': {
    happens: (at, session) => at.fake.killJobManager(session.id),
    shows: async (at, session) => (await at.store.generations.list(session.id)).length === 2,
  },
  'a TaskManager that dies': {
    happens: (at, session) => at.fake.killTaskManager(session.id),
    shows: async (at, session) => (await at.events(session)).some(({ reason }) => reason === 'TaskManagerExited'),
  },
  'a TaskManager too many': {
    happens: (at, session) => at.fake.addStrayTaskManager(session.id),
    shows: async (at, session) => (await at.stored(session))?.status.taskManagers?.running === 2,
  },
  'a job that is canceled in Flink': {
    happens: (at, _session, job) => at.fake.endFlinkJob(job.spec.job.id ?? '', 'CANCEL'),
    shows: async (at, _session, job) => (await at.stored(job))?.state === 'CANCELED',
  },
  'a job that fails': {
    happens: (at, _session, job) => at.fake.endFlinkJob(job.spec.job.id ?? '', 'FAIL', 'java.lang.Error: it broke'),
    shows: async (at, _session, job) => (await at.stored(job))?.status.error?.message === 'java.lang.Error: it broke',
  },
  'a JobManager that does not answer': {
    happens: (at, session) => at.fake.silenceFlink(session.id, true),
    shows: async (at, session, job) =>
      (await at.stored(session))?.status.detail === 'the JobManager does not answer at the moment' &&
      (await at.stored(job))?.status.detail === 'the JobManager does not answer at the moment',
  },
  'a runtime that can not be reached': {
    happens: (at) => at.fake.makeUnreachable(true),
    shows: async (at, session) => (await at.stored(session))?.status.detail === 'the fake runtime was made unreachable',
  },
}

describe('what happens to a session and its jobs at rest', () => {
  test.for(Object.entries(HAPPENINGS))('%s: it is noticed by the next observation', async ([, { happens, shows }]) => {
    const { at, session, job } = await atRest(2, deaf())
    await happens(at, session, job)
    await at.until(async () => (await shows(at, session, job)) === true, 7_000)
    expect(at.errors).toEqual([])
  })

  const signalled = Object.entries(HAPPENINGS).filter(([name]) => !/answer|reached|cancel|too many/.test(name))
  test.for(signalled)('%s: it is noticed at once where the runtime tells', async ([, { happens, shows }]) => {
    const { at, session, job } = await atRest(2)
    await happens(at, session, job)
    await at.until(async () => (await shows(at, session, job)) === true, 500)
  })

  test('a restart that is over before anybody observes it is counted', async () => {
    const { at, job, session } = await atRest(2, {
      ...deaf(),
      pace: { restartMs: 20, deployMs: 20, taskManagerMs: 20 },
    })
    at.fake.killTaskManager(session.id)
    await at.until(async () => (await at.stored(job))?.status.restarts === 1, 15_000)
    await at.inState(job, 'RUNNING')
  })

  test('a cycle of another kind, which a signal without one may bring, leaves what is at rest as it is', async () => {
    const { at, session, job } = await atRest(1, deaf())
    at.wake('application', session.id)
    await at.advance(100)
    at.fake.endFlinkJob(job.spec.job.id ?? '', 'CANCEL')
    await at.until(async () => (await at.stored(job))?.state === 'CANCELED', 7_000)
  })

  test('a signal in the middle of the first cycle of a session loses no job that waits for it', async () => {
    let signal: (cluster: ClusterRef) => void = () => {}
    const at = await reconciled({
      through: (fake, clock) => ({
        ...fake,
        onSignal(callback) {
          signal = callback
          return fake.onSignal(callback)
        },
        // As one is whose objects a watch tells of before the last of them is made.
        async launch(cluster, spec) {
          await fake.launch(cluster, spec)
          await new Promise<void>((resolve) => void clock.after(200, resolve))
          signal(cluster)
          await new Promise<void>((resolve) => void clock.after(200, resolve))
        },
      }),
    })
    const session = await at.session()
    await at.advance(100)
    const job = await at.job(session.id, 'a')
    await at.inState(session, 'RUNNING')
    await at.until(async () => (await at.stored(job))?.state === 'RUNNING', 5_000)
  })

  test('a job that is created or deleted, and a session that is, need not wait for an observation', async () => {
    const { at, session, job } = await atRest(2)
    const fresh = await at.job(session.id, 'fresh')
    await at.until(() => at.fake.submissions({ name: 'fresh' }).length === 1, 1_000)
    await at.inState(fresh, 'RUNNING')
    await at.remove(job)
    await at.until(async () => (await at.stored(job)) === undefined, 3_000)
    await at.until(async () => (await at.stored(session))?.status.jobs?.running === 2, 1_000)
    await at.remove(session, { cascade: true })
    await at.until(async () => (await at.stored(session)) === undefined, 10_000)
  })
})

/** What callers, Flink and fate do, in any order and at any time. */
const happening = fc.constantFrom('JOB_MANAGER', 'TASK_MANAGER', 'CANCEL', 'FAIL', 'DELETE', 'CREATE')
type Happened = typeof happening extends fc.Arbitrary<infer T> ? T : never

test('whatever happens while resources come to rest, nothing of it is missed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(happening, fc.nat(12_000)), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 60 }),
      async (story, latency) => {
        const { options, release } = slow(latency)
        const at = await reconciled(options)
        const session = await at.session(MANY_SLOTS)
        const jobs = [await at.job(session.id, 'first')]
        for (const [what, ms] of story) {
          await at.advance(ms)
          await happen(at, session, jobs, what)
        }
        await at.advance(3 * MINUTE)
        await expectAgreement(at, session, jobs)
        release()
      },
    ),
    { numRuns: 15 },
  )
}, 120_000)

/** Every answer of Flink and of the runtime takes a while, until `release`, and nobody tells of anything. */
function slow(ms: number): { options: ReconciledOptions; release(): void } {
  const waiting = new Set<() => void>()
  let isOver = ms === 0
  const through = (fake: FakeRuntime, clock: ManualClock): Runtime => {
    const wait = async (): Promise<void> => {
      if (isOver) return
      await new Promise<void>((resolve) => {
        waiting.add(resolve)
        clock.after(ms, resolve)
      })
    }
    const late = (flink: FlinkRest): FlinkRest => ({
      ...flink,
      async jobs() {
        await wait()
        return flink.jobs()
      },
      async job(id) {
        const answer = await flink.job(id)
        await wait()
        return answer
      },
    })
    return {
      ...fake,
      async observe(cluster) {
        await wait()
        return fake.observe(cluster)
      },
      flink: (ref, cluster) => late(fake.flink(ref, cluster)),
      onSignal: () => () => {},
    }
  }
  const release = (): void => {
    isOver = true
    for (const resolve of waiting) resolve()
  }
  return { options: { through }, release }
}

async function happen(at: Reconciled, session: SessionResource, jobs: JobResource[], what: Happened): Promise<void> {
  const job = jobs.at(-1)
  const [live] = at.fake.live()
  if (what === 'CREATE') jobs.push(await at.job(session.id, `job ${jobs.length}`))
  if (what === 'JOB_MANAGER' && live?.phase === 'UP') at.fake.killJobManager(session.id)
  if (what === 'TASK_MANAGER' && live && live.taskManagers > 0) at.fake.killTaskManager(session.id)
  if (!job) return
  const [flinkJob] = live?.jobs.filter(({ name }) => name === job.name) ?? []
  if (flinkJob && what === 'CANCEL') at.fake.endFlinkJob(flinkJob.id, 'CANCEL')
  if (flinkJob && what === 'FAIL') at.fake.endFlinkJob(flinkJob.id, 'FAIL', 'java.lang.Error: it broke')
  if (what === 'DELETE') {
    await at.remove(job)
    jobs.pop()
  }
}

/** Flink runs what callers see as running, once each, and nothing else. */
async function expectAgreement(at: Reconciled, session: SessionResource, jobs: readonly JobResource[]): Promise<void> {
  expect((await at.stored(session))?.state).toBe('RUNNING')
  const states = await Promise.all(jobs.map(async (job) => [job.name, (await at.stored(job))?.state] as const))
  const running = states.filter(([, state]) => state === 'RUNNING').map(([name]) => name)
  expect(states.filter(([, state]) => !['RUNNING', 'CANCELED', 'FAILED'].includes(state ?? ''))).toEqual([])
  expect(
    at.fake
      .live()
      .flatMap((cluster) => cluster.jobs.map(({ name }) => name))
      .sort(),
  ).toEqual(running.sort())
  expect((await at.stored(session))?.status.jobs?.running).toBe(running.length)
}

test('coming up costs so many cycles a job, however many jobs a session has', async () => {
  const cycles = async (jobCount: number): Promise<{ job: number; session: number }> => {
    const at = await reconciled()
    const session = await at.session(MANY_SLOTS)
    const jobs = []
    for (let n = 0; n < jobCount; n += 1) jobs.push(await at.job(session.id, `job ${n}`))
    for (const job of jobs) await at.inState(job, 'RUNNING')
    const count = (kind: string) => at.moments.filter((moment) => moment === `${kind}/loaded`).length
    return { job: count('job') / jobCount, session: count('session') }
  }
  const [few, many] = [await cycles(10), await cycles(60)]
  expect(few.job).toBeLessThanOrEqual(7)
  expect(many.job).toBeLessThanOrEqual(few.job + 2)
  expect(many.session).toBeLessThanOrEqual(60)
})
