/** main()s that run at the same time, for long, or for ever. */
import { describe, expect, test } from 'vitest'
import { type FakeRuntime, type Reconciled, reconciled } from '../../tests/support/reconciled.ts'
import type { Resource } from '../domain/resource.ts'
import { RUNNER_CLASS } from '../domain/run/runner.ts'
import { FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'

const FOUR_SLOTS = { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '4' } }

const submitted = (at: Reconciled, name: string, times = 1) =>
  at.until(() => at.fake.submissions({ name }).length >= times)
const clusterOf = (at: Reconciled, session: Resource) => at.fake.world.resources.get(session.id)?.clusters.at(-1)
const detail = async (at: Reconciled, job: Resource) => (await at.stored(job))?.status.detail

describe('main()s of one session', () => {
  test('one that does not return holds up nobody', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=3600000'] })
    await submitted(at, 'slow')
    await at.inState(await at.job(session.id, 'next'), 'RUNNING')
    expect(await at.stored(slow)).toMatchObject({
      state: 'PENDING',
      status: { detail: 'main() runs in the JobManager' },
    })
  })

  test('where several ran when the JobManager ended, each runs once more without company, which tells', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const good = await at.job(session.id, 'good')
    await at.until(async () => (await at.stored(good))?.status.lastCheckpoint)
    const killer = await at.job(session.id, 'killer', 'fake.SlowSystemExit', { args: ['ms=5000'] })
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=20000'] })
    const waits: (string | undefined)[] = []
    const failed = await at.until(async () => {
      waits.push(await detail(at, killer), await detail(at, slow))
      const found = await at.stored(killer)
      return found?.state === 'FAILED' && found
    })
    expect(failed.status.error?.code).toBe('JOB_KILLED_JOB_MANAGER')
    await at.inState(slow, 'RUNNING')
    expect((await at.attempts(killer)).map(({ company }) => company)).toEqual(['OTHERS', 'ALONE'])
    expect((await at.attempts(slow))[0]).toMatchObject({ company: 'OTHERS', outcome: { result: 'LOST' } })
    // Which of the two goes first is open; where the killer goes second, this one is brought back once more.
    expect((await at.attempts(slow))[1]).toMatchObject({ company: 'ALONE' })
    expect((await at.attempts(slow)).at(-1)).toMatchObject({ phase: 'SUBMITTED' })
    expect(waits.some((text) => /main\(\) of "(slow|killer)" has to return first/.test(text ?? ''))).toBe(true)
    await at.advance(120_000)
    expect(at.fake.submissions({ name: 'killer' })).toHaveLength(2)
    await at.inState(good, 'RUNNING')
    expect(at.errors).toEqual([])
  })

  test('what a job of its own brought goes once its main() has returned', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const own = { jarUri: 'https://example.com/job.jar' }
    for (const name of ['a', 'b']) await at.inState(await at.job(session.id, name, 'fake.Streaming', own), 'RUNNING')
    await at.inState(await at.job(session.id, 'c', 'fake.Throws', own), 'FAILED')
    await at.inState(await at.job(session.id, 'd'), 'RUNNING')
    await at.until(() => clusterOf(at, session)?.jars.every((name) => name === 'weir-empty.jar'))
  })
})

describe('main() that waits for its results', () => {
  test('its job is shown as it runs, and comes back from its checkpoint when the JobManager dies', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const job = await at.job(session.id, 'waits', 'fake.Waits', { args: ['ms=3600000'] })
    const running = await at.inState(job, 'RUNNING')
    expect(running.status.detail).toBe('running; main() still runs')
    await at.until(async () => (await at.attempts(job))[0]?.phase === 'SUBMITTED', 120_000)
    at.fake.killJobManager(session.id)
    await submitted(at, 'waits', 2)
    expect(at.fake.submissions({ name: 'waits' })[1]?.savepointPath).toContain('chk-')
    await at.inState(job, 'RUNNING')
  })

  test('is FINISHED when both are over', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const job = await at.job(session.id, 'waits', 'fake.Waits', { args: ['ms=20000'] })
    await at.inState(job, 'RUNNING')
    at.fake.endFlinkJob(job.spec.job.id ?? '', 'FINISH')
    await at.until(async () => (await detail(at, job)) === 'Flink says FINISHED of its job; main() still runs')
    await at.inState(job, 'FINISHED')
  })
})

