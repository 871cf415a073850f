/** TaskManagers follow the slots that jobs ask for, within the session's bounds. */
import { expect, test } from 'vitest'
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
import { until } from './support/wait.ts'
import { data, startWeir, type Weir } from './support/weir.ts'

const ENDLESS = 'dev.weir.jobs.Endless'

/** Flink waits this long for slots, and so long is its start-up period unless somebody says otherwise. */
const SLOT_TIMEOUT_MS = 40_000

const taskManagers = (weir: Weir): number => weir.processes().filter(({ role }) => role === 'taskmanager').length

test("a session idle past Flink's start-up period gets TaskManagers for its first job, never more than allowed, and loses them when idle", async () => {
  const weir = await startWeir({ flags: ['--idle-after', '3'] })
  const id = await createSession(
    weir,
    sessionSpec('FLINK_1_20', {
      taskManagers: { min: 0, max: 3 },
      // Without a second try for a job whose slots were refused.
      flinkConfiguration: {
        'slot.request.timeout': `${SLOT_TIMEOUT_MS} ms`,
        'restart-strategy.type': 'none',
        'metrics.reporter.prom.factory.class': 'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
        'metrics.reporter.prom.port': '9249',
      },
    }),
  )
  expect((await untilSession(weir, id, 'RUNNING')).status?.taskManagers).toEqual({ running: 0, wanted: 0 })
  const up = Date.now()
  expect(taskManagers(weir)).toBe(0)
  await until('the start-up period is over', async () => Date.now() - up > SLOT_TIMEOUT_MS + 1_000)

  const wide = await createJob(weir, id, jobSpec('wide', ENDLESS, ['5']))
  await untilJob(weir, id, wide, 'RUNNING')
  const full = await untilSession(weir, id, (observed) => observed.status?.slots?.available === 1)
  expect(full.status?.taskManagers).toEqual({ running: 3, wanted: 3 })
  expect(taskManagers(weir)).toBe(3)
  await eachReportsItsMetrics(weir, id)

  const narrow = await createJob(weir, id, jobSpec('narrow', ENDLESS, ['2']))
  const waiting = await untilSession(weir, id, (observed) => observed.status?.detail?.startsWith('jobs wait') === true)
  expect(waiting.status?.detail).toBe(
    'jobs wait for 1 more slot(s), and 3 TaskManager(s) is the most that this session may have',
  )
  expect((await job(weir, id, narrow)).state).toBe('PENDING')
  expect(taskManagers(weir)).toBe(3)

  data(await weir.client.deleteFlinkSessionJob({ path: { ws: weir.workspace, session: id, job: wide }, query: {} }))
  await untilJob(weir, id, narrow, 'RUNNING')
  await until('an idle TaskManager is gone', async () => taskManagers(weir) < 3)
  expect((await job(weir, id, narrow)).status?.restarts).toBe(0)
  expect((await job(weir, id, narrow)).state).toBe('RUNNING')

  data(await weir.client.deleteFlinkSessionJob({ path: { ws: weir.workspace, session: id, job: narrow }, query: {} }))
  await until('all TaskManagers are gone', async () => taskManagers(weir) === 0)
  await untilSession(
    weir,
    id,
    (observed) => observed.status?.taskManagers?.running === 0 && observed.status.taskManagers.wanted === 0,
  )
  expect((await session(weir, id)).state).toBe('RUNNING')
  expect((await eventsOf(weir, id)).filter((message) => /exited|killed/.test(message))).toEqual([])
  await removeSession(weir, id)
})

/** One port of the configuration, four processes: each has one of its own, which the status tells. */
async function eachReportsItsMetrics(weir: Weir, id: string): Promise<void> {
  const { status } = await untilSession(weir, id, (observed) => observed.status?.ports?.length === 4)
  const ports = status?.ports ?? []
  expect(ports.map(({ process }) => process).sort()).toEqual([
    'jobmanager',
    'taskmanager-1',
    'taskmanager-2',
    'taskmanager-3',
  ])
  expect(new Set(ports.map(({ port }) => port)).size).toBe(4)
  for (const { process, name, port } of ports) {
    expect(name).toBe('metrics.reporter.prom.port')
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    // The resource ID of a TaskManager has its number.
    const whose = process === 'jobmanager' ? 'flink_jobmanager_' : `tm_id="${id}_1_${process.replace('-', '_')}"`
    expect(metrics).toContain(whose)
  }
}
