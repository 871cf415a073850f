/**
 * What dies comes back, with its state. The job checks itself: it knows for each record how often its key must have
 * been counted before, so a lost or doubled record, or a start without state, shows in its own files.
 */
import { expect, inject, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
import { COUNTER, linesIn, starts, wrong } from './support/exact-counter.ts'
import {
  createJob,
  createSession,
  eventsOf,
  job,
  jobEventsOf,
  jobSpec,
  removeSession,
  session,
  sessionSpec,
  untilJob,
} from './support/scenario.ts'
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
  await untilJob(weir, sessionId, jobId, (observed) => (observed.status?.lastCheckpoint?.id ?? 0) > before)
}

// The newest, whose configuration of checkpoints has other names than the one that jobs were first written for.
test.each(runtimesOf('FLINK_2_3', 'FLINK_1_17', 'FLINK_1_20'))(
  'on %s a job that brought its own jar comes back with it after the end of its JobManager and of its TaskManager, and no record is lost or doubled',
  async (runtime) => {
    const weir = await startWeir()
    const folder = testFolder()
    const sessionId = await createSession(weir, sessionSpec(runtime, { jars: [] }))
    const { job: counter, ...rest } = jobSpec('exact', COUNTER, [folder])
    const own = { ...counter, jarUri: `file://${inject('jars').tests}` }
    const jobId = await createJob(weir, sessionId, { ...rest, job: own })
    const first = await untilJob(weir, sessionId, jobId, 'RUNNING')
    await untilCheckpoint(weir, sessionId, jobId)

    process.kill(pidOf(weir, 'jobmanager'), 'SIGKILL')
    await untilJob(
      weir,
      sessionId,
      jobId,
      (observed) => observed.state === 'RUNNING' && observed.job.id !== first.job.id,
    )
    expect((await job(weir, sessionId, jobId)).status?.restarts).toBe(1)
    await until('the second life has state', async () => starts(folder).length === 2, { last: () => linesIn(folder) })
    await untilCheckpoint(weir, sessionId, jobId)

    process.kill(pidOf(weir, 'taskmanager'), 'SIGKILL')
    await until('the third life has state', async () => starts(folder).length === 3, { last: () => linesIn(folder) })
    // Once by Weir, once by Flink.
    await untilJob(weir, sessionId, jobId, ({ state, status }) => state === 'RUNNING' && status?.restarts === 2)
    await untilCheckpoint(weir, sessionId, jobId)
    expect((await jobEventsOf(weir, sessionId, jobId)).at(-1)).toMatch(
      /^Flink restarts the job \(restart 2\): .*TaskManager/,
    )

    expect(await flinksReason(weir, sessionId, jobId)).toMatch(/is no longer reachable/)
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

/** Why Flink restarted the job last: the dead are found by calls that don't get through, long before a heartbeat times out. */
async function flinksReason(weir: Weir, sessionId: string, jobId: string): Promise<string> {
  const { status } = await session(weir, sessionId)
  const flinkJobId = (await job(weir, sessionId, jobId)).job.id
  const answer = await fetch(`${status?.flinkUrl}/jobs/${flinkJobId}/exceptions`)
  const { exceptionHistory } = (await answer.json()) as { exceptionHistory: { entries: { stacktrace: string }[] } }
  return exceptionHistory.entries[0]?.stacktrace ?? ''
}
