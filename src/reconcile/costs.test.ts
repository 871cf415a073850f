/**
 * What each resource costs: cycles, commits, statements that write, and questions to Flink, at two populations. Nothing
 * here is a time: what grows with the population, or comes in anew, shows on the day it comes in.
 */
import { describe, expect, test } from 'vitest'
import { type Commits, countCommits } from '../../tests/support/commits.ts'
import { type Reconciled, type ReconciledOptions, reconciled } from '../../tests/support/reconciled.ts'
import type { Resource } from '../domain/resource.ts'
import type { FlinkRest } from '../flink/rest.ts'

const MINUTE = 60_000
const REST_MINUTES = 3
const JOBS = 5
const [FEW, MANY] = [4, 16]

interface Costs {
  cycles: number
  /** Commits that wait for the disk. */
  durable: number
  /** Statements that changed rows. */
  writes: number
  /** Questions to Flink, and observations by the runtime. */
  asked: number
}

/** At most so much of each resource until it runs, and of each resource in a minute at rest: half as much again as it was. */
const BOUNDS: Record<'up' | 'rest', Costs> = {
  up: { cycles: 10, durable: 6, writes: 22, asked: 33 },
  rest: { cycles: 0.15, durable: 0, writes: 0.1, asked: 12 },
}

describe('the costs of a resource', () => {
  test('stay within bounds and do not grow with the population', async () => {
    const few = await measure(FEW)
    const many = await measure(MANY)
    for (const when of ['up', 'rest'] as const) {
      for (const what of Object.keys(BOUNDS[when]) as (keyof Costs)[]) {
        const title = `${what} per resource ${when === 'up' ? 'until it runs' : 'in a minute at rest'}`
        expect.soft(many[when][what], title).toBeLessThanOrEqual(BOUNDS[when][what])
        expect.soft(many[when][what], `${title}, many against few`).toBeLessThanOrEqual(few[when][what] * 1.2 + 0.05)
      }
    }
  }, 60_000)

  test('of a session grow with its jobs and not with their square', async () => {
    const [few, many] = [await measure(1, 10), await measure(1, 30)]
    for (const what of Object.keys(BOUNDS.up) as (keyof Costs)[]) {
      expect.soft(many.up[what], `${what} per job until it runs`).toBeLessThanOrEqual(few.up[what] * 1.5)
      expect.soft(many.rest[what], `${what} per job at rest`).toBeLessThanOrEqual(few.rest[what] * 1.5)
    }
  }, 60_000)
})

async function measure(sessions: number, jobs = JOBS): Promise<Record<'up' | 'rest', Costs>> {
  const commits = countCommits()
  let asked = 0
  const at = await reconciled(counted(() => (asked += 1)))
  const count = () => countsOf(at, commits, asked)
  const resources = sessions * (1 + jobs)
  const before = count()
  const all: Resource[] = []
  for (let n = 0; n < sessions; n += 1) {
    const session = await at.session({ flinkConfiguration: { 'taskmanager.numberOfTaskSlots': String(jobs) } })
    all.push(session)
    for (let job = 0; job < jobs; job += 1) all.push(await at.job(session.id, `job ${job}`, 'com.example.Job'))
  }
  for (const resource of all) await at.inState(resource, 'RUNNING')
  const running = count()
  await at.advance(MINUTE)
  const settled = count()
  await at.advance(REST_MINUTES * MINUTE)
  return {
    up: difference(before, running, resources),
    rest: difference(settled, count(), resources * REST_MINUTES),
  }
}

const countsOf = ({ moments }: Reconciled, { durable, statements }: Commits, asked: number): Costs => ({
  cycles: moments.filter((moment) => moment.endsWith('/loaded')).length,
  durable,
  writes: statements,
  asked,
})

const difference = (before: Costs, after: Costs, by: number): Costs => ({
  cycles: (after.cycles - before.cycles) / by,
  durable: (after.durable - before.durable) / by,
  writes: (after.writes - before.writes) / by,
  asked: (after.asked - before.asked) / by,
})

/** Tells of each question to Flink and each observation by the runtime. */
const counted = (count: () => void): ReconciledOptions => ({
  through: (fake) => ({
    ...fake,
    observe: (cluster) => {
      count()
      return fake.observe(cluster)
    },
    flink: (ref, cluster) =>
      new Proxy(fake.flink(ref, cluster), {
        get(target, name: string & keyof FlinkRest) {
          count()
          return target[name]
        },
      }),
  }),
})
