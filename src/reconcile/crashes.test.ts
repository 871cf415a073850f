import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type KillPlan, type Reconciled, reconciled } from '../../tests/support/reconciled.ts'
import type { ClusterAction } from '../domain/cluster/plan.ts'
import type { Resource } from '../domain/resource.ts'
import type { RunAction } from '../domain/run/plan.ts'
import type { Step } from './cycle.ts'

const runs = (at: Reconciled, job: Resource, restarts: number) =>
  at.until(async () => {
    const found = await at.stored(job)
    return found?.state === 'RUNNING' && found.status.restarts === restarts
  })

/** At no time does a session have two clusters with a JobManager. */
function expectOneCluster(at: Reconciled): void {
  const alive = at.fake
    .live()
    .filter(({ phase }) => phase === 'PREPARING' || phase === 'UP')
    .map(({ resource }) => resource)
  expect(new Set(alive).size).toBe(alive.length)
}

/** Whatever happens to the server: in one JobManager's life a job is one Flink job. */
function expectSubmittedOnce(at: Reconciled): void {
  const ids = new Map<string, Set<string>>()
  for (const { resource, generation, name, flinkJobId } of at.fake.submissions()) {
    const key = `${resource}/${generation}/${name}`
    ids.set(key, (ids.get(key) ?? new Set()).add(flinkJobId))
  }
  expect([...ids].filter(([, set]) => set.size > 1)).toEqual([])
}

/** Callers and the world do the same whatever becomes of the server: a life with everything that a server acts on. */
const STORIES: Record<string, (at: Reconciled) => Promise<void>> = {
  async 'a session with jobs comes up, loses its JobManager and is deleted'(at) {
    const session = await at.session({ taskManagers: { max: 3 } })
    const job = await at.job(session.id, 'a')
    const fetched = await at.job(session.id, 'b', 'fake.Streaming', { jarUri: 'https://example.com/b.jar' })
    await runs(at, job, 0)
    await runs(at, fetched, 0)
    await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
    expectOneCluster(at)
    at.fake.killJobManager(session.id)
    await runs(at, job, 1)
    await runs(at, fetched, 1)
    expectOneCluster(at)
    expect(at.fake.live()).toMatchObject([{ generation: 2 }])
    expect(
      at.fake
        .live()[0]
        ?.jobs.map(({ name }) => name)
        .sort(),
    ).toEqual(['a', 'b'])
    expect(at.fake.submissions({ name: 'a' }).at(-1)?.savepointPath).toContain(job.spec.job.id)
    await at.advance(5_000)
    await at.remove(job)
    await at.gone(job)
    await at.remove(session, { cascade: true })
    await at.gone(session)
  },
  async 'jobs that go wrong'(at) {
    const session = await at.session({ taskManagers: { max: 2 } })
    const bad = await at.job(session.id, 'throws', 'fake.Throws')
    const slow = await at.job(session.id, 'slow', 'fake.Slow', { args: ['ms=5000'] })
    // Flink itself calls its main(), which nobody can end: what it starts is a stray.
    const stray = await at.job(session.id, 'stray', 'fake.Slow', { args: ['ms=5000'], runner: 'OFF' })
    await at.inState(bad, 'FAILED')
    for (const job of [slow, stray]) {
      await at.until(() => at.fake.submissions({ name: job.spec.name }).length > 0)
      await at.remove(job, { force: true })
      await at.gone(job)
    }
    await at.advance(20_000)
    expect(at.fake.live()).toMatchObject([{ generation: 1, jobs: [] }])
    const lost = await at.job(session.id, 'lost')
    await at.until(async () => (await at.stored(lost))?.status.lastCheckpoint)
    at.fake.killJobManager(session.id)
    at.fake.loseCheckpoints(lost.spec.job.id ?? '')
    const failed = await at.inState(lost, 'FAILED')
    expect(failed.status.error?.code).toBe('RESTORE_FAILED')
    expect(at.fake.submissions({ name: 'lost' })).toHaveLength(1)
    await at.remove(session, { cascade: true })
    await at.gone(session)
  },
  async 'jobs that an operator submits'(at) {
    const session = await at.session({ taskManagers: { max: 2 } })
    const job = await at.job(session.id, 'a', 'fake.Streaming', { jarUri: 'file:///jobs/a.jar' })
    const bad = await at.job(session.id, 'throws', 'fake.Throws', { jarUri: 'file:///jobs/b.jar' })
    await runs(at, job, 0)
    await at.inState(bad, 'FAILED')
    await at.until(async () => (await at.stored(job))?.status.lastCheckpoint)
    at.fake.killJobManager(session.id)
    await runs(at, job, 1)
    const [first] = await at.attempts(job)
    expect(at.fake.submissions({ name: 'a' }).at(-1)?.savepointPath).toContain(first?.flinkJobId)
    await at.remove(job)
    await at.gone(job)
    expect(at.fake.world.resources.get(session.id)?.operated).toEqual([])
    await at.remove(session, { cascade: true })
    await at.gone(session)
  },
}

