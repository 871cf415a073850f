/** Sessions and jobs as the tests want them, and waiting for them over the API. */
import { inject } from 'vitest'
import type { FlinkRuntime, FlinkSessionJobSpec, FlinkSessionSpec } from '../../src/api/client/generated/types.gen.ts'
import { until } from './wait.ts'
import { data, type Weir } from './weir.ts'

export type SessionOverrides = Partial<FlinkSessionSpec>

/** A fifth less CPU until a job runs (`bench/RESULTS.md`); what the JVM compiles better later, no test waits for. */
export const QUICK_START = '-XX:TieredStopAtLevel=1'

/** 1024 MB each and two slots, as in the documented example; checkpoints every 500 ms. */
export function sessionSpec(runtime: FlinkRuntime, overrides: SessionOverrides = {}): FlinkSessionSpec {
  const { example, tests } = inject('jars')
  return {
    name: 'test session',
    runtime,
    jars: [`file://${example}`, `file://${tests}`],
    plugins: [],
    logConfiguration: {},
    jobManagerResource: { memory: '1024m' },
    taskManagerResource: { memory: '1024m' },
    ...overrides,
    flinkConfiguration: {
      'taskmanager.numberOfTaskSlots': '2',
      'execution.checkpointing.interval': '500ms',
      'env.java.opts.taskmanager': QUICK_START,
      ...overrides.flinkConfiguration,
    },
  }
}

export const jobSpec = (
  name: string,
  entryClass: string,
  args: string[] = [],
  flinkConfiguration: Record<string, string> = {},
): FlinkSessionJobSpec => ({ name, flinkConfiguration, job: { entryClass, args } })

export const EXAMPLE_CLASS = 'dev.weir.examples.RunningCounts'

export async function createSession(weir: Weir, spec: FlinkSessionSpec): Promise<string> {
  return data(await weir.client.createFlinkSession({ path: { ws: weir.workspace }, body: spec })).id
}

export async function createJob(weir: Weir, session: string, spec: FlinkSessionJobSpec): Promise<string> {
  return data(await weir.client.createFlinkSessionJob({ path: { ws: weir.workspace, session }, body: spec })).id
}

export const session = async (weir: Weir, id: string) =>
  data(await weir.client.describeFlinkSession({ path: { ws: weir.workspace, session: id } }))

export const job = async (weir: Weir, sessionId: string, id: string) =>
  data(await weir.client.describeFlinkSessionJob({ path: { ws: weir.workspace, session: sessionId, job: id } }))

type Session = Awaited<ReturnType<typeof session>>
type Job = Awaited<ReturnType<typeof job>>

/** Waits for a state, or for whatever `wanted` says of the whole answer. */
export function untilSession(
  weir: Weir,
  id: string,
  wanted: Session['state'] | ((observed: Session) => boolean),
  timeoutMs?: number,
): Promise<Session> {
  return untilObserved(`session is ${describe(wanted)}`, () => session(weir, id), wanted, timeoutMs)
}

export function untilJob(
  weir: Weir,
  sessionId: string,
  id: string,
  wanted: Job['state'] | ((observed: Job) => boolean),
  timeoutMs?: number,
): Promise<Job> {
  return untilObserved(`job is ${describe(wanted)}`, () => job(weir, sessionId, id), wanted, timeoutMs)
}

const describe = (wanted: string | ((observed: never) => boolean)): string =>
  typeof wanted === 'string' ? wanted : String(wanted)

async function untilObserved<T extends { state: string }>(
  what: string,
  observe: () => Promise<T>,
  wanted: string | ((observed: T) => boolean),
  timeoutMs = 90_000,
): Promise<T> {
  let last: T | undefined
  return until(
    what,
    async () => {
      last = await observe()
      if (last.state === 'FAILED' && wanted !== 'FAILED' && typeof wanted === 'string')
        throw new Error(`it FAILED: ${JSON.stringify(last)}`)
      return (typeof wanted === 'string' ? last.state === wanted : wanted(last)) && last
    },
    { timeoutMs, last: () => last },
  )
}

/** Deletes the session with its jobs and waits until it is gone. */
export async function removeSession(weir: Weir, id: string, query: { force?: boolean } = {}): Promise<void> {
  data(
    await weir.client.deleteFlinkSession({
      path: { ws: weir.workspace, session: id },
      query: { cascade: true, ...query },
    }),
  )
  await untilGone(weir, id)
}

export async function untilGone(weir: Weir, id: string): Promise<void> {
  await until('the session is gone', async () => {
    const observed = await weir.client.describeFlinkSession({ path: { ws: weir.workspace, session: id } })
    return !observed.ok && observed.error.status === 404
  })
}

export async function eventsOf(weir: Weir, id: string): Promise<string[]> {
  const { items } = data(
    await weir.client.listFlinkSessionEvents({ path: { ws: weir.workspace, session: id }, query: { limit: 100 } }),
  )
  return items.map((event) => event.message)
}

export async function jobEventsOf(weir: Weir, sessionId: string, id: string): Promise<string[]> {
  const path = { ws: weir.workspace, session: sessionId, job: id }
  const { items } = data(await weir.client.listFlinkSessionJobEvents({ path, query: { limit: 100 } }))
  return items.map((event) => event.message)
}
