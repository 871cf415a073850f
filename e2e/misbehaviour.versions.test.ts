/**
 * Jobs whose main() fails: each ends in FAILED with the root message, leaves no job of its own behind, and harms
 * nobody else. One whose task throws now and then goes on, and each restart by Flink is counted and told.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
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

const MAINS: readonly [entryClass: string, message: RegExp][] = [
  ['Throws', /IllegalStateException: boom/],
  ['NoExecute', /has to call execute\(\)/],
  ['SecondExecuteThrows', /may start one job/],
  ['ThrowsAfterExecuteAsync', /boom after executeAsync/],
  ['SystemExit', /System\.exit/],
  ['NowhereToBeFound', /NowhereToBeFound/],
]

async function liveInFlink(url: string): Promise<string[]> {
  const { jobs } = (await (await fetch(`${url}/jobs/overview`)).json()) as { jobs: { jid: string; state: string }[] }
  return jobs.filter(({ state }) => !['FINISHED', 'FAILED', 'CANCELED'].includes(state)).map(({ jid }) => jid)
}

/** Has a task of ThrowsOnRequest throw once. */
async function haveThrown(file: string, message: string): Promise<void> {
  writeFileSync(`${file}.new`, message)
  renameSync(`${file}.new`, file)
  await until('a task has thrown', async () => !existsSync(file))
}

/** One restart while the server looks, one while it is dead after kill -9, one under the next server. */
async function restartsAreCounted(weir: Weir, sessionId: string): Promise<Weir> {
  const file = join(testFolder(), 'throw')
  const id = await createJob(weir, sessionId, jobSpec('throws', 'dev.weir.jobs.ThrowsOnRequest', [file]))
  const restarted = (server: Weir, times: number) =>
    untilJob(server, sessionId, id, ({ state, status }) => state === 'RUNNING' && status?.restarts === times)
  await untilJob(weir, sessionId, id, 'RUNNING')
  await haveThrown(file, 'first')
  await restarted(weir, 1)
  await weir.kill('SIGKILL')
  await haveThrown(file, 'second')
  const next = await weir.restart()
  await restarted(next, 2)
  await haveThrown(file, 'third')
  const { status, job: last } = await restarted(next, 3)
  const why = (message: string) =>
    new RegExp(`IllegalStateException: ${message} \\(in .*throws.* \\(1/1\\) on TaskManager 1\\)$`)
  expect(status).toMatchObject({ error: { code: 'JOB_RESTARTING', message: expect.stringMatching(why('third')) } })
  expect((await jobEventsOf(next, sessionId, id)).slice(1)).toEqual([
    `attempt 1 was submitted as Flink job ${last.id}`,
    ...['first', 'second', 'third'].map((message) => expect.stringMatching(why(message))),
  ])
  return next
}

// The oldest, which itself tells the least of what went wrong: a restart has no entry there before it begins.
test.each(runtimesOf('FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3'))(
  'on %s a failing main() is FAILED with its message, leaves no job behind, and its neighbour goes on; restarts by Flink are counted and told once each',
  async (runtime) => {
    let weir = await startWeir()
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
    weir = await restartsAreCounted(weir, sessionId)
    await removeSession(weir, sessionId)
  },
)
