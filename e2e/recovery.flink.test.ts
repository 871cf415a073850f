/**
 * What dies comes back, with its state. The job checks itself: it knows for each record how often its key must have been
 * counted before, so a lost or doubled record, or a start without state, shows in its own files.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { COUNTER, linesIn, starts, wrong } from './support/exact-counter.ts'
import {
  createJob,
  createSession,
  eventsOf,
  job,
  jobSpec,
  removeSession,
  session,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { TESTED_RUNTIMES } from './support/setup.ts'
import { until } from './support/wait.ts'
import { startWeir, testFolder, type Weir } from './support/weir.ts'

const pidOf = (weir: Weir, role: 'jobmanager' | 'taskmanager'): number => {
  const found = weir.processes().find((process) => process.role === role)
  if (!found) throw new Error(`there is no ${role}`)
  return found.pid
}

/** A further checkpoint than the one seen now: whatever dies next, the state to come back with exists. */
async function untilCheckpoint(weir: Weir, sessionId: string, jobId: string): Promise<void> {
  const before = (await job(weir, sessionId, jobId)).status?.lastCheckpoint?.id ?? 0
  await untilJob(weir, sessionId, jobId, (seen) => (seen.status?.lastCheckpoint?.id ?? 0) > before)
}

test.each(TESTED_RUNTIMES)(
  'on %s a killed JobManager and a killed TaskManager come back, and no record is lost or doubled',
  async (runtime) => {
    const weir = await startWeir()
    const folder = testFolder()
    const sessionId = await createSession(weir, sessionSpec(runtime))
    const jobId = await createJob(weir, sessionId, jobSpec('exact', COUNTER, [folder]))
    const first = await untilJob(weir, sessionId, jobId, 'RUNNING')
    await untilCheckpoint(weir, sessionId, jobId)

    process.kill(pidOf(weir, 'jobmanager'), 'SIGKILL')
    await untilJob(weir, sessionId, jobId, (seen) => seen.state === 'RUNNING' && seen.job.id !== first.job.id)
    expect((await job(weir, sessionId, jobId)).status?.restarts).toBe(1)
    await until('the second life has state', async () => starts(folder).length === 2, { last: () => linesIn(folder) })
    await untilCheckpoint(weir, sessionId, jobId)

    process.kill(pidOf(weir, 'taskmanager'), 'SIGKILL')
    await until('the third life has state', async () => starts(folder).length === 3, { last: () => linesIn(folder) })
    await untilJob(weir, sessionId, jobId, 'RUNNING')
    await untilCheckpoint(weir, sessionId, jobId)

    expect(starts(folder)).toEqual([
      'start restored=false',
      expect.stringMatching(/^start restored=true total=[1-9]/),
      expect.stringMatching(/^start restored=true total=[1-9]/),
    ])
    expect(wrong(folder)).toEqual([])
    expect(await eventsOf(weir, sessionId)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^JobManager was killed by SIGKILL.*the cluster is started again$/),
        expect.stringMatching(/^TaskManager 1 was killed by SIGKILL, replaced/),
      ]),
    )
    await removeSession(weir, sessionId)
  },
)

test('a job whose checkpoints are gone is FAILED with the reason, never started empty', async () => {
  const weir = await startWeir()
  const folder = testFolder()
  const sessionId = await createSession(weir, sessionSpec('FLINK_1_20'))
  const jobId = await createJob(weir, sessionId, jobSpec('exact', COUNTER, [folder]))
  await untilJob(weir, sessionId, jobId, (seen) => seen.status?.lastCheckpoint !== undefined)
  // Stopped, so that it makes no further checkpoint between the two steps.
  const jobManager = pidOf(weir, 'jobmanager')
  process.kill(jobManager, 'SIGSTOP')
  rmSync(join(weir.dataDir, 'state', sessionId, 'checkpoints'), { recursive: true, force: true })
  process.kill(jobManager, 'SIGKILL')
  const failed = await untilJob(weir, sessionId, jobId, 'FAILED')
  expect(failed.status?.error?.code).toBe('RESTORE_FAILED')
  expect(failed.status?.error?.message).toContain('no longer there')
  await untilSession(weir, sessionId, 'RUNNING')
  expect(starts(folder)).toEqual(['start restored=false'])
  expect((await session(weir, sessionId)).status?.jobs?.failed).toBe(1)
  await removeSession(weir, sessionId)
})

test('a session whose server was stopped with its clusters goes on from its checkpoints at the next start', async () => {
  const folder = testFolder()
  const first = await startWeir({ command: 'up' })
  let last = first
  const sessionId = await createSession(first, sessionSpec('FLINK_1_20'))
  const jobId = await createJob(first, sessionId, jobSpec('exact', COUNTER, [folder]))
  await untilJob(first, sessionId, jobId, (seen) => seen.status?.lastCheckpoint !== undefined)
  expect(await first.kill('SIGTERM')).toBe('0')
  expect(first.processes()).toEqual([])
  last = await first.restart()
  await until('it counts on', async () => starts(folder).length === 2)
  expect(starts(folder)[1]).toMatch(/^start restored=true total=[1-9]/)
  await untilJob(last, sessionId, jobId, 'RUNNING')
  await removeSession(last, sessionId)
})

test('a job that brought its own jar comes back with it', async () => {
  const weir = await startWeir()
  const folder = testFolder()
  const sessionId = await createSession(weir, sessionSpec('FLINK_2_3', { jars: [] }))
  const spec = jobSpec('exact', COUNTER, [folder])
  const jobId = await createJob(weir, sessionId, {
    ...spec,
    job: { ...spec.job, jarUri: `file://${inject('jars').tests}` },
  })
  await untilCheckpoint(weir, sessionId, jobId)
  process.kill(pidOf(weir, 'jobmanager'), 'SIGKILL')
  await until('the second life has state', async () => starts(folder).length === 2, { last: () => linesIn(folder) })
  expect(starts(folder)[1]).toMatch(/^start restored=true total=[1-9]/)
  await untilJob(weir, sessionId, jobId, (seen) => seen.state === 'RUNNING' && seen.status?.restarts === 1)
  expect(wrong(folder)).toEqual([])
  await removeSession(weir, sessionId)
})
