/**
 * Jobs whose main() fails: each ends in FAILED with the root message, leaves no job of its own behind, and harms
 * nobody else.
 */
import { expect, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
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
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { startWeir } from './support/weir.ts'

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

// The oldest, which itself tells the least of what went wrong in a main().
test.each(runtimesOf('FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3'))(
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
