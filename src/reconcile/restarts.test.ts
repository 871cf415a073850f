/** What Flink does about jobs by itself, and what callers hear of it: the real engine over the fake runtime. */
import { describe, expect, test } from 'vitest'
import { type Reconciled, type ReconciledOptions, reconciled } from '../../tests/support/reconciled.ts'
import type { JobResource } from '../domain/resource.ts'
import type { FlinkRest } from '../flink/rest.ts'

const MINUTE = 60_000
const TWO_SLOTS = { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' } }
/** Fails every 2 s, as often as it is told to. */
const EVERY_TWO_SECONDS = { failsAfterMs: 700, restartMs: 1_000, deployMs: 300, restartAttempts: Infinity }

/** A job that fails so many times in a row, and then runs. */
async function failing(times: number, options: ReconciledOptions = {}): Promise<{ at: Reconciled; job: JobResource }> {
  const at = await reconciled({ pace: EVERY_TWO_SECONDS, ...options })
  const session = await at.session(TWO_SLOTS)
  const job = await at.job(session.id, 'a', 'fake.Fails', { args: [`times=${times}`] })
  return { at, job }
}

const restartsOf = async (at: Reconciled, job: JobResource): Promise<number> =>
  (await at.stored(job))?.status.restarts ?? 0

const restartEvents = async (at: Reconciled, job: JobResource): Promise<string[]> =>
  (await at.events(job)).filter(({ reason }) => reason === 'JobRestarted').map(({ message }) => message)

/** How many restarts the events tell of, each once. */
async function sumReported(at: Reconciled, job: JobResource): Promise<number> {
  const events = await restartEvents(at, job)
  return events.reduce((sum, text) => sum + Number(/(\d+) (?:more restarts|restarts so far)/.exec(text)?.[1] ?? 1), 0)
}

/** Counts what is asked of Flink. */
const counted = (calls: Record<string, number>): ReconciledOptions => ({
  through: (fake) => ({
    ...fake,
    flink: (ref, cluster) =>
      new Proxy(fake.flink(ref, cluster), {
        get(target, name: string & keyof FlinkRest) {
          calls[name] = (calls[name] ?? 0) + 1
          return target[name]
        },
      }),
  }),
})

describe('a job that Flink restarts', () => {
  test('counts each restart, and tells of it with root cause, task and TaskManager', async () => {
    const { at, job } = await failing(3)
    await at.until(async () => (await restartsOf(at, job)) === 3)
    const running = await at.inState(job, 'RUNNING')
    const cause = 'java.lang.RuntimeException: the job says no (in Source: fake (1/1) on TaskManager 1)'
    expect(running.status.error).toMatchObject({ code: 'JOB_RESTARTING', message: cause })
    expect(await restartEvents(at, job)).toEqual(
      [1, 2, 3].map((n) => `Flink restarts the job (restart ${n}): ${cause}`),
    )
    await at.advance(30 * MINUTE)
    expect(await restartsOf(at, job)).toBe(3)
    expect(await restartEvents(at, job)).toHaveLength(3)
  })

  test('has its error until it has run five minutes without another restart', async () => {
    const { at, job } = await failing(1)
    await at.until(async () => (await restartsOf(at, job)) === 1)
    await at.inState(job, 'RUNNING')
    await at.advance(4.9 * MINUTE)
    expect((await at.stored(job))?.status.error).toMatchObject({ code: 'JOB_RESTARTING' })
    await at.advance(0.2 * MINUTE)
    expect((await at.stored(job))?.state).toBe('RUNNING')
    expect((await at.stored(job))?.status.error).toBeUndefined()
    await at.restart(2 * MINUTE)
    await at.advance(2 * MINUTE)
    expect((await at.stored(job))?.status.error).toBeUndefined()
  })

  test('counts 48 in a row, of which each is told once, in a timeline that stays short', async () => {
    const { at, job } = await failing(48)
    await at.until(async () => (await restartsOf(at, job)) === 48)
    await at.advance(10 * MINUTE)
    expect(await restartsOf(at, job)).toBe(48)
    expect(await sumReported(at, job)).toBe(48)
    expect((await restartEvents(at, job)).length).toBeLessThanOrEqual(8)
    expect((await restartEvents(at, job)).at(-1)).toMatch(
      /more restarts since \d{4}-.*, the latest \(restart 48\) at .*says no/,
    )
  })

  test('counts and tells of each once, whenever the server is killed', async () => {
    const { at, job } = await failing(30, {
      kills: ['job/observed', 'job/persisted', 'call/transaction', 'job/loaded', 'job/planned'].map((where, n) => ({
        at: where,
        nth: 2 + n,
        downMs: 1_000 + 3_000 * n,
      })),
    })
    await at.until(async () => (await restartsOf(at, job)) === 30)
    expect(at.kills()).toBe(5)
    await at.advance(10 * MINUTE)
    expect(await restartsOf(at, job)).toBe(30)
    expect(await sumReported(at, job)).toBe(30)
  })

  test('more often than Flink remembers, while no server looked, is counted by Flink itself', async () => {
    const { at, job } = await failing(100)
    await at.until(async () => (await restartsOf(at, job)) >= 3)
    await at.restart(5 * MINUTE)
    await at.until(async () => (await restartsOf(at, job)) === 100)
    await at.advance(10 * MINUTE)
    expect(await restartsOf(at, job)).toBe(100)
    expect(await sumReported(at, job)).toBe(100)
  })

  test('because its TaskManager died is counted, with the loss as the cause', async () => {
    const at = await reconciled()
    const session = await at.session()
    const job = await at.job(session.id, 'a')
    await at.inState(job, 'RUNNING')
    at.fake.killTaskManager(session.id)
    await at.until(async () => (await restartsOf(at, job)) === 1)
    await at.inState(job, 'RUNNING')
    expect((await at.stored(job))?.status.error?.message).toMatch(/TaskManager .* is no longer reachable/)
    expect(await restartEvents(at, job)).toEqual([
      expect.stringMatching(/^Flink restarts the job \(restart 1\): .*no longer reach/),
    ])
  })

  test('and that fails for good has its restarts counted, and the failure told apart from them', async () => {
    const { at, job } = await failing(10, { pace: { ...EVERY_TWO_SECONDS, restartAttempts: 3 } })
    await at.inState(job, 'FAILED')
    expect(await restartsOf(at, job)).toBe(3)
    expect((await at.events(job)).map(({ reason }) => reason).slice(-4)).toEqual([
      'JobRestarted',
      'JobRestarted',
      'JobRestarted',
      'JobFailed',
    ])
  })

  test('and whose JobManager dies keeps the count of its earlier attempts', async () => {
    const { at, job } = await failing(2)
    await at.until(async () => (await restartsOf(at, job)) === 2)
    await at.inState(job, 'RUNNING')
    at.fake.killJobManager(job.parent)
    await at.until(async () => (await at.attempts(job)).length === 2)
    await at.until(async () => (await restartsOf(at, job)) === 5)
    expect((await restartEvents(at, job)).at(-1)).toMatch(/^Flink restarts the job \(restart 5\)/)
  })
})

test('a job that runs costs no more requests for being watched for restarts', async () => {
  const calls: Record<string, number> = {}
  const at = await reconciled(counted(calls))
  const job = await at.job((await at.session()).id, 'a')
  await at.inState(job, 'RUNNING')
  await at.advance(10 * MINUTE)
  expect(calls['jobs']).toBeGreaterThan(100)
  expect(calls['job']).toBeLessThan(10)
  expect(calls).not.toHaveProperty('exceptions')
  expect(calls).not.toHaveProperty('restarts')
})

test('a job that was restarted is asked about a few times, then no more', async () => {
  const calls: Record<string, number> = {}
  const { at, job } = await failing(1, counted(calls))
  await at.until(async () => (await restartsOf(at, job)) === 1)
  await at.advance(10 * MINUTE)
  expect(calls['exceptions']).toBeLessThanOrEqual(6)
  expect(calls['restarts']).toBeLessThanOrEqual(3)
})
