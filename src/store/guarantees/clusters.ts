/** The records that keep clusters and jobs from being lost or doubled: generations, processes, attempts. */
import { describe, expect, test } from 'vitest'
import {
  ALONE_FOR_MS,
  BEGINNING_AT_ONCE,
  BEGINNING_FOR_MS,
  type EffectiveClusterSpec,
  type GenerationEnd,
} from '../../domain/cluster.ts'
import { newFlinkJobId, newUuid } from '../../domain/ids.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import type { DatabaseUnderTest, TestStore } from './test-store.ts'
import { CALLER, createJob, createSession, freshStore, made } from './test-store.ts'

export const clusterSpec: EffectiveClusterSpec = {
  name: 's',
  workspace: 'W',
  runtime: 'FLINK_1_20',
  flinkConfiguration: { a: 'b' },
  logConfiguration: {},
  jars: [],
  plugins: [],
  jobManager: { memoryBytes: 1, cpu: 1 },
  taskManager: { memoryBytes: 2, cpu: 1, slots: 2 },
  initialTaskManagers: 1,
}

export const processRecord = (resource: string, more: Partial<ProcessRecord> = {}): ProcessRecord => ({
  uuid: newUuid(),
  resource,
  generation: 1,
  role: 'jobmanager',
  ordinal: 0,
  state: 'INTENDED',
  memoryBytes: 17_179_869_184,
  stopRequested: false,
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
})

const lost: GenerationEnd = { kind: 'LOST', code: 'JOB_MANAGER_LOST', message: 'gone', retryable: true }

export const clusters = (under: DatabaseUnderTest) =>
  describe('generations and processes', () => {
    const testStore = freshStore(under)

    test('generations count from 1, and each of their times is written once', async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      const { generations } = testStore.store
      const first = await generations.begin(id, clusterSpec)
      expect(first).toEqual({ resource: id, generation: 1, spec: clusterSpec, createdAt: '2026-01-01T00:00:00.000Z' })
      testStore.clock.advance(1000)
      await generations.up(first)
      await generations.end(first, lost)
      testStore.clock.advance(1000)
      await generations.up(first)
      await generations.end(first, { ...lost, kind: 'DELETED' })
      await generations.removed(first)
      expect((await generations.begin(id, clusterSpec)).generation).toBe(2)
      const at = '2026-01-01T00:00:01.000Z'
      expect((await generations.list(id))[0]).toEqual({
        ...first,
        upAt: at,
        endedAt: at,
        end: lost,
        removedAt: '2026-01-01T00:00:02.000Z',
      })
    })

    test('begun at once, generations have different numbers', async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      const begun = await Promise.all(
        Array.from({ length: 8 }, () => testStore.store.generations.begin(id, clusterSpec)),
      )
      expect(begun.map(({ generation }) => generation).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    })

    test('a removed resource gets no generation, and so no cluster', async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      await testStore.store.resources.remove(id)
      await expect(testStore.store.generations.begin(id, clusterSpec)).rejects.toThrow(/FOREIGN KEY|foreign key/)
      await expect(testStore.store.processes.intend(processRecord(id))).rejects.toThrow(/FOREIGN KEY|foreign key/)
    })

    test('the ledger of processes gives back what was written, narrowed as asked', async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      const other = await made(createSession(testStore.store, 't'))
      const master = processRecord(id)
      const worker = processRecord(id, { generation: 2, role: 'taskmanager', ordinal: 3, stopRequested: true })
      const foreign = processRecord(other.id)
      for (const record of [master, worker, foreign]) await testStore.store.processes.intend(record)
      const identity = { pid: 4_194_304, startTime: '18446744073709551615', bootId: 'b' }
      const running = { state: 'RUNNING', ...identity, restPort: 65535, rpcPort: 1 } as const
      const exit = { code: 137, reason: 'exited with code 137' }
      await testStore.store.processes.update(master.uuid, running)
      await testStore.store.processes.update(worker.uuid, {
        state: 'EXITED',
        exitedAt: '2026-01-01T00:00:09.000Z',
        exit,
      })
      await testStore.store.processes.update(foreign.uuid, { stopRequested: true })
      await testStore.reopen()
      const { list, forget } = testStore.store.processes
      expect(await list({ resource: id })).toEqual([
        { ...master, ...running },
        { ...worker, state: 'EXITED', exitedAt: '2026-01-01T00:00:09.000Z', exit },
      ])
      expect((await list({ live: true })).map(({ uuid }) => uuid)).toEqual([master.uuid, foreign.uuid])
      expect((await list({ cluster: { resource: id, generation: 2 } })).map(({ uuid }) => uuid)).toEqual([worker.uuid])
      await forget(id)
      expect(await list()).toMatchObject([{ uuid: foreign.uuid, stopRequested: true }])
    })

    test('a spare becomes a process of one cluster, at once and once', async () => {
      const { id } = await made(createSession(testStore.store, 's'))
      const record = processRecord(id)
      const { uuid, role, memoryBytes, createdAt } = record
      await testStore.store.spares.intend({ uuid, role, memoryBytes, createdAt })
      await testStore.store.spares.intend({ uuid: newUuid(), role: 'taskmanager', memoryBytes, createdAt })
      await testStore.reopen()
      const { processes, spares } = testStore.store
      expect(await spares.list()).toContainEqual({ uuid, role, memoryBytes, createdAt })
      await expect(spares.assign(processRecord('GONE', { uuid }))).rejects.toThrow(/FOREIGN KEY|foreign key/)
      expect([(await spares.list()).length, await processes.list()]).toEqual([2, []])
      const assigned = await Promise.all([spares.assign(record), spares.assign(record)])
      expect(assigned.toSorted()).toEqual([false, true])
      expect(await processes.list()).toEqual([record])
      const [left] = await spares.list()
      await spares.forget(left!.uuid)
      expect([left!.role, await spares.list()]).toEqual(['taskmanager', []])
    })

    attempts(under)
  })

