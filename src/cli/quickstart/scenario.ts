/** The quickstart's session and job, made and removed over the API like anybody's. */
import { randomUUID } from 'node:crypto'
import { expectOk } from '../api.ts'
import type { Body } from '../body.ts'
import type { Context } from '../context.ts'
import { listAll, located } from '../nouns/find.ts'
import { jobsOf } from '../nouns/job.ts'
import type { Described, Located, Resources, Siblings } from '../nouns/row.ts'
import { sessionsOf } from '../nouns/session.ts'
import { SILENT, waitFor } from '../wait.ts'
import type { Printer } from './printer.ts'

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
  session: Located<Resources>
  job: Located<Resources>
  /** From the request that creates the session to the job observed RUNNING. */
  seconds: number
  flinkUrl: string | undefined
}

const sessionBody = (scenario: Scenario): Body => ({
  name: SESSION,
  runtime: scenario.runtime,
  jars: scenario.jars,
  plugins: [],
  flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2', 'execution.checkpointing.interval': '10 s' },
  logConfiguration: {},
  jobManagerResource: { cpu: 0.5, memory: '1024m' },
  taskManagerResource: { cpu: 1, memory: '1024m' },
})

const jobBody = (scenario: Scenario): Body => ({
  name: JOB,
  flinkConfiguration: {},
  job: { entryClass: scenario.entryClass, args: ['--parallelism', '2'] },
})

export async function runScenario(
  context: Context,
  scenario: Scenario,
  printer: Printer,
  signal: AbortSignal,
): Promise<Outcome> {
  await removeSession(context, TIMEOUT_MS, signal)
  const started = performance.now()
  const session = await create('session', { in: await sessionsOf(context) }, sessionBody(scenario))
  printer.step(`session ${SESSION} is accepted (${session.id})`)
  // The job need not wait for its cluster: it is submitted as soon as that answers.
  const job = await create('job', { in: await jobsOf(context, session.id), session }, jobBody(scenario))
  printer.step(`job ${JOB} is accepted (${job.id}): class ${scenario.entryClass}`)
  const wait = (what: string) => ({ for: 'RUNNING', timeoutMs: TIMEOUT_MS, signal, progress: printer.news(what) })
  const running = await waitFor(context, session, wait('session'))
  printer.step(`session is RUNNING${clusterSize(running)}`)
  await waitFor(context, job, wait('job'))
  const seconds = (performance.now() - started) / 1000
  printer.step('job is RUNNING')
  return { session, job, seconds, flinkUrl: running?.status.flinkUrl }
}

/** Deletes the session of this run, or of an earlier one that was killed, and waits until its processes are gone. */
export async function removeSession(context: Context, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const sessions = await sessionsOf(context)
  for (const one of await listAll(sessions, { name: SESSION })) {
    expectOk(await sessions.remove(one.id, { cascade: true, force: true }))
    await waitFor(context, located('session', one, { in: sessions }), {
      for: 'DELETED',
      timeoutMs,
      signal,
      progress: SILENT,
    })
  }
}

async function create(noun: string, at: Siblings<Resources>, body: Body): Promise<Located<Resources>> {
  return located(noun, expectOk(await at.in.create(body, { 'idempotency-key': randomUUID() })), at)
}

function clusterSize(session: Described | undefined): string {
  const { taskManagers, slots } = session?.status ?? {}
  if (!taskManagers) return ''
  const plural = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`
  const inSlots = slots && slots.total > 0 ? `, ${plural(slots.total, 'slot')}` : ''
  return ` (${plural(taskManagers.running, 'TaskManager')}${inSlots})`
}
