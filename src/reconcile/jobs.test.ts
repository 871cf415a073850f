import { describe, expect, test } from 'vitest'
import type { ManualClock } from '../../tests/support/clock.ts'
import { type FakeRuntime, reconciled } from '../../tests/support/reconciled.ts'
import { FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'

const TWO_SLOTS = { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' } }

describe('a session job', () => {
  test('created before its session is up, it runs once that is, under the ID that was chosen for it', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    const waiting = await at.until(
      async () => (await at.stored(job))?.status.detail.startsWith('waiting') && at.stored(job),
    )
    expect(waiting).toMatchObject({
      state: 'PENDING',
      status: { detail: 'waiting to be submitted: its session is PENDING' },
    })
    const running = await at.inState(job, 'RUNNING')
    expect(running.status).toMatchObject({
      jobState: 'RUNNING',
      detail: 'running',
      restarts: 0,
      flinkVersion: '1.20.0-fake',
    })
    expect(at.fake.submissions()).toMatchObject([{ name: 'a', flinkJobId: job.spec.job.id, accepted: true }])
    await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
    expect(at.errors).toEqual([])
  })

  test('many jobs of one session are submitted a few at a time, each once', async () => {
    const at = await reconciled()
    const session = await at.session({ taskManagers: { max: 6 } })
    const jobs = []
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) jobs.push(await at.job(session.id, name))
    for (const job of jobs) await at.inState(job, 'RUNNING')
    const sent = at.fake.submissions()
    expect(sent.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    const [first = 0, ...later] = sent.map((submission) => submission.at - (sent[0]?.at ?? 0))
    expect(later.filter((time) => time - first < 300)).toHaveLength(3)
    expect(later.filter((time) => time - first >= 300)).toHaveLength(2)
  })

  test('an answer that comes while Flink is being asked is not taken for a missing job: main() runs once', async () => {
    // Flink's word on a job takes longer to arrive than main() takes to fail.
    const through = (fake: FakeRuntime, clock: ManualClock): Runtime => ({
      ...fake,
      flink: (ref, cluster) => {
        const flink = fake.flink(ref, cluster)
        return {
          ...flink,
          async job(id) {
            const word = await flink.job(id)
            await new Promise<void>((resolve) => clock.after(400, resolve))
            return word
          },
        }
      },
    })
    for (const entryClass of ['fake.Throws', 'fake.Streaming']) {
      const at = await reconciled({ through })
      const session = await at.session()
      await at.inState(await at.job(session.id, 'a', entryClass), 'FAILED', 'RUNNING')
      await at.advance(10_000)
      expect(at.fake.submissions()).toHaveLength(1)
    }
  })

  test('the jobs of one session that go wrong, each in its way, leave their neighbours alone', async () => {
    const at = await reconciled()
    const session = await at.session(TWO_SLOTS)
    const good = await at.job(session.id, 'good')
    await at.inState(good, 'RUNNING')
    const outcomes: Record<string, [code: string, message: RegExp]> = {
      'fake.Throws': ['JOB_SUBMISSION_FAILED', /main says no/],
      'fake.NoExecute': ['JOB_SUBMISSION_FAILED', /execute/],
      'fake.Missing': ['JOB_SUBMISSION_FAILED', /class/],
      'fake.ThrowsAfterExecute': ['JOB_SUBMISSION_FAILED', /too late/],
      'fake.ExecutesTwice': ['SEVERAL_JOBS', /"one","two"/],
    }
    for (const [entryClass, [code, message]] of Object.entries(outcomes)) {
      const bad = await at.job(session.id, entryClass, entryClass)
      const failed = await at.inState(bad, 'FAILED')
      expect(failed.status.error).toMatchObject({ code, message: expect.stringMatching(message) })
    }
    await at.advance(60_000)
    expect(at.fake.live()).toMatchObject([{ generation: 1, jobs: [{ name: 'good', stage: 'RUNNING' }] }])
    expect(at.fake.live()[0]?.jobs).toHaveLength(1)
    expect(at.fake.submissions()).toHaveLength(6)
    expect((await at.stored(good))?.status.restarts).toBe(0)
  })

  test("a job whose entry class is in no jar fails with the runtime's words, and never reaches Flink", async () => {
    const asked: unknown[] = []
    const through = (fake: FakeRuntime): Runtime => ({
      ...fake,
      async checkEntryClass(ref, question) {
        asked.push({ ...ref, ...question })
        return question.entryClass === 'fake.Streming' ? 'entryClass fake.Streming is in none of the jars' : undefined
      },
    })
    const at = await reconciled({ through })
    const session = await at.session(TWO_SLOTS)
    const bad = await at.job(session.id, 'bad', 'fake.Streming', { jarUri: 'https://example.com/job.jar' })
    const failed = await at.inState(bad, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'ENTRY_CLASS_MISSING',
      message: 'entryClass fake.Streming is in none of the jars',
    })
    await at.inState(await at.job(session.id, 'good'), 'RUNNING')
    await at.advance(60_000)
    expect(await at.attempts(bad)).toHaveLength(1)
    expect(at.fake.submissions().map(({ name }) => name)).toEqual(['good'])
    expect(asked).toMatchObject([
      {
        generation: 1,
        entryClass: 'fake.Streming',
        jar: expect.stringMatching(/job\.jar$/),
        flinkConfiguration: { 'pipeline.name': 'bad', 'taskmanager.numberOfTaskSlots': '2' },
      },
      { generation: 1, entryClass: 'fake.Streaming' },
    ])
  })

  test('a job that may have been sent before is settled by observing, not by its jars', async () => {
    const through = (fake: FakeRuntime): Runtime => ({
      ...fake,
      checkEntryClass: async () => (at.kills() > 0 ? 'it is gone' : undefined),
    })
    const at = await reconciled({ through, kills: [{ at: 'call/runJar' }] })
    const job = await at.job((await at.session()).id, 'a')
    await at.inState(job, 'RUNNING')
    expect(at.kills()).toBe(1)
    expect(await at.attempts(job)).toHaveLength(1)
  })

  test('main() that ends the JobManager fails for good, and its neighbours go on from their checkpoints', async () => {
    const at = await reconciled()
    const session = await at.session(TWO_SLOTS)
    const good = await at.job(session.id, 'good')
    await at.until(async () => (await at.stored(good))?.status.lastCheckpoint)
    const bad = await at.job(session.id, 'bad', 'fake.SystemExit')
    const failed = await at.inState(bad, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'JOB_KILLED_JOB_MANAGER',
      message: expect.stringContaining('System.exit'),
    })
    const back = await at.until(async () => {
      const found = await at.stored(good)
      return found?.state === 'RUNNING' && found.status.restarts === 1 && found
    })
    expect(back.status.error).toBeUndefined()
    await at.advance(60_000)
    expect(at.fake.submissions({ name: 'bad' })).toHaveLength(1)
    expect(at.fake.submissions({ name: 'good' })).toMatchObject([
      { generation: 1 },
      { generation: 2, savepointPath: expect.stringContaining('chk-') },
    ])
    expect((await at.stored(session))?.state).toBe('RUNNING')
  })

  test('a job that was about to be sent when the JobManager died is not to blame', async () => {
    // The jar can't be handed over any more: the JobManager dies in that moment.
    let deaths = 0
    const through = (fake: FakeRuntime): Runtime => ({
      ...fake,
      flink: (ref, cluster) => ({
        ...fake.flink(ref, cluster),
        async uploadJar(name, content) {
          if (deaths > 0) return fake.flink(ref, cluster).uploadJar(name, content)
          deaths += 1
          fake.killJobManager(ref.resource)
          throw new FlinkRestError('UNREACHABLE', 'socket hang up')
        },
      }),
    })
    const at = await reconciled({ through })
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    expect(await at.attempts(job)).toMatchObject([{ outcome: { result: 'LOST' } }, { phase: 'SUBMITTED' }])
    expect(at.fake.submissions()).toHaveLength(1)
  })

  test("Flink's own call of a main() that does not return fails, and the job it starts later is canceled", async () => {
    const at = await reconciled({ submissionDeadlineMs: 10_000 })
    const session = await at.session(TWO_SLOTS)
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=60000'], runner: 'OFF' })
    const failed = await at.inState(slow, 'FAILED')
    expect(failed.status.error?.code).toBe('JOB_SUBMISSION_TIMEOUT')
    expect(failed.status.error?.message).toContain('had not returned after 10 s')
    // It does not hold up the others.
    await at.inState(await at.job(session.id, 'next'), 'RUNNING')
    await at.advance(90_000)
    expect(at.fake.live()).toMatchObject([{ jobs: [{ name: 'next' }] }])
    expect((await at.events(session)).map(({ reason }) => reason)).toContain('StrayJobCanceled')
    expect((await at.stored(slow))?.state).toBe('FAILED')
  })

  test('a job that ends by itself is FINISHED and is not started again when the JobManager dies', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Bounded', { args: ['ms=3000'] })
    await at.inState(job, 'FINISHED')
    at.fake.killJobManager(session.id)
    await at.inState(session, 'PENDING')
    await at.inState(session, 'RUNNING')
    await at.advance(60_000)
    expect(await at.stored(job)).toMatchObject({ state: 'FINISHED', status: { jobState: 'FINISHED', restarts: 0 } })
    expect(at.fake.submissions()).toHaveLength(1)
  })

  test('a job that Flink gives up is FAILED with the root exception, and stays so', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Fails')
    const restarting = await at.until(async () => {
      const found = await at.stored(job)
      return found?.status.error?.code === 'JOB_RESTARTING' && found
    })
    expect(restarting.state).toBe('PENDING')
    const failed = await at.inState(job, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringContaining('the job says no'),
    })
    at.fake.killJobManager(session.id)
    await at.inState(session, 'PENDING')
    await at.inState(session, 'RUNNING')
    await at.advance(60_000)
    expect((await at.stored(job))?.state).toBe('FAILED')
    expect(at.fake.submissions()).toHaveLength(1)
  })

  test('a job that somebody cancels in Flink is CANCELED', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    at.fake.endFlinkJob(job.spec.job.id ?? '', 'CANCEL')
    expect((await at.inState(job, 'CANCELED')).status.detail).toContain('not from here')
    await at.advance(60_000)
    expect(at.fake.submissions()).toHaveLength(1)
  })

  test('its own jar is fetched first; one that is not there fails the job with the address', async () => {
    const at = await reconciled()
    const session = await at.session(TWO_SLOTS)
    const good = await at.job(session.id, 'good', 'fake.Streaming', { jarUri: 'https://example.com/jobs/good.jar' })
    const bad = await at.job(session.id, 'bad', 'fake.Streaming', { jarUri: 'https://example.com/jobs/missing.jar' })
    await at.inState(good, 'RUNNING')
    const failed = await at.inState(bad, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'FILE_UNAVAILABLE',
      message: expect.stringContaining('jobs/missing.jar'),
    })
    expect(at.fake.submissions().map(({ name }) => name)).toEqual(['good'])
  })

  test('its own jar is fetched anew for each cluster, and what is amiss with it is reported once', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Streaming', { jarUri: 'https://example.com/jobs/bundle.jar' })
    await at.inState(job, 'RUNNING')
    at.fake.killJobManager(session.id)
    await at.until(async () => {
      const found = await at.stored(job)
      return found?.state === 'RUNNING' && found.status.restarts === 1
    })
    const warnings = (await at.events(job)).filter(({ reason }) => reason === 'JarWarning')
    expect(warnings).toMatchObject([{ severity: 'WARNING', message: 'bundle.jar bundles Flink' }])
    expect(at.errors).toEqual([])
  })

  test('a server that takes over a recorded submission fetches the jar first, and never sends without it', async () => {
    const uploads: string[] = []
    const at = await reconciled({
      kills: [{ at: 'job/intended:SUBMIT' }],
      through: (fake) => ({
        ...fake,
        flink: (ref, cluster) => ({
          ...fake.flink(ref, cluster),
          uploadJar(name, content) {
            uploads.push(name)
            return fake.flink(ref, cluster).uploadJar(name, content)
          },
        }),
      }),
    })
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Streaming', { jarUri: 'https://example.com/jobs/a.jar' })
    await at.inState(job, 'RUNNING')
    expect(at.kills()).toBe(1)
    expect(uploads).toEqual([`weir-${job.spec.job.id}.jar`])
  })

  test('a job whose session can not be had says so', async () => {
    const at = await reconciled()
    at.fake.failNextLaunch({ code: 'JAVA_MISSING', message: 'no Java was found', retryable: false })
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    const failed = await at.inState(job, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'JAVA_MISSING',
      message: 'its session failed: no Java was found',
    })
    await at.remove(job)
    await at.gone(job)
  })
})

