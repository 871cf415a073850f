/** The quickstart's session and job, made and removed over the API like anybody's. */
import { expectOk } from '../api.ts'
import type { Context } from '../context.ts'
import { sessionsPath } from '../resources.ts'
import type { Described, Located, Summary } from '../resources.ts'
import { waitFor } from '../wait.ts'
import type { Report } from './report.ts'

const SESSION = 'quickstart'
const JOB = 'running-counts'
const TIMEOUT_MS = 5 * 60_000

export interface Scenario {
  runtime: string
  /** file:// URIs of the session's class path. */
  jars: string[]
  entryClass: string
}

export interface Outcome {
  session: Located
  job: Located
  /** From the request that creates the session to the job seen RUNNING. */
  seconds: number
  flinkVersion: string
}

const sessionBody = (scenario: Scenario): object => ({
  name: SESSION,
  runtime: scenario.runtime,
  jars: scenario.jars,
  plugins: [],
  flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2', 'execution.checkpointing.interval': '10 s' },
  logConfiguration: {},
  jobManagerResource: { cpu: 0.5, memory: '1024m' },
  taskManagerResource: { cpu: 1, memory: '1024m' },
})

const jobBody = (scenario: Scenario): object => ({
  name: JOB,
  flinkConfiguration: {},
  job: { entryClass: scenario.entryClass, args: ['--parallelism', '2'] },
})

export async function runScenario(context: Context, scenario: Scenario, report: Report, signal: AbortSignal): Promise<Outcome> {
  await removeSession(context, TIMEOUT_MS, signal)
  const started = performance.now()
  const session = await create(context, 'session', await sessionsPath(context), sessionBody(scenario))
  report.step(`session ${SESSION} is accepted (${session.id})`)
  // The job need not wait for its cluster: it is submitted as soon as that answers.
  const job: Located = { ...await create(context, 'job', `${session.path}/jobs`, jobBody(scenario)), session }
  report.step(`job ${JOB} is accepted (${job.id}): class ${scenario.entryClass}`)
  const wait = { for: 'RUNNING', timeoutMs: TIMEOUT_MS, signal }
  const running = await waitFor(context, session, wait)
  report.step(`session is RUNNING${clusterSize(running)}`)
  await waitFor(context, job, wait)
  const seconds = (performance.now() - started) / 1000
  report.step('job is RUNNING')
  return { session, job, seconds, flinkVersion: versionOf(running) }
}

/** Deletes the session of this run, or of an earlier one that was killed, and waits until its processes are gone. */
export async function removeSession(context: Context, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const path = await sessionsPath(context)
  const { items } = expectOk(await context.call<{ items: Summary[] }>('GET', path, { query: { name: SESSION } }))
  for (const { id, name } of items) {
    const it: Located = { kind: 'session', id, name, path: `${path}/${id}` }
    expectOk(await context.call('DELETE', it.path, { query: { cascade: true, force: true } }))
    await waitFor(context, it, { for: 'DELETED', timeoutMs, signal })
  }
  return items.length > 0
}

async function create(context: Context, kind: Located['kind'], collection: string, body: object): Promise<Located> {
  const made = expectOk(await context.call<Summary>('POST', collection, { body }))
  return { kind, id: made.id, name: made.name, path: `${collection}/${made.id}` }
}

function clusterSize(seen: Described | undefined): string {
  const { taskManagers, slots } = seen?.status ?? {}
  if (!taskManagers) return ''
  const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  return ` (${plural(taskManagers.running, 'TaskManager')}${slots ? `, ${plural(slots.total, 'slot')}` : ''})`
}

const versionOf = (seen: Described | undefined): string => seen?.status?.flinkVersion ?? ''