const attempts = (under: DatabaseUnderTest) =>
  describe('attempts', () => {
    const testStore = freshStore(under)

    const companies = async (jobs: readonly string[]) =>
      (await Promise.all(jobs.map((job) => testStore.store.attempts.list(job)))).flat().map(({ company }) => company)

    test('submissions of a session stand beside each other, and each knows that it had company', async () => {
      const { session, jobs } = await sessionWithJobs(testStore, 3)
      expect(await begin(testStore, session, jobs[0]!)).toMatchObject({ host: session, n: 1, company: 'NONE' })
      await Promise.all(jobs.slice(1).map((job) => begin(testStore, session, job)))
      expect(await companies(jobs)).toEqual(['OTHERS', 'OTHERS', 'OTHERS'])
      expect(await begin(testStore, session, jobs[0]!)).toBeUndefined()
      await testStore.store.attempts.update(jobs[0]!, 1, { phase: 'SUBMITTED', checkpointFolder: 'f' })
      expect((await testStore.store.attempts.list(jobs[0]!))[0]).toMatchObject({ company: 'OTHERS' })
      const elsewhere = await sessionWithJobs(testStore, 1, 'elsewhere')
      expect(await begin(testStore, elsewhere.session, elsewhere.jobs[0]!)).toMatchObject({ n: 1, company: 'NONE' })
    })

    test('who is to be alone waits for the others, and they wait for it', async () => {
      const { session, jobs } = await sessionWithJobs(testStore, 3)
      await begin(testStore, session, jobs[0]!)
      expect(await begin(testStore, session, jobs[1]!, { alone: true })).toBeUndefined()
      await testStore.store.attempts.update(jobs[0]!, 1, { phase: 'SUBMITTED' })
      expect(await begin(testStore, session, jobs[1]!, { alone: true })).toMatchObject({ company: 'ALONE' })
      expect(await begin(testStore, session, jobs[2]!)).toBeUndefined()
      expect(await testStore.store.attempts.submitting(session)).toEqual([
        { job: jobs[1], name: 'j1', alone: true, begins: true },
      ])
      testStore.clock.advance(ALONE_FOR_MS)
      expect(await begin(testStore, session, jobs[2]!)).toMatchObject({ company: 'OTHERS' })
    })

    test('a few begin at a time; those that go on for long hold up nobody', async () => {
      const { session, jobs } = await sessionWithJobs(testStore, 6)
      const begun = await Promise.all(jobs.map((job) => begin(testStore, session, job)))
      const refused = jobs.filter((_, n) => begun[n] === undefined)
      expect(refused).toHaveLength(6 - BEGINNING_AT_ONCE)
      testStore.clock.advance(BEGINNING_FOR_MS)
      for (const job of refused) expect(await begin(testStore, session, job)).toMatchObject({ company: 'OTHERS' })
    })

    test('what was sent to an earlier JobManager is no company', async () => {
      const { session, jobs } = await sessionWithJobs(testStore, 2)
      await begin(testStore, session, jobs[0]!, { incarnation: 'before' })
      expect(await begin(testStore, session, jobs[1]!)).toMatchObject({ company: 'NONE' })
      expect(await companies(jobs)).toEqual(['NONE', 'NONE'])
    })

    test('nothing is submitted any more once the job or its session is being deleted or gone', async () => {
      const { session, jobs } = await sessionWithJobs(testStore, 3)
      await testStore.store.resources.requestDeletion('job', jobs[0]!, { cascade: false, force: false }, CALLER)
      await testStore.store.resources.remove(jobs[1]!)
      expect(await begin(testStore, session, jobs[0]!)).toBeUndefined()
      expect(await begin(testStore, session, jobs[1]!)).toBeUndefined()
      await testStore.store.resources.requestDeletion('session', session, { cascade: true, force: false }, CALLER)
      expect(await begin(testStore, session, jobs[2]!)).toBeUndefined()
    })

    test('an attempt that has ended takes checkpoints and nothing else', async () => {
      const {
        session,
        jobs: [job],
      } = await sessionWithJobs(testStore, 1)
      const attempt = await begin(testStore, session, job!)
      await testStore.store.attempts.update(job!, 1, { phase: 'ENDED', outcome: { result: 'LOST' } })
      testStore.clock.advance(1000)
      await testStore.store.attempts.update(job!, 1, {
        phase: 'SUBMITTED',
        outcome: { result: 'FINISHED' },
        lastCheckpoint: 'chk-1',
      })
      const ended = {
        phase: 'ENDED',
        outcome: { result: 'LOST' },
        endedAt: attempt!.createdAt,
        lastCheckpoint: 'chk-1',
      }
      expect(await testStore.store.attempts.list(job!)).toEqual([{ ...attempt, ...ended }])
    })

    test('an attempt submitted by somebody else has the Flink job ID chosen there, so has what must not', async () => {
      const {
        session,
        jobs: [job],
      } = await sessionWithJobs(testStore, 1)
      const attempt = await begin(testStore, session, job!)
      const flinkJobId = newFlinkJobId()
      await testStore.store.attempts.update(job!, 1, { phase: 'SUBMITTED', flinkJobId })
      expect(await testStore.store.attempts.list(job!)).toEqual([{ ...attempt, phase: 'SUBMITTED', flinkJobId }])
      await testStore.store.attempts.update(job!, 1, { phase: 'ENDED', outcome: { result: 'FAILED' } })
      await testStore.store.attempts.update(job!, 1, { flinkJobId: newFlinkJobId() })
      expect(await testStore.store.attempts.abandoned(session)).toEqual([flinkJobId])
    })

    test('what must not run is known while the session exists: failed attempts, and jobs that are gone', async () => {
      const {
        session,
        jobs: [gone, failed, lives],
      } = await sessionWithJobs(testStore, 3)
      const ids = []
      for (const job of [gone, failed, lives]) {
        ids.push((await begin(testStore, session, job!))!.flinkJobId)
        await testStore.store.attempts.update(job!, 1, { phase: 'SUBMITTED' })
      }
      await testStore.store.attempts.update(failed!, 1, { phase: 'ENDED', outcome: { result: 'FAILED' } })
      await begin(testStore, session, failed!)
      expect(await testStore.store.attempts.abandoned(session)).toEqual([ids[1]])
      await testStore.store.resources.remove(gone!)
      expect((await testStore.store.attempts.abandoned(session)).sort()).toEqual([ids[0], ids[1]].sort())
      expect(await testStore.store.attempts.list(gone!)).toHaveLength(1)
      for (const id of [failed!, lives!, session]) await testStore.store.resources.remove(id)
      expect(await testStore.store.attempts.abandoned(session)).toEqual([])
    })

    test('with a resource go its generations, processes and events', async () => {
      const {
        session,
        jobs: [job],
      } = await sessionWithJobs(testStore, 1)
      await testStore.store.generations.begin(session, clusterSpec)
      await testStore.store.processes.intend(processRecord(session))
      await testStore.store.resources.remove(job!)
      await testStore.store.resources.remove(session)
      await testStore.store.resources.remove(session)
      expect(await testStore.store.generations.list(session)).toEqual([])
      expect(await testStore.store.processes.list()).toEqual([])
      expect(await testStore.store.events.list(session, { limit: 10 })).toEqual({ items: [] })
    })
  })

async function sessionWithJobs(
  testStore: TestStore,
  count: number,
  name = 's',
): Promise<{ session: string; jobs: string[] }> {
  const { id } = await made(createSession(testStore.store, name))
  const jobs = []
  for (let i = 0; i < count; i++) jobs.push((await made(createJob(testStore.store, id, `j${i}`))).id)
  return { session: id, jobs }
}

const begin = (
  testStore: TestStore,
  session: string,
  job: string,
  how: { alone?: boolean; incarnation?: string } = {},
) =>
  testStore.store.attempts.begin({
    job,
    host: session,
    flinkJobId: newFlinkJobId(),
    generation: 1,
    incarnation: 'i',
    startedFrom: 'chk-0',
    ...how,
  })
