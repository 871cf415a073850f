import { describe, expect, test } from 'vitest'
import { type Reconciled, reconciled } from '../../tests/support/reconciled.ts'
import type { Resource } from '../domain/resource.ts'

const TWO_SLOTS = { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' } }

const messages = async (at: Reconciled, resource: Resource): Promise<string[]> =>
  (await at.events(resource)).map(({ message }) => message)

describe('a session', () => {
  test('comes up, says with what, and stays as it is', async () => {
    const at = await reconciled()
    const session = await at.session(TWO_SLOTS)
    const running = await at.inState(session, 'RUNNING')
    expect(running.status).toMatchObject({
      detail: 'running',
      flinkVersion: '1.20.0-fake',
      javaVersion: '17.0.0',
      restarts: 0,
      taskManagers: { running: 1, wanted: 1 },
      slots: { total: 2, available: 2 },
    })
    expect(running.status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }])
    const clusters = at.fake.live()
    await at.advance(120_000)
    expect(at.fake.live()).toEqual(clusters)
    expect((await at.stored(session))?.status.error).toBeUndefined()
    expect(at.errors).toEqual([])
  })

  test('what is found out of its jars is shown, told once each, and outlives its cluster', async () => {
    const at = await reconciled()
    const session = await at.session()
    expect((await at.inState(session, 'RUNNING')).status).not.toHaveProperty('warnings')
    const [java, flink] = ['a.jar is for Java 25', 'b.jar is for Flink 2']
    at.fake.warnOfJars(session.id, [java, flink])
    await at.until(async () => (await at.stored(session))?.status.warnings)
    expect((await at.stored(session))?.status).toMatchObject({ warnings: [java, flink], detail: 'running' })
    at.fake.killJobManager(session.id)
    await at.inState(session, 'PENDING')
    await at.inState(session, 'RUNNING')
    expect((await at.stored(session))?.status.warnings).toEqual([java, flink])
    await at.restart()
    at.fake.warnOfJars(session.id, [java])
    await at.until(async () => (await at.stored(session))?.status.warnings?.length === 1)
    at.fake.warnOfJars(session.id, [])
    await at.until(async () => (await at.stored(session))?.status.warnings === undefined)
    const reported = (await at.events(session)).filter(({ reason }) => reason === 'JarWarning')
    expect(reported.map(({ message }) => message).sort()).toEqual([java, flink])
    expect(reported.map(({ severity }) => severity)).toEqual(['WARNING', 'WARNING'])
    expect(at.errors).toEqual([])
  })

  test('a TaskManager that dies is replaced, and the timeline says which and how', async () => {
    const at = await reconciled()
    const session = await at.session({ taskManagers: { min: 2, max: 2 } })
    await at.inState(session, 'RUNNING')
    at.fake.killTaskManager(session.id, { ordinal: 2, message: 'java.lang.OutOfMemoryError: Metaspace' })
    await at.until(() => at.fake.live()[0]?.taskManagers === 2)
    const running = await at.until(async () => {
      const found = await at.stored(session)
      return found?.status.taskManagers?.running === 2 && found
    })
    expect(running.state).toBe('RUNNING')
    expect(await messages(at, session)).toContain(
      'TaskManager 2 exited with code 137, replaced: java.lang.OutOfMemoryError: Metaspace',
    )
    expect(at.fake.live()).toMatchObject([{ generation: 1 }])
  })

  test('a TaskManager that dies again and again is replaced later and later', async () => {
    const at = await reconciled()
    const session = await at.session()
    await at.inState(session, 'RUNNING')
    const gaps: number[] = []
    for (let n = 0; n < 6; n += 1) {
      await at.until(() => at.fake.live()[0]?.taskManagers === 1)
      at.fake.killTaskManager(session.id)
      const died = at.clock.now()
      await at.until(() => at.fake.live()[0]?.taskManagers === 1)
      gaps.push(at.clock.now() - died)
    }
    expect(gaps[0]).toBeLessThan(1_000)
    expect(gaps.at(-1)).toBeGreaterThan(5_000)
  })

  test('a JobManager that dies takes its generation along, and the next one comes up', async () => {
    const at = await reconciled()
    const session = await at.session({ taskManagers: { min: 2 } })
    await at.inState(session, 'RUNNING')
    at.fake.killJobManager(session.id, 137, 'Killed')
    const pending = await at.inState(session, 'PENDING')
    expect(pending.status.error).toMatchObject({
      code: 'JOB_MANAGER_LOST',
      message: 'JobManager exited with code 137: Killed',
    })
    const running = await at.inState(session, 'RUNNING')
    expect(running.status).toMatchObject({ restarts: 1, taskManagers: { running: 2 } })
    expect(running.status.error).toBeUndefined()
    expect(at.fake.live()).toMatchObject([{ generation: 2, taskManagers: 2 }])
    expect(await messages(at, session)).toContain(
      'JobManager exited with code 137: Killed; the cluster is started again',
    )
  })

  test('after a restart of the machine it is launched anew, however often that was before', async () => {
    const at = await reconciled()
    const session = await at.session()
    for (let n = 1; n <= 12; n += 1) {
      await at.inState(session, 'RUNNING')
      at.fake.rebootMachine()
      await at.restart(1_000)
      await at.inState(session, 'PENDING')
    }
    const running = await at.inState(session, 'RUNNING')
    expect(running.status.restarts).toBe(12)
    expect(await messages(at, session)).toContain(
      'JobManager ended when the machine restarted; the cluster is started again',
    )
  })

  test('a JobManager that dies again and again is given up, with the reason and without a process left', async () => {
    const at = await reconciled()
    const session = await at.session()
    let deaths = 0
    const gaps: number[] = []
    for (let died = 0; deaths < 50; ) {
      const { state } = await at.inState(session, 'RUNNING', 'FAILED')
      if (state === 'FAILED') break
      if (died > 0) gaps.push(at.clock.now() - died)
      at.fake.killJobManager(session.id, 1)
      died = at.clock.now()
      deaths += 1
      await at.inState(session, 'PENDING', 'FAILED')
    }
    const failed = await at.inState(session, 'FAILED')
    expect(deaths).toBe(10)
    expect(failed.status.error).toMatchObject({ code: 'CRASH_LOOP' })
    expect(failed.status.error?.message).toContain('exited with code 1')
    expect(failed.status.error?.retryAt).toBeUndefined()
    expect(gaps.at(-1)).toBeGreaterThan(gaps[0] ?? 0)
    await at.until(() => at.fake.live().length === 0)
    await at.advance(900_000)
    expect(at.fake.live()).toEqual([])
  })

  test('a launch that fails for now is tried again later and later, says when, and comes up in the end', async () => {
    const at = await reconciled()
    for (let n = 0; n < 4; n += 1)
      at.fake.failNextLaunch({ code: 'PORT_TAKEN', message: `port 8081 is taken (${n})`, retryable: true })
    const session = await at.session()
    const waits: number[] = []
    for (let n = 0; n < 4; n += 1) {
      const { status } = await at.until(async () => {
        const found = await at.stored(session)
        return (
          found?.status.error?.message === `port 8081 is taken (${n})` &&
          found.status.error.retryAt !== undefined &&
          found
        )
      })
      expect(status.error?.code).toBe('PORT_TAKEN')
      waits.push(Date.parse(status.error?.retryAt ?? '') - Date.parse(status.error?.at ?? ''))
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000])
    const running = await at.inState(session, 'RUNNING')
    expect(running.status.error).toBeUndefined()
    expect(running.status.restarts).toBe(4)
  })

  test('a launch that can not go well is not tried again', async () => {
    const at = await reconciled()
    at.fake.failNextLaunch({
      code: 'JAVA_MISSING',
      message: 'no Java 11 or newer was found: install one',
      retryable: false,
    })
    const session = await at.session()
    const failed = await at.inState(session, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'JAVA_MISSING',
      message: 'no Java 11 or newer was found: install one',
    })
    await at.advance(900_000)
    expect((await at.stored(session))?.state).toBe('FAILED')
    expect(await at.store.generations.list(session.id)).toHaveLength(1)
  })

  test('nothing is concluded while the runtime can not be reached, and callers see how old the news is', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    const before = await at.inState(session, 'RUNNING')
    const jobBefore = await at.stored(job)
    at.fake.makeUnreachable(true)
    await at.advance(120_000)
    const during = await at.stored(session)
    expect(during).toMatchObject({
      state: 'RUNNING',
      status: {
        slots: before.status.slots,
        taskManagers: before.status.taskManagers,
        detail: 'the fake runtime was made unreachable',
      },
    })
    expect(at.clock.now() - Date.parse(during?.status.observedAt ?? '')).toBeGreaterThan(100_000)
    const jobDuring = await at.stored(job)
    expect(jobDuring).toMatchObject({ state: 'RUNNING', status: { jobState: jobBefore?.status.jobState } })
    expect(at.clock.now() - Date.parse(jobDuring?.status.observedAt ?? '')).toBeGreaterThan(100_000)
    at.fake.makeUnreachable(false)
    await at.advance(60_000)
    expect(at.clock.now() - Date.parse((await at.stored(session))?.status.observedAt ?? '')).toBeLessThan(15_000)
    expect(await at.store.generations.list(session.id)).toHaveLength(1)
    expect(at.fake.submissions()).toHaveLength(1)
    expect(at.errors).toEqual([])
  })

  test('a JobManager that is silent keeps its cluster and its numbers', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    const before = await at.inState(session, 'RUNNING')
    at.fake.silenceFlink(session.id, true)
    await at.advance(300_000)
    const during = await at.stored(session)
    expect(during).toMatchObject({
      state: 'RUNNING',
      status: { slots: before.status.slots, taskManagers: before.status.taskManagers },
    })
    expect(during?.status.detail).toBe('the JobManager does not answer at the moment')
    expect(at.clock.now() - Date.parse(during?.status.observedAt ?? '')).toBeGreaterThan(280_000)
    expect((await at.stored(job))?.state).toBe('RUNNING')
    at.fake.silenceFlink(session.id, false)
    await at.until(async () => (await at.stored(session))?.status.detail === 'running')
    expect(at.fake.live()).toMatchObject([{ generation: 1 }])
  })

  test('a JobManager that never answers is given up after a few long tries', async () => {
    const at = await reconciled()
    const session = await at.session()
    at.fake.silenceFlink(session.id, true)
    const failed = await at.inState(session, 'FAILED')
    expect(failed.status.error?.code).toBe('START_TIMEOUT')
    expect(await at.store.generations.list(session.id)).toHaveLength(3)
    await at.until(() => at.fake.live().length === 0)
  })

  test('TaskManagers come while jobs wait for slots, up to the most allowed, and go when they are idle', async () => {
    const at = await reconciled()
    const session = await at.session({ taskManagers: { min: 1, max: 3 } })
    await at.inState(session, 'RUNNING')
    const jobs = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) jobs.push(await at.job(session.id, name))
    await at.until(async () => (await at.stored(session))?.status.jobs?.running === 3)
    await at.advance(30_000)
    expect(at.fake.live()[0]?.taskManagers).toBe(3)
    const full = await at.stored(session)
    expect(full?.status.detail).toBe(
      'jobs wait for 2 more slot(s), and 3 TaskManager(s) is the most that this session may have',
    )
    for (const job of jobs) await at.remove(job)
    for (const job of jobs) await at.gone(job)
    const emptied = at.clock.now()
    await at.until(() => at.fake.live()[0]?.taskManagers === 1)
    expect(at.clock.now() - emptied).toBeGreaterThan(20_000)
    await at.advance(300_000)
    expect(at.fake.live()[0]?.taskManagers).toBe(1)
    expect(await messages(at, session)).not.toContainEqual(expect.stringContaining('replaced'))
  })

  test('without a bound it grows to what the machine holds', async () => {
    const at = await reconciled({ capacity: 4 })
    const session = await at.session()
    const job = await at.job(session.id, 'wide', 'fake.Streaming', {}, { 'parallelism.default': '4' })
    await at.inState(job, 'RUNNING')
    expect(at.fake.live()[0]?.taskManagers).toBe(4)
  })

  test('a TaskManager that nobody counted is let go like any other idle one', async () => {
    const at = await reconciled()
    const session = await at.session({ taskManagers: { min: 1, max: 4 } })
    await at.inState(session, 'RUNNING')
    at.fake.addStrayTaskManager(session.id)
    await at.until(async () => (await at.stored(session))?.status.taskManagers?.running === 2)
    await at.until(() => at.fake.live()[0]?.taskManagers === 1)
  })

  test('sessions do not disturb each other', async () => {
    const at = await reconciled()
    const [one, two] = [await at.session(), await at.session()]
    const job = await at.job(two.id, 'a')
    await at.inState(one, 'RUNNING')
    await at.inState(job, 'RUNNING')
    at.fake.killJobManager(one.id)
    await at.inState(one, 'PENDING')
    await at.inState(one, 'RUNNING')
    await at.remove(one)
    await at.gone(one)
    expect(at.fake.live()).toMatchObject([{ resource: two.id, generation: 1, jobs: [{ name: 'a', stage: 'RUNNING' }] }])
    expect(await at.attempts(job)).toHaveLength(1)
  })
})
