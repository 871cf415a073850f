import { describe, expect, test } from 'vitest'
import { type KillPlan, type Reconciled, reconciled } from '../../tests/support/reconciled.ts'
import type { ApplicationResource } from '../domain/resource.ts'

const checkpointed = (at: Reconciled, application: ApplicationResource) =>
  at.until(async () => (await at.stored(application))?.status.lastCheckpoint)

async function expectNothingLeft(at: Reconciled): Promise<void> {
  await at.advance(60_000)
  expect(at.fake.live()).toEqual([])
  expect(at.fake.world.resources.size).toBe(0)
  expect(at.errors).toEqual([])
}

describe('an application, which is a cluster and a run', () => {
  test('comes up, runs its job under the ID that was chosen for it, and says both in one status', async () => {
    const at = await reconciled()
    const application = await at.application()
    const words = new Set<string>()
    await at.until(async () => {
      const found = await at.stored(application)
      if (found) words.add(`${found.state}: ${found.status.detail}`)
      return found?.state === 'RUNNING'
    })
    expect([...words]).toEqual([
      'PENDING: the cluster is about to be launched',
      'PENDING: starting processes',
      'PENDING: waiting for the JobManager to answer',
      'PENDING: waiting for TaskManagers: 0 of 1 registered',
      'PENDING: 0 of 2 subtasks run',
      'RUNNING: running',
    ])
    await checkpointed(at, application)
    expect(at.fake.submissions()).toMatchObject([{ flinkJobId: application.spec.job.id, accepted: true }])
    expect((await at.stored(application))?.status).toMatchObject({
      jobState: 'RUNNING',
      flinkVersion: '1.20.0-fake',
      taskManagers: { running: 1, wanted: 1 },
      restarts: 0,
      conditions: [{ type: 'Ready', status: 'True' }],
    })
    expect(await at.attempts(application)).toMatchObject([{ host: application.id, phase: 'SUBMITTED' }])
    expect(at.errors).toEqual([])
  })

  test('a JobManager that dies costs one generation and one attempt, which goes on from the checkpoint', async () => {
    const at = await reconciled()
    const application = await at.application()
    await checkpointed(at, application)
    at.fake.killJobManager(application.id)
    await at.until(async () => {
      const found = await at.stored(application)
      return found?.state === 'RUNNING' && found.status.restarts === 1
    })
    expect(at.fake.live()).toMatchObject([{ resource: application.id, generation: 2, jobs: [{ stage: 'RUNNING' }] }])
    const [first, second] = await at.attempts(application)
    expect(first).toMatchObject({ generation: 1, phase: 'ENDED', outcome: { result: 'LOST' } })
    expect(second).toMatchObject({ generation: 2, phase: 'SUBMITTED' })
    expect(second?.startedFrom).toContain(`${application.spec.job.id}/chk-`)
    expect((await at.events(application)).map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['ClusterUp', 'JobSubmitted', 'ClusterEnded', 'JobLost']),
    )
  })

  test('a job that fails is told by the application, whose cluster does not start it again', async () => {
    const at = await reconciled()
    const application = await at.application({ entryClass: 'fake.Throws' })
    const failed = await at.inState(application, 'FAILED')
    expect(failed.status.error).toMatchObject({ code: 'JOB_SUBMISSION_FAILED' })
    await at.advance(60_000)
    expect((await at.stored(application))?.state).toBe('FAILED')
    expect(at.fake.submissions()).toHaveLength(1)
  })

  test('a cluster that can not be launched is told by the application', async () => {
    const at = await reconciled()
    at.fake.failNextLaunch({ code: 'JAVA_MISSING', message: 'no Java 17 was found', retryable: false })
    const failed = await at.inState(await at.application(), 'FAILED')
    expect(failed.status.error).toMatchObject({ code: 'JAVA_MISSING', message: 'no Java 17 was found' })
  })

  test.for([false, true])(
    'deleted (force: %s), its job goes first, then its cluster, and nothing is left',
    async (force) => {
      const at = await reconciled()
      const application = await at.application()
      await checkpointed(at, application)
      const before = at.moments.length
      await at.remove(application, { force })
      await at.gone(application)
      const actions = at.moments.slice(before).flatMap((moment) => /^application\/acted:(.*)/.exec(moment)?.[1] ?? [])
      expect(actions.filter((action, n) => action !== actions[n - 1])).toEqual([
        'CANCEL',
        ...(force ? ['ABANDON'] : []),
        'END_FOR_DELETION',
        'REMOVE',
        'FINISH_DELETION',
      ])
      await expectNothingLeft(at)
    },
  )

  test('deleted before it is up, it is gone', async () => {
    const at = await reconciled()
    const application = await at.application()
    await at.until(() => at.fake.live().length > 0)
    await at.remove(application)
    await at.gone(application)
    await expectNothingLeft(at)
  })

  test('what happens to its cluster wakes it: nothing waits for a resync', async () => {
    const at = await reconciled()
    const application = await at.application()
    await at.inState(application, 'RUNNING')
    const before = at.clock.now()
    at.fake.killJobManager(application.id)
    await at.inState(application, 'PENDING')
    expect(at.clock.now() - before).toBeLessThan(100)
  })

  const KILLS: KillPlan[] = [
    ...['loaded', 'observed', 'persisted', 'planned', 'intended:BEGIN', 'acted:BEGIN'],
    ...['intended:SUBMIT', 'acted:SUBMIT', 'intended:CANCEL', 'acted:END_FOR_DELETION', 'acted:REMOVE'],
    ...['intended:FINISH_DELETION', 'acted:FINISH_DELETION', 'settled:FINISH_DELETION'],
  ].map((step, n) => ({ at: `application/${step}`, downMs: (n % 2) * 7_000 }))

  test.for(KILLS)('a server that is killed at $at is made up for by the next one', async (kill) => {
    const at = await reconciled({ kills: [kill, { at: 'submission/answered' }] })
    const application = await at.application()
    await checkpointed(at, application)
    at.fake.killJobManager(application.id)
    await at.until(async () => (await at.stored(application))?.status.restarts === 1)
    await at.inState(application, 'RUNNING')
    await at.remove(application)
    await at.gone(application)
    expect(at.kills()).toBeGreaterThan(0)
    const ids = at.fake.submissions().map(({ generation, flinkJobId }) => `${generation} ${flinkJobId}`)
    expect(new Set(ids).size).toBe(2)
    await expectNothingLeft(at)
  })
})
