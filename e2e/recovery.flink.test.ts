/**
 * What dies comes back, with its state. The job checks itself: it knows for each record how often its key must have
 * been counted before, so a lost or doubled record, or a start without state, shows in its own files.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COUNTER, starts } from './support/exact-counter.ts'
import {
  createJob,
  createSession,
  jobSpec,
  removeSession,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { startWeir, testFolder, type Weir } from './support/weir.ts'

const pidOf = (weir: Weir, role: 'jobmanager' | 'taskmanager'): number => {
  const found = weir.processes().find((process) => process.role === role)
  if (!found) throw new Error(`there is no ${role}`)
  return found.pid
}

test('a job whose checkpoints are gone is FAILED with the reason, never started empty', async () => {
  const weir = await startWeir()
  const folder = testFolder()
  const sessionId = await createSession(weir, sessionSpec('FLINK_1_20'))
  const jobId = await createJob(weir, sessionId, jobSpec('exact', COUNTER, [folder]))
  await untilJob(weir, sessionId, jobId, (observed) => observed.status?.lastCheckpoint !== undefined)
  // Stopped, so that it makes no further checkpoint between the two steps.
  const jobManager = pidOf(weir, 'jobmanager')
  process.kill(jobManager, 'SIGSTOP')
  rmSync(join(weir.dataDir, 'state', sessionId, 'checkpoints'), { recursive: true, force: true })
  process.kill(jobManager, 'SIGKILL')
  const failed = await untilJob(weir, sessionId, jobId, 'FAILED')
  expect(failed.status?.error?.code).toBe('RESTORE_FAILED')
  expect(failed.status?.error?.message).toContain('no longer there')
  await untilSession(weir, sessionId, ({ state, status }) => state === 'RUNNING' && status?.jobs?.failed === 1)
  expect(starts(folder)).toEqual(['start restored=false'])
  await removeSession(weir, sessionId)
})

test('a session whose server was stopped with its clusters goes on from its checkpoints at the next start', async () => {
  const folder = testFolder()
  const first = await startWeir({ command: 'up' })
  let last = first
  const sessionId = await createSession(first, sessionSpec('FLINK_1_20'))
  const jobId = await createJob(first, sessionId, jobSpec('exact', COUNTER, [folder]))
  await untilJob(first, sessionId, jobId, (observed) => observed.status?.lastCheckpoint !== undefined)
  expect(await first.kill('SIGTERM')).toBe('0')
  expect(first.processes()).toEqual([])
  last = await first.restart()
  await until('it counts on', async () => starts(folder).length === 2)
  expect(starts(folder)[1]).toMatch(/^start restored=true total=[1-9]/)
  await untilJob(last, sessionId, jobId, 'RUNNING')
  await removeSession(last, sessionId)
})
