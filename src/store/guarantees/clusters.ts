/** The records that keep clusters and jobs from being lost or doubled: generations, processes, attempts. */
import { describe, expect, test } from 'vitest'
import type { EffectiveClusterSpec, GenerationEnd } from '../../domain/cluster.ts'
import { newFlinkJobId, newUuid } from '../../domain/ids.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import type { DatabaseUnderTest, Place } from './test-store.ts'
import { CALLER, createJob, createSession, freshPlace, made } from './test-store.ts'

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
    const place = freshPlace(under)

    test('generations count from 1, and each of their times is written once', async () => {
      const { id } = await made(createSession(place.store, 's'))
      const { generations } = place.store
      const first = await generations.begin(id, clusterSpec)
      expect(first).toEqual({ resource: id, generation: 1, spec: clusterSpec, createdAt: '2026-01-01T00:00:00.000Z' })
      place.clock.advance(1000)
      await generations.up(first)
      await generations.end(first, lost)
      place.clock.advance(1000)
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
      const { id } = await made(createSession(place.store, 's'))
      const begun = await Promise.all(Array.from({ length: 8 }, () => place.store.generations.begin(id, clusterSpec)))
      expect(begun.map(({ generation }) => generation).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    })

    test('a removed resource gets no generation, and so no cluster', async () => {
      const { id } = await made(createSession(place.store, 's'))
      await place.store.resources.remove(id)
      await expect(place.store.generations.begin(id, clusterSpec)).rejects.toThrow(/FOREIGN KEY|foreign key/)
      await expect(place.store.processes.intend(processRecord(id))).rejects.toThrow(/FOREIGN KEY|foreign key/)
    })

    test('the ledger of processes gives back what was written, narrowed as asked', async () => {
      const { id } = await made(createSession(place.store, 's'))
      const other = await made(createSession(place.store, 't'))
      const master = processRecord(id)
      const worker = processRecord(id, { generation: 2, role: 'taskmanager', ordinal: 3, stopRequested: true })
      const foreign = processRecord(other.id)
      for (const record of [master, worker, foreign]) await place.store.processes.intend(record)
      const identity = { pid: 4_194_304, startTime: '18446744073709551615', bootId: 'b' }
      const running = { state: 'RUNNING', ...identity, restPort: 65535, rpcPort: 1 } as const
      const exit = { code: 137, reason: 'exited with code 137' }
      await place.store.processes.update(master.uuid, running)
      await place.store.processes.update(worker.uuid, { state: 'EXITED', exitedAt: '2026-01-01T00:00:09.000Z', exit })
      await place.store.processes.update(foreign.uuid, { stopRequested: true })
      await place.reopen()
      const { list, forget } = place.store.processes
      expect(await list({ resource: id })).toEqual([
        { ...master, ...running },
        { ...worker, state: 'EXITED', exitedAt: '2026-01-01T00:00:09.000Z', exit },
      ])
      expect((await list({ live: true })).map(({ uuid }) => uuid)).toEqual([master.uuid, foreign.uuid])
      expect((await list({ cluster: { resource: id, generation: 2 } })).map(({ uuid }) => uuid)).toEqual([worker.uuid])
      await forget(id)
      expect(await list()).toMatchObject([{ uuid: foreign.uuid, stopRequested: true }])
    })

    attempts(under)
  })