describe('after its JobManager has died, a session job', () => {
  test('comes back from its latest checkpoint, as a new Flink job, and the restart is counted', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.until(async () => ((await at.stored(job))?.status.lastCheckpoint?.id ?? 0) > 5)
    at.fake.killJobManager(session.id)
    await at.inState(job, 'PENDING')
    const running = await at.inState(job, 'RUNNING')
    expect(running.status).toMatchObject({ restarts: 1, jobState: 'RUNNING' })
    const [first, second] = await at.attempts(job)
    expect(first).toMatchObject({ phase: 'ENDED', outcome: { result: 'LOST', code: 'JOB_MANAGER_LOST' } })
    expect(second?.flinkJobId).not.toBe(first?.flinkJobId)
    expect(second?.startedFrom).toMatch(new RegExp(`/${first?.flinkJobId}/chk-\\d+$`))
    expect(at.fake.submissions()[1]?.savepointPath).toBe(second?.startedFrom)
    expect((await at.events(job)).map(({ reason }) => reason)).toEqual([
      'Created',
      'JobSubmitted',
      'JobLost',
      'JobSubmitted',
    ])
  })

  test('comes back every time, always from its newest checkpoint, and leaves no older ones lying about', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    let last = 0
    for (let n = 0; n < 4; n += 1) {
      last = await at.until(async () => {
        const found = await at.stored(job)
        const id = found?.status.lastCheckpoint?.id ?? 0
        return found?.state === 'RUNNING' && id > last + 2 && found.status.restarts === n && id
      })
      at.fake.killJobManager(session.id)
      await at.inState(job, 'PENDING')
      await at.advance(130_000)
    }
    const running = await at.inState(job, 'RUNNING')
    expect(running.status.restarts).toBe(4)
    const starts = at.fake
      .submissions()
      .map(({ savepointPath }) => Number(/chk-(\d+)/.exec(savepointPath ?? 'chk-0')?.[1]))
    expect(starts.every((id, n) => n === 0 || id > (starts[n - 1] ?? 0))).toBe(true)
    await at.until(() => Object.keys(at.fake.world.resources.get(session.id)?.checkpoints ?? {}).length <= 1)
  })

  test('without any checkpoint begins anew', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.NoCheckpoints')
    await at.inState(job, 'RUNNING')
    at.fake.killJobManager(session.id)
    await at.inState(job, 'PENDING')
    await at.inState(job, 'RUNNING')
    expect(at.fake.submissions().map(({ savepointPath }) => savepointPath)).toEqual([undefined, undefined])
  })

  test('whose checkpoint has vanished is FAILED with its location, never started empty', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    const found = await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
    at.fake.killJobManager(session.id)
    at.fake.loseCheckpoints(job.spec.job.id ?? '')
    const failed = await at.inState(job, 'FAILED')
    expect(failed.status.error?.code).toBe('RESTORE_FAILED')
    expect(failed.status.error?.message).toContain(found.location?.replace(/\d+$/, ''))
    await at.advance(300_000)
    expect(at.fake.submissions()).toHaveLength(1)
    expect((await at.stored(session))?.state).toBe('RUNNING')
  })

  test('that died again before its first own checkpoint starts from where it had started', async () => {
    const at = await reconciled({ pace: { checkpointMs: 20_000 } })
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
    for (let n = 0; n < 3; n += 1) {
      at.fake.killJobManager(session.id)
      await at.inState(job, 'PENDING')
      await at.inState(job, 'RUNNING')
    }
    const [, ...later] = at.fake.submissions().map(({ savepointPath }) => savepointPath)
    expect(new Set(later).size).toBe(1)
    expect(later[0]).toContain(job.spec.job.id)
  })

  test('with a savepoint to start from that is not there is FAILED, and nothing is started', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a', 'fake.Streaming', {
      initialSavepoint: { location: 'fake:/nowhere/savepoint-1' },
    })
    const failed = await at.inState(job, 'FAILED')
    expect(failed.status.error).toMatchObject({
      code: 'RESTORE_FAILED',
      message: expect.stringContaining('fake:/nowhere/savepoint-1'),
    })
    await at.advance(60_000)
    expect(at.fake.live()[0]?.jobs).toEqual([])
  })
})

describe('a TaskManager that dies', () => {
  test('costs its jobs no attempt: Flink itself brings them back on the replacement', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    at.fake.killTaskManager(session.id)
    await at.inState(job, 'PENDING')
    const running = await at.inState(job, 'RUNNING')
    expect(running.status.restarts).toBe(1)
    expect(await at.attempts(job)).toHaveLength(1)
  })
})
