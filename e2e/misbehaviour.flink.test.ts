/** Jobs that misbehave: each ends in FAILED with the root message, leaves no job of its own behind, and harms nobody else. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
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
import { startWeir, testFolder } from './support/weir.ts'

const MAINS: readonly [entryClass: string, message: RegExp][] = [
  ['Throws', /IllegalStateException: boom/],
  ['NoExecute', /has to call execute\(\)/],
  ['SecondExecuteThrows', /one job/],
  ['ThrowsAfterExecuteAsync', /boom after executeAsync/],
  ['SystemExit', /System\.exit/],
  ['NowhereToBeFound', /NowhereToBeFound/],
]

async function liveInFlink(url: string): Promise<string[]> {
  const { jobs } = (await (await fetch(`${url}/jobs/overview`)).json()) as { jobs: { jid: string; state: string }[] }
  return jobs.filter(({ state }) => !['FINISHED', 'FAILED', 'CANCELED'].includes(state)).map(({ jid }) => jid)
}

test.each(TESTED_RUNTIMES)(
  'on %s a failing main() is FAILED with its message, leaves no job behind, and its neighbour goes on',
  async (runtime) => {
    const weir = await startWeir()
    const sessionId = await createSession(weir, sessionSpec(runtime))
    const neighbour = await createJob(weir, sessionId, jobSpec('neighbour', EXAMPLE_CLASS))
    const before = await untilJob(weir, sessionId, neighbour, 'RUNNING')
    for (const [entryClass, message] of MAINS) {
      const id = await createJob(weir, sessionId, jobSpec(entryClass, `dev.weir.jobs.${entryClass}`))
      const { status } = await untilJob(weir, sessionId, id, 'FAILED')
      expect(status?.error?.message, entryClass).toMatch(message)
    }
    const { status } = await session(weir, sessionId)
    await until(
      'only the neighbour is left in Flink',
      async () => (await liveInFlink(status?.flinkUrl ?? '')).length === 1,
    )
    expect(await liveInFlink(status?.flinkUrl ?? '')).toEqual([before.job.id])
    expect((await job(weir, sessionId, neighbour)).state).toBe('RUNNING')
    expect((await job(weir, sessionId, neighbour)).status?.restarts).toBe(0)
    await removeSession(weir, sessionId)
  },
)

test('a main() that ends the JVM itself is FAILED and not tried again; the session and its neighbour come back', async () => {
  const weir = await startWeir()
  const sessionId = await createSession(weir, sessionSpec('FLINK_1_20'))
  const neighbour = await createJob(weir, sessionId, jobSpec('neighbour', EXAMPLE_CLASS))
  await untilJob(weir, sessionId, neighbour, (seen) => seen.status?.lastCheckpoint !== undefined)
  const halts = await createJob(weir, sessionId, jobSpec('halts', 'dev.weir.jobs.Halts'))
  const { status } = await untilJob(weir, sessionId, halts, 'FAILED')
  expect(status?.error?.code).toBe('JOB_KILLED_JOB_MANAGER')
  expect(status?.error?.message).toContain('was killed by SIGKILL')
  await untilJob(weir, sessionId, neighbour, (seen) => seen.state === 'RUNNING' && seen.status?.restarts === 1)
  await untilSession(weir, sessionId, (seen) => seen.state === 'RUNNING' && seen.status?.restarts === 1)
  expect((await job(weir, sessionId, halts)).state).toBe('FAILED')
  await removeSession(weir, sessionId)
})

test("a bounded job is FINISHED, one that fails while it runs is FAILED with Flink's root exception", async () => {
  const weir = await startWeir()
  const sessionId = await createSession(
    weir,
    sessionSpec('FLINK_2_3', { flinkConfiguration: { 'restart-strategy.type': 'none' } }),
  )
  const bounded = await createJob(weir, sessionId, jobSpec('bounded', 'dev.weir.jobs.Bounded'))
  const failing = await createJob(weir, sessionId, jobSpec('failing', 'dev.weir.jobs.FailsAtRuntime'))
  await untilJob(weir, sessionId, bounded, 'FINISHED')
  const { status } = await untilJob(weir, sessionId, failing, 'FAILED')
  expect(status?.error).toMatchObject({ code: 'JOB_FAILED', message: expect.stringContaining('cannot be processed') })
  await removeSession(weir, sessionId)
})

test('a job deleted while its main() runs is gone, and what main() starts later is canceled', async () => {
  const weir = await startWeir()
  const folder = testFolder()
  const sessionId = await createSession(weir, sessionSpec('FLINK_1_20'))
  const args = [join(folder, 'started'), join(folder, 'go')]
  const id = await createJob(weir, sessionId, jobSpec('slow', 'dev.weir.jobs.Slow', args))
  await untilJob(weir, sessionId, id, (seen) => seen.status?.detail === 'main() runs in the JobManager')
  const path = { ws: weir.workspace, session: sessionId, job: id }
  await weir.client.deleteFlinkSessionJob({ path, query: { force: true } })
  await until('the job is gone', async () => !(await weir.client.describeFlinkSessionJob({ path })).ok)
  writeFileSync(join(folder, 'go'), '')
  const url = (await untilSession(weir, sessionId, 'RUNNING')).status?.flinkUrl ?? ''
  await until('what it started is canceled', async () => {
    const { jobs } = (await (await fetch(`${url}/jobs/overview`)).json()) as { jobs: { state: string }[] }
    return jobs.length === 1 && jobs[0]?.state === 'CANCELED'
  })
  await removeSession(weir, sessionId)
})