const attempts = (under: DatabaseUnderTest) =>
  describe('attempts', () => {
    const place = freshPlace(under)

    test('one submission at a time in a session', async () => {
      const { session, jobs } = await sessionWithJobs(place, 6)
      const begun = await Promise.all(jobs.map((job) => begin(place, session, job)))
      const [winner, ...more] = begun.filter((attempt) => attempt !== undefined)
      expect(more).toEqual([])
      expect(winner).toMatchObject({ session, n: 1, phase: 'SUBMITTING' })
      await place.store.attempts.update(winner!.job, 1, { phase: 'SUBMITTED', checkpointFolder: 'f' })
      expect(await begin(place, session, winner!.job)).toMatchObject({ n: 2 })
      const elsewhere = await sessionWithJobs(place, 1, 'elsewhere')
      expect(await begin(place, elsewhere.session, elsewhere.jobs[0]!)).toMatchObject({ n: 1 })
    })

    test('nothing is submitted any more once the job or its session is being deleted or gone', async () => {
      const { session, jobs } = await sessionWithJobs(place, 3)
      await place.store.resources.requestDeletion('job', jobs[0]!, { cascade: false, force: false }, CALLER)
      await place.store.resources.remove(jobs[1]!)
      expect(await begin(place, session, jobs[0]!)).toBeUndefined()
      expect(await begin(place, session, jobs[1]!)).toBeUndefined()
      await place.store.resources.requestDeletion('session', session, { cascade: true, force: false }, CALLER)
      expect(await begin(place, session, jobs[2]!)).toBeUndefined()
    })

    test('an attempt that has ended takes checkpoints and nothing else', async () => {
      const {
        session,
        jobs: [job],
      } = await sessionWithJobs(place, 1)
      const attempt = await begin(place, session, job!)
      await place.store.attempts.update(job!, 1, { phase: 'ENDED', outcome: { result: 'LOST' } })
      place.clock.advance(1000)
      await place.store.attempts.update(job!, 1, {
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
      expect(await place.store.attempts.list(job!)).toEqual([{ ...attempt, ...ended }])
    })

    test('an attempt that somebody else submitted has the Flink job ID that was chosen there, and so what must not run has', async () => {
      const {
        session,
        jobs: [job],
      } = await sessionWithJobs(place, 1)
      const attempt = await begin(place, session, job!)
      const flinkJobId = newFlinkJobId()
      await place.store.attempts.update(job!, 1, { phase: 'SUBMITTED', flinkJobId })
      expect(await place.store.attempts.list(job!)).toEqual([{ ...attempt, phase: 'SUBMITTED', flinkJobId }])
      await place.store.attempts.update(job!, 1, { phase: 'ENDED', outcome: { result: 'FAILED' } })
      await place.store.attempts.update(job!, 1, { flinkJobId: newFlinkJobId() })
      expect(await place.store.attempts.abandoned(session)).toEqual([flinkJobId])
    })

    test('what must not run is known while the session exists: of failed attempts and of jobs that are gone', async () => {
      const {
        session,
        jobs: [gone, failed, lives],
      } = await sessionWithJobs(place, 3)
      const ids = []
      for (const job of [gone, failed, lives]) {
        ids.push((await begin(place, session, job!))!.flinkJobId)
        await place.store.attempts.update(job!, 1, { phase: 'SUBMITTED' })
      }
      await place.store.attempts.update(failed!, 1, { phase: 'ENDED', outcome: { result: 'FAILED' } })
      await begin(place, session, failed!)
      expect(await place.store.attempts.abandoned(session)).toEqual([ids[1]])
      await place.store.resources.remove(gone!)
      expect((await place.store.attempts.abandoned(session)).sort()).toEqual([ids[0], ids[1]].sort())
      expect(await place.store.attempts.list(gone!)).toHaveLength(1)
      for (const id of [failed!, lives!, session]) await place.store.resources.remove(id)
      expect(await place.store.attempts.abandoned(session)).toEqual([])
    })

    test('with a resource go its generations, processes and events', async () => {
      const {
        session,
        jobs: [job],
      } = await sessionWithJobs(place, 1)
      await place.store.generations.begin(session, clusterSpec)
      await place.store.processes.intend(processRecord(session))
      await place.store.resources.remove(job!)
      await place.store.resources.remove(session)
      await place.store.resources.remove(session)
      expect(await place.store.generations.list(session)).toEqual([])
      expect(await place.store.processes.list()).toEqual([])
      expect(await place.store.events.list(session, { limit: 10 })).toEqual({ items: [] })
    })
  })

async function sessionWithJobs(place: Place, count: number, name = 's'): Promise<{ session: string; jobs: string[] }> {
  const { id } = await made(createSession(place.store, name))
  const jobs = []
  for (let i = 0; i < count; i++) jobs.push((await made(createJob(place.store, id, `j${i}`))).id)
  return { session: id, jobs }
}

const begin = (place: Place, session: string, job: string) =>
  place.store.attempts.begin({
    job,
    session,
    flinkJobId: newFlinkJobId(),
    generation: 1,
    incarnation: 'i',
    startedFrom: 'chk-0',
  })
