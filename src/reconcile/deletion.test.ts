import { describe, expect, test } from 'vitest'
import { type FakeRuntime, type Reconciled, reconciled } from '../../tests/support/reconciled.ts'
import type { JobResource, SessionResource } from '../domain/resource.ts'
import { FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'

/** A JobManager that ends while it is asked to cancel, once. */
const dyingAtCancel = () => {
  let deaths = 0
  return (fake: FakeRuntime): Runtime => ({
    ...fake,
    flink: (ref, cluster) => ({
      ...fake.flink(ref, cluster),
      async cancel(id) {
        if (deaths > 0) return fake.flink(ref, cluster).cancel(id)
        deaths += 1
        throw new FlinkRestError('UNREACHABLE', 'read ECONNRESET')
      },
    }),
  })
}

/** Nothing is left of a session: no process, nothing in the world, no row. */
async function expectNothingLeft(at: Reconciled, session: SessionResource): Promise<void> {
  expect(at.fake.live().filter(({ resource }) => resource === session.id)).toEqual([])
  expect(at.fake.world.resources.has(session.id)).toBe(false)
  expect(await at.store.resources.childStates(session.id)).toEqual([])
}

/** What a session may be doing when it is deleted. */
const MOMENTS: Record<string, (at: Reconciled, session: SessionResource) => Promise<unknown>> = {
  'that nobody has observed yet': async () => {},
  'that is being launched': (at) => at.until(() => at.fake.live()[0]?.phase === 'PREPARING'),
  'whose JobManager does not answer yet': (at) => at.until(() => at.fake.live()[0]?.phase === 'UP'),
  'that runs': (at, session) => at.inState(session, 'RUNNING'),
  'with jobs that run': async (at, session) => at.inState(await at.job(session.id, 'a'), 'RUNNING'),
  'with a job whose main() runs': async (at, session) => {
    await at.job(session.id, 'slow', 'fake.Slow')
    await at.until(() => at.fake.submissions().length === 1)
  },
  'with a job that waits for slots': async (at, session) => {
    await at.inState(await at.job(session.id, 'a', 'fake.Streaming', {}, { 'parallelism.default': '9' }), 'PENDING')
    await at.advance(60_000)
  },
  'with jobs that have ended': async (at, session) => {
    await at.inState(await at.job(session.id, 'a', 'fake.Throws'), 'FAILED')
    await at.inState(await at.job(session.id, 'b', 'fake.Bounded'), 'FINISHED')
  },
  'whose JobManager has just died': async (at, session) => {
    await at.inState(await at.job(session.id, 'a'), 'RUNNING')
    at.fake.killJobManager(session.id)
  },
  'that waits for its next try': async (at, session) => {
    at.fake.failNextLaunch({ code: 'PORT_TAKEN', message: 'taken', retryable: true })
    await at.job(session.id, 'a')
    await at.until(async () => (await at.stored(session))?.status.error)
  },
  'that has failed': async (at, session) => {
    at.fake.failNextLaunch({ code: 'JAVA_MISSING', message: 'no Java', retryable: false })
    await at.job(session.id, 'a')
    await at.inState(session, 'FAILED')
  },
}

describe.for(Object.keys(MOMENTS))('a session %s', (moment) => {
  test.for([
    { cascade: true, force: false },
    { cascade: true, force: true },
  ])('is deleted without a trace by %o', async (how) => {
    const at = await reconciled()
    const session = await at.session({ taskManagers: { max: 2 } })
    await MOMENTS[moment]?.(at, session)
    await at.remove(session, how)
    await at.gone(session)
    await expectNothingLeft(at, session)
    await at.advance(120_000)
    expect(at.fake.live()).toEqual([])
    expect(at.errors).toEqual([])
  })
})

describe('deleting a session', () => {
  test('waits for its jobs to end in Flink, and says so', async () => {
    const at = await reconciled({ pace: { stopMs: 20_000 } })
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    await at.remove(session, { cascade: true })
    const waiting = await at.until(async () => {
      const found = await at.stored(session)
      return found?.status.detail === 'waiting for 1 job(s) to go' && found
    })
    expect(waiting.status.detail).toBe('waiting for 1 job(s) to go')
    expect((await at.stored(job))?.status.detail).toBe('waiting for Flink to end the job')
    await at.gone(job)
    await at.until(async () => /to stop/.test((await at.stored(session))?.status.detail ?? ''))
    await at.gone(session)
  })

  test('does not wait when it is forced, even if Flink is silent', async () => {
    const at = await reconciled()
    const session = await at.session()
    await at.inState(await at.job(session.id, 'a'), 'RUNNING')
    at.fake.silenceFlink(session.id, true)
    await at.remove(session, { cascade: true })
    await at.advance(60_000)
    expect(await at.stored(session)).toBeDefined()
    await at.remove(session, { force: true })
    await at.gone(session)
    await expectNothingLeft(at, session)
  })

  test('leaves other sessions alone', async () => {
    const at = await reconciled()
    const [one, two] = [await at.session(), await at.session()]
    await at.inState(one, 'RUNNING')
    await at.inState(two, 'RUNNING')
    await at.remove(one)
    await at.gone(one)
    expect(at.fake.live()).toMatchObject([{ resource: two.id, generation: 1 }])
  })
})

/** What a job may be doing when it is deleted. */
const JOB_MOMENTS: Record<string, [entryClass: string, wait: (at: Reconciled, job: JobResource) => Promise<unknown>]> =
  {
    'that waits for its session': ['fake.Streaming', async () => {}],
    'whose main() runs': ['fake.Slow', (at) => at.until(() => at.fake.submissions().length === 1)],
    'that runs': ['fake.Streaming', (at, job) => at.inState(job, 'RUNNING')],
    'that restarts all the time': [
      'fake.Fails',
      (at, job) => at.until(async () => (await at.stored(job))?.status.error),
    ],
    'that has finished': ['fake.Bounded', (at, job) => at.inState(job, 'FINISHED')],
    'that has failed': ['fake.Throws', (at, job) => at.inState(job, 'FAILED')],
    'whose JobManager has just died': [
      'fake.Streaming',
      async (at, job) => {
        await at.inState(job, 'RUNNING')
        at.fake.killJobManager(job.parent)
      },
    ],
  }

describe.for(Object.keys(JOB_MOMENTS))('a job %s', (moment) => {
  test.for([{ force: false }, { force: true }])('is deleted by %o, its session goes on', async (how) => {
    const at = await reconciled()
    const session = await at.session()
    const [entryClass, wait] = JOB_MOMENTS[moment] ?? ['', async () => {}]
    const job = await at.job(session.id, 'a', entryClass)
    await wait(at, job)
    await at.remove(job, how)
    await at.gone(job)
    await at.inState(session, 'RUNNING')
    // main() may still run: what it starts afterwards is canceled.
    await at.advance(60_000)
    expect(at.fake.live()).toMatchObject([{ jobs: [] }])
    expect(at.fake.world.resources.get(session.id)?.checkpoints).toEqual({})
    expect(new Set(at.fake.submissions().map(({ flinkJobId }) => flinkJobId)).size).toBeLessThanOrEqual(1)
    await at.inState(await at.job(session.id, 'a'), 'RUNNING')
  })
})

test('a JobManager that ends while a job of it is canceled is no error', async () => {
  const at = await reconciled({ through: dyingAtCancel() })
  const session = await at.session()
  await at.inState(await at.job(session.id, 'a'), 'RUNNING')
  await at.remove(session, { cascade: true, force: true })
  await at.gone(session)
  await expectNothingLeft(at, session)
  expect(at.errors).toEqual([])
})