describe('main() that is not wanted any more', () => {
  test('is interrupted by a deletion, which does not wait for it', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=3600000'] })
    await submitted(at, 'slow')
    await at.remove(slow)
    await at.gone(slow)
    expect(clusterOf(at, session)).toMatchObject({ mains: [], jobs: [] })
  })

  test('is interrupted by a forced deletion, too, also by the next server', async () => {
    for (const restarted of [false, true]) {
      const at = await reconciled()
      const session = await at.session(FOUR_SLOTS)
      const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=3600000'] })
      await submitted(at, 'slow')
      if (restarted) await at.restart()
      await at.remove(slow, { force: true })
      await at.gone(slow)
      await at.until(() => clusterOf(at, session)?.mains.length === 0)
      await at.inState(await at.job(session.id, 'next'), 'RUNNING')
    }
  })

  test('that can not be interrupted keeps no deletion from its end', async () => {
    const through = (fake: FakeRuntime): Runtime => ({
      ...fake,
      flink: (ref, cluster) => {
        const flink = fake.flink(ref, cluster)
        const runJar: typeof flink.runJar = (jar, request, signal) =>
          request.args.includes('--interrupt')
            ? Promise.reject(new FlinkRestError('REFUSED', 'INTERRUPTED', { status: 400 }))
            : flink.runJar(jar, request, signal)
        return { ...flink, runJar }
      },
    })
    const at = await reconciled({ through })
    const session = await at.session(FOUR_SLOTS)
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=3600000'] })
    await submitted(at, 'slow')
    await at.remove(slow)
    await at.gone(slow)
  })

  test('ends at the time that its job gives it', async () => {
    const at = await reconciled()
    const session = await at.session(FOUR_SLOTS)
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=3600000'], mainTimeout: '20 s' })
    const failed = await at.inState(slow, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'JOB_SUBMISSION_TIMEOUT',
      message: 'main() did not return within 20000 ms',
    })
    expect(clusterOf(at, session)).toMatchObject({ mains: [], jobs: [] })
  })
})

describe('the runner', () => {
  /** Keeps the entry classes that Flink is asked for. `there`: the runner is on the class path. */
  const noting =
    (calls: string[], there: boolean) =>
    (fake: FakeRuntime): Runtime => ({
      ...fake,
      flink: (ref, cluster) => {
        const flink = fake.flink(ref, cluster)
        return {
          ...flink,
          runJar(jar, request, signal) {
            calls.push(request.entryClass ?? '')
            if (there || request.entryClass !== RUNNER_CLASS) return flink.runJar(jar, request, signal)
            const text = `org.apache.flink.client.program.ProgramInvocationException: not found
Caused by: java.lang.ClassNotFoundException: ${RUNNER_CLASS}`
            throw new FlinkRestError('REFUSED', text, { status: 500, errors: [text] })
          },
        }
      },
    })

  test('calls main(), unless the job says otherwise or it is a Python job', async () => {
    const calls: string[] = []
    const at = await reconciled({ through: noting(calls, true) })
    const session = await at.session(FOUR_SLOTS)
    const python = 'org.apache.flink.client.python.PythonDriver'
    await at.inState(await at.job(session.id, 'on'), 'RUNNING')
    await at.inState(await at.job(session.id, 'off', 'fake.Streaming', { runner: 'OFF' }), 'RUNNING')
    await at.inState(await at.job(session.id, 'python', python), 'RUNNING')
    expect(calls).toEqual([RUNNER_CLASS, 'fake.Streaming', python])
  })

  test('is never the reason that a job does not run: without it Flink calls main() itself', async () => {
    const calls: string[] = []
    const at = await reconciled({ through: noting(calls, false) })
    const session = await at.session(FOUR_SLOTS)
    await at.inState(await at.job(session.id, 'a'), 'RUNNING')
    expect(calls).toEqual([RUNNER_CLASS, 'fake.Streaming'])
  })
})
