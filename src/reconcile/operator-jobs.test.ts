import { expect, test } from 'vitest'
import { type Reconciled, reconciled } from '../../tests/support/reconciled.ts'
import { Failure } from '../domain/failure.ts'
import type { Resource } from '../domain/resource.ts'

const OWN = { jarUri: 'file:///jobs/a.jar' }

/** What the operator has of a session's jobs. */
const operated = (at: Reconciled, session: Resource) => at.fake.world.resources.get(session.id)?.operated ?? []

test('a job that an operator submits is followed under the Flink job ID that the operator has told', async () => {
  const at = await reconciled()
  const session = await at.session()
  const job = await at.job(session.id, 'a', 'fake.Streaming', OWN)
  await at.until(async () => (await at.stored(job))?.status.detail === 'being submitted by the Flink operator')
  await at.inState(job, 'RUNNING')
  const [attempt, ...more] = await at.attempts(job)
  expect(more).toEqual([])
  expect(attempt?.flinkJobId).not.toBe(job.spec.job.id)
  expect(operated(at, session)).toMatchObject([{ job: job.id, attempt: 1, flinkJobId: attempt?.flinkJobId }])
  expect(at.fake.submissions()).toMatchObject([{ name: 'a', flinkJobId: attempt?.flinkJobId }])
  expect((await at.events(job)).at(-1)?.message).toBe(`attempt 1 was submitted as Flink job ${attempt?.flinkJobId}`)
  await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
  expect(at.errors).toEqual([])
})

test('a server that was killed hands the attempt over again, and is told of the same job', async () => {
  const at = await reconciled({ kills: [{ at: 'job/acted:SUBMIT', downMs: 5_000 }] })
  const session = await at.session()
  const job = await at.job(session.id, 'a', 'fake.Slow', { ...OWN, args: ['ms=20000'] })
  await at.inState(job, 'RUNNING')
  expect(at.kills()).toBe(1)
  expect(at.fake.submissions()).toHaveLength(1)
  expect(await at.attempts(job)).toHaveLength(1)
})

test.for([
  ['fails', 'fake.Fails', 'FAILED'],
  ['ends by itself', 'fake.Bounded', 'FINISHED'],
  ["can't be submitted", 'fake.Throws', 'FAILED'],
] as const)('one that %s is withdrawn, so that nobody starts it again', async ([, entryClass, state]) => {
  const at = await reconciled()
  const session = await at.session()
  const job = await at.job(session.id, 'a', entryClass, { ...OWN, args: ['ms=3000'] })
  await at.inState(job, state)
  await at.until(() => operated(at, session).length === 0)
  await at.advance(60_000)
  expect(at.fake.submissions()).toHaveLength(1)
  expect((await at.stored(job))?.state).toBe(state)
})

test("one that is refused fails with the operator's words", async () => {
  const at = await reconciled()
  const session = await at.session()
  const job = await at.job(session.id, 'a', 'fake.Throws', OWN)
  expect((await at.inState(job, 'FAILED')).status.error).toMatchObject({
    code: 'JOB_SUBMISSION_FAILED',
    message: expect.stringMatching(/^the operator says: .*main says no/),
  })
  const lost = await at.job(session.id, 'lost', 'fake.Streaming', {
    ...OWN,
    initialSavepoint: { location: 'fake:/nowhere/savepoint-1' },
  })
  expect((await at.inState(lost, 'FAILED')).status.error).toMatchObject({ code: 'RESTORE_FAILED' })
})

test('one that is not submitted in time fails, is withdrawn and holds up nobody', async () => {
  const at = await reconciled({ submissionDeadlineMs: 10_000 })
  const session = await at.session({ taskManagers: { max: 2 } })
  const slow = await at.job(session.id, 'slow', 'fake.Slow', { ...OWN, args: ['ms=60000'] })
  expect((await at.inState(slow, 'FAILED')).status.error).toMatchObject({
    code: 'JOB_SUBMISSION_TIMEOUT',
    message: 'it did not run after 10 s: the operator has not submitted it',
  })
  await at.inState(await at.job(session.id, 'next'), 'RUNNING')
  await at.until(() => operated(at, session).length === 0)
})