async function reported(story: string, kills: readonly KillPlan[]): Promise<Reconciled> {
  const at = await reconciled({ kills })
  await STORIES[story]?.(at)
  expectSubmittedOnce(at)
  await at.advance(60_000)
  expect(at.fake.live()).toEqual([])
  expect(at.fake.world.resources.size).toBe(0)
  expect(at.errors).toEqual([])
  return at
}

const [LIFE = '', WRONG = '', OPERATED = ''] = Object.keys(STORIES)

/** Where each action comes by. LAUNCH and REPEAT are what a server does about another one that died in between. */
const SESSION_ACTIONS = {
  BEGIN: [LIFE],
  LAUNCH: [LIFE, 'session/intended:BEGIN'],
  SCALE: [LIFE],
  REMOVE: [LIFE],
  CANCEL_STRAY: [WRONG],
  END_FOR_DELETION: [LIFE],
  FINISH_DELETION: [LIFE],
} satisfies Record<ClusterAction['type'], [story: string, earlier?: string]>
const JOB_ACTIONS = {
  STAGE: [LIFE],
  SUBMIT: [LIFE],
  REPEAT: [LIFE, 'job/intended:SUBMIT'],
  REFUSE: [WRONG],
  CANCEL: [LIFE],
  INTERRUPT: [WRONG],
  ABANDON: [WRONG],
  TIDY: [LIFE],
  WITHDRAW: [OPERATED],
  FINISH_DELETION: [LIFE],
} satisfies Record<RunAction['type'], [story: string, earlier?: string]>

const OF_A_CYCLE: Step[] = ['loaded', 'observed', 'persisted', 'validated', 'planned']
const OF_AN_ACTION: Step[] = ['intended', 'acted', 'settled']

interface Case {
  at: string
  story: string
  earlier?: string
  nth?: number
}

const ofActions = (kind: string, actions: Record<string, readonly [story: string, earlier?: string]>): Case[] =>
  Object.entries(actions).flatMap(([action, [story, earlier]]) =>
    OF_AN_ACTION.map((step) => ({
      at: `${kind}/${step}:${action}`,
      story,
      ...(earlier !== undefined && { earlier }),
    })),
  )

const CASES: Case[] = [
  ...['session', 'job']
    .flatMap((kind) => OF_A_CYCLE.map((step) => `${kind}/${step}`))
    .flatMap((at) => [1, 12].map((nth) => ({ at, nth, story: LIFE }))),
  ...ofActions('session', SESSION_ACTIONS),
  ...ofActions('job', JOB_ACTIONS),
  ...['uploaded', 'answered'].flatMap((step) => [LIFE, WRONG].map((story) => ({ at: `submission/${step}`, story }))),
  ...['job/acted:SUBMIT', 'submission/answered', 'call/withdraw'].flatMap((at) =>
    [1, 2].map((nth) => ({ at, nth, story: OPERATED })),
  ),
  // The second life of the cluster, which is full of things that must not happen twice.
  ...['session/intended:BEGIN', 'session/acted:REMOVE', 'session/settled:REMOVE'].map((at) => ({
    at,
    story: LIFE,
    nth: 2,
  })),
  ...['job/intended:SUBMIT', 'job/acted:SUBMIT', 'submission/uploaded', 'submission/answered'].map((at) => ({
    at,
    story: LIFE,
    nth: 3,
  })),
]

describe('a server that is killed', () => {
  // Every other one is missed for a while, in which the world goes on.
  test.for(CASES.map((known, n) => ({ nth: 1, downMs: (n % 2) * 7_000, ...known })))(
    'at $at ($nth), for $downMs ms, is made up for by the next one: $story',
    async ({ at: where, story, earlier, nth, downMs }) => {
      const kills = [...(earlier === undefined ? [] : [{ at: earlier }]), { at: where, nth, downMs }]
      const at = await reported(story, kills)
      expect(at.kills()).toBe(kills.length)
    },
  )

  test.for(Object.keys(STORIES))('before anything that it writes or does is made up for: %s', async (story) => {
    const call = fc.constantFrom(
      'transaction',
      'begin',
      'removed',
      'launch',
      'scale',
      'remove',
      'uploadJar',
      'runJar',
      'cancel',
      'forget',
    )
    const plan = fc.record({
      at: call.map((name) => `call/${name}`),
      nth: fc.integer({ min: 1, max: 12 }),
      downMs: fc.constantFrom(0, 900),
    })
    const often = fc.record({ at: fc.constant('call/transaction'), nth: fc.integer({ min: 1, max: 220 }) })
    await fc.assert(
      fc.asyncProperty(fc.oneof(plan, often), async (kill) => {
        await reported(story, [kill])
      }),
      { numRuns: 10 },
    )
  })

  test.for(Object.keys(STORIES))('again and again, at any moment, is made up for: %s', async (story) => {
    const moment = fc.record({ nth: fc.integer({ min: 1, max: 250 }), downMs: fc.constantFrom(0, 0, 300, 4_000) })
    await fc.assert(
      fc.asyncProperty(fc.array(moment, { minLength: 3, maxLength: 10 }), async (moments) => {
        await reported(
          story,
          moments.map((plan) => ({ at: '*', ...plan })),
        )
      }),
      { numRuns: 3, endOnFailure: true },
    )
  })
})
