/** The main path, through the API of the built package. */
import { expect, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
import { logsOf } from './support/logs.ts'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
  jobSpec,
  removeSession,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { startWeir } from './support/weir.ts'

const TEN_SLOTS = { flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '10' } }

test.each(runtimesOf('FLINK_1_20', 'FLINK_1_17', 'FLINK_2_3'))(
  "a session on %s runs jobs by entry class, with no error in Flink's log, and deleting it leaves no process",
  async (runtime) => {
    const weir = await startWeir()
    const session = await createSession(weir, sessionSpec(runtime, TEN_SLOTS))
    const job = await createJob(weir, session, jobSpec('counts', EXAMPLE_CLASS))
    const running = await untilJob(weir, session, job, 'RUNNING')
    expect(running.status?.jobState).toBe('RUNNING')
    const { status } = await untilSession(weir, session, 'RUNNING')
    expect(status?.taskManagers).toEqual({ running: 1, wanted: 1 })
    expect(status?.slots?.total).toBe(10)
    expect(
      weir
        .processes()
        .map(({ role }) => role)
        .sort(),
    ).toEqual(['jobmanager', 'taskmanager'])
    const bounded = Array.from({ length: 9 }, (_, n) =>
      createJob(weir, session, jobSpec(`bounded ${n}`, 'dev.weir.jobs.Bounded')),
    )
    for (const id of await Promise.all(bounded)) await untilJob(weir, session, id, 'FINISHED')
    const lines = (await logsOf(weir, session, 'jobmanager')).flatMap((log) => log.lines)
    expect(lines.some((line) => line.includes(' INFO '))).toBe(true)
    expect(lines.filter((line) => line.includes(' ERROR '))).toEqual([])
    await removeSession(weir, session)
    expect(weir.processes()).toEqual([])
  },
)