test('deleted, it is canceled and withdrawn before it is gone; also while it is still being submitted', async () => {
  const at = await reconciled()
  const session = await at.session({ taskManagers: { max: 2 } })
  const job = await at.job(session.id, 'a', 'fake.Streaming', OWN)
  await at.inState(job, 'RUNNING')
  const slow = await at.job(session.id, 'slow', 'fake.Slow', { ...OWN, args: ['ms=200000'] })
  await at.until(() => operated(at, session).length === 2)
  const before = at.clock.now()
  await at.remove(job)
  await at.remove(slow)
  await at.until(async () => (await at.stored(job))?.status.detail === 'waiting for the operator to let go of it')
  await at.gone(job)
  await at.gone(slow)
  expect(at.clock.now() - before).toBeLessThan(20_000)
  expect(operated(at, session)).toEqual([])
  expect(at.fake.live()).toMatchObject([{ jobs: [] }])
})

test('while the operator does not let go, the job is not gone and says what it waits for', async () => {
  let holds = true
  const at = await reconciled({
    through: (fake) => ({
      ...fake,
      operatorJobs: {
        ...fake.operatorJobs!,
        withdraw: async (job, how) =>
          holds ? { done: false, waitingOn: 'the operator to come back' } : fake.operatorJobs!.withdraw(job, how),
      },
    }),
  })
  const session = await at.session()
  const job = await at.job(session.id, 'a', 'fake.Streaming', OWN)
  await at.inState(job, 'RUNNING')
  await at.remove(job)
  await at.advance(120_000)
  expect(await at.stored(job)).toMatchObject({
    state: 'DELETING',
    status: { detail: 'waiting for the operator to come back' },
  })
  holds = false
  await at.gone(job)
})

test('after its JobManager has died, it is handed over anew, from its latest checkpoint', async () => {
  const at = await reconciled()
  const session = await at.session()
  const job = await at.job(session.id, 'a', 'fake.Streaming', OWN)
  await at.until(async () => ((await at.stored(job))?.status.lastCheckpoint?.id ?? 0) > 5)
  at.fake.killJobManager(session.id)
  await at.until(async () => {
    const found = await at.stored(job)
    return found?.state === 'RUNNING' && found.status.restarts === 1
  })
  const [first, second] = await at.attempts(job)
  expect(second?.startedFrom).toMatch(new RegExp(`/${first?.flinkJobId}/chk-\\d+$`))
  expect(operated(at, session)).toMatchObject([{ attempt: 2, generation: 2, flinkJobId: second?.flinkJobId }])
  expect(at.fake.submissions()[1]?.savepointPath).toBe(second?.startedFrom)
})

test('main() that ends the JobManager is not run again', async () => {
  const at = await reconciled()
  const session = await at.session()
  const bad = await at.job(session.id, 'bad', 'fake.SystemExit', OWN)
  expect((await at.inState(bad, 'FAILED')).status.error?.code).toBe('JOB_KILLED_JOB_MANAGER')
  await at.until(() => operated(at, session).length === 0)
  await at.advance(120_000)
  expect(at.fake.submissions()).toHaveLength(1)
})

test('silence settles nothing: it is handed over again; a refusal of the target is told as one', async () => {
  let trouble: Failure | undefined = new Failure('RUNTIME_UNREACHABLE', 'nobody answers')
  let handed = 0
  const at = await reconciled({
    through: (fake) => ({
      ...fake,
      operatorJobs: {
        ...fake.operatorJobs!,
        async submit(cluster, job, how) {
          handed += 1
          if (trouble) throw trouble
          return fake.operatorJobs!.submit(cluster, job, how)
        },
      },
    }),
  })
  const session = await at.session({ taskManagers: { max: 2 } })
  const job = await at.job(session.id, 'a', 'fake.Streaming', OWN)
  await at.until(() => handed > 3)
  trouble = undefined
  await at.inState(job, 'RUNNING')
  trouble = new Failure('KUBERNETES_REFUSED', 'it may not')
  const other = await at.job(session.id, 'b', 'fake.Streaming', OWN)
  expect((await at.inState(other, 'FAILED')).status.error).toMatchObject({
    code: 'KUBERNETES_REFUSED',
    message: 'it may not',
  })
})
