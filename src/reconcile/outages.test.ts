/** What becomes of clusters and jobs while the server can't reach its store. */
import { expect, test } from 'vitest'
import { reconciled } from '../../tests/support/reconciled.ts'

test('what main() answered while the store was away is written when it is back, and main() is not called again', async () => {
  let away = false
  const at = await reconciled({ storeAway: () => away })
  const session = await at.session()
  await at.inState(session, 'RUNNING')
  const job = await at.job(session.id, 'throws', 'fake.Throws')
  await at.until(() => at.fake.submissions({ name: 'throws' }).length === 1)
  away = true
  await at.advance(120_000)
  expect((await at.stored(job))?.state).not.toBe('FAILED')
  away = false
  const failed = await at.inState(job, 'FAILED')
  expect(failed.status.error?.code).toBe('JOB_SUBMISSION_FAILED')
  expect(at.fake.submissions({ name: 'throws' })).toHaveLength(1)
})

test.each([1_500, 3_700, 9_000])(
  'a store that comes and goes every %i ms loses nothing and doubles nothing',
  async (period) => {
    let age = (): number => 0
    const at = await reconciled({ storeAway: () => age() % (2 * period) >= period })
    const begin = at.clock.now()
    age = () => at.clock.now() - begin
    const session = await at.session({ taskManagers: { max: 3 } })
    const jobs = [await at.job(session.id, 'a'), await at.job(session.id, 'b')]
    for (const job of jobs) await at.inState(job, 'RUNNING')
    expect(at.fake.live()).toMatchObject([{ generation: 1 }])
    for (const name of ['a', 'b'])
      expect(new Set(at.fake.submissions({ name }).map(({ flinkJobId }) => flinkJobId)).size).toBe(1)
    at.fake.killJobManager(session.id)
    await at.until(async () => {
      const found = await Promise.all(jobs.map((job) => at.stored(job)))
      return found.every((job) => job?.state === 'RUNNING' && job.status.restarts === 1)
    })
    expect(at.fake.live()).toMatchObject([{ generation: 2 }])
    expect(at.fake.live()[0]?.jobs).toHaveLength(2)
    await at.remove(session, { cascade: true })
    await at.gone(session)
    expect(at.fake.live()).toEqual([])
  },
)

test('nothing is done while the store is away, whatever happens to the cluster', async () => {
  let away = false
  const at = await reconciled({ storeAway: () => away })
  const session = await at.session()
  await at.inState(session, 'RUNNING')
  away = true
  await at.advance(1_000)
  at.fake.killJobManager(session.id)
  const before = at.moments.length
  await at.advance(600_000)
  const cycles = at.moments.slice(before).filter((moment) => moment.includes('/acted'))
  expect(cycles).toEqual([])
  // Asking whether it is back, and nothing else: a few calls a minute.
  expect(at.moments.length - before).toBeLessThan(200)
  away = false
  await at.until(() => at.fake.live().some(({ generation }) => generation === 2))
})
