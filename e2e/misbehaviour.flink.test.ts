/** Jobs that misbehave in one session, one after another: each ends as it must, and harms nobody else. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
  job,
  jobSpec,
  removeSession,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { sharedWeir, testFolder } from './support/weir.ts'

const weir = sharedWeir()
let sessionId: string
beforeAll(async () => {
  // Without a second try for a job that fails while it runs; a job that loses its JobManager comes back all the same.
  const flinkConfiguration = { 'restart-strategy.type': 'none', 'taskmanager.numberOfTaskSlots': '4' }
  sessionId = await createSession(weir(), sessionSpec('FLINK_1_20', { flinkConfiguration }))
})

test("a bounded job is FINISHED, one that fails while it runs is FAILED with Flink's root exception", async () => {
  const bounded = await createJob(weir(), sessionId, jobSpec('bounded', 'dev.weir.jobs.Bounded'))
  const failing = await createJob(weir(), sessionId, jobSpec('failing', 'dev.weir.jobs.FailsAtRuntime'))
  await untilJob(weir(), sessionId, bounded, 'FINISHED')
  const { status } = await untilJob(weir(), sessionId, failing, 'FAILED')
  expect(status?.error).toMatchObject({ code: 'JOB_FAILED', message: expect.stringContaining('cannot be processed') })
})

test('a job deleted while its main() runs is gone, and what main() starts later is canceled', async () => {
  const folder = testFolder()
  const url = (await untilSession(weir(), sessionId, 'RUNNING')).status?.flinkUrl ?? ''
  const before = await idsInFlink(url)
  const args = [join(folder, 'started'), join(folder, 'go')]
  const id = await createJob(weir(), sessionId, jobSpec('slow', 'dev.weir.jobs.Slow', args))
  await untilJob(weir(), sessionId, id, (observed) => observed.status?.detail === 'main() runs in the JobManager')
  const path = { ws: weir().workspace, session: sessionId, job: id }
  await weir().client.deleteFlinkSessionJob({ path, query: { force: true } })
  await until('the job is gone', async () => !(await weir().client.describeFlinkSessionJob({ path })).ok)
  writeFileSync(join(folder, 'go'), '')
  await until('what it started is canceled', async () => {
    const started = (await jobsInFlink(url)).filter(({ jid }) => !before.includes(jid))
    return started.length === 1 && started[0]?.state === 'CANCELED'
  })
})

// The last, since it takes the cluster along.
test('a main() that ends the JVM itself is FAILED and not tried again; the session and its neighbour come back', async () => {
  const neighbour = await createJob(weir(), sessionId, jobSpec('neighbour', EXAMPLE_CLASS))
  await untilJob(weir(), sessionId, neighbour, (observed) => observed.status?.lastCheckpoint !== undefined)
  const halts = await createJob(weir(), sessionId, jobSpec('halts', 'dev.weir.jobs.Halts'))
  const { status } = await untilJob(weir(), sessionId, halts, 'FAILED')
  expect(status?.error?.code).toBe('JOB_KILLED_JOB_MANAGER')
  expect(status?.error?.message).toContain('was killed by SIGKILL')
  await untilJob(
    weir(),
    sessionId,
    neighbour,
    (observed) => observed.state === 'RUNNING' && observed.status?.restarts === 1,
  )
  await untilSession(weir(), sessionId, (observed) => observed.state === 'RUNNING' && observed.status?.restarts === 1)
  expect((await job(weir(), sessionId, halts)).state).toBe('FAILED')
  await removeSession(weir(), sessionId)
})

async function jobsInFlink(url: string): Promise<{ jid: string; state: string }[]> {
  return ((await (await fetch(`${url}/jobs/overview`)).json()) as { jobs: { jid: string; state: string }[] }).jobs
}

const idsInFlink = async (url: string): Promise<string[]> => (await jobsInFlink(url)).map(({ jid }) => jid)
