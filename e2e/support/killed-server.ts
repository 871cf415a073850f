/** What the tests that kill the server do: see them. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { EXAMPLE_CLASS, job, jobSpec, sessionSpec, untilGone, untilJob, untilSession } from './scenario.ts'
import { until } from './wait.ts'
import { data, startWeir, type Weir } from './weir.ts'

/** A step that a server with work to do comes to within seconds. */
const DEADLINE_MS = 90_000

/**
 * A session and a job, asked for and deleted. While they come up the server dies at each step of `coming`, while they
 * go at each of `going`: one life after another, in the order in which the steps are passed. So each life has to make
 * up for the death of the one before, or it would not come to its own.
 */
export async function killedAtEach(coming: readonly string[], going: readonly string[]): Promise<void> {
  const first = await startWeir({ env: { WEIR_KILL_AT: coming[0] ?? '' } })
  await dies(first, coming[0] ?? '', askForBoth)
  for (const step of coming.slice(1)) await nextDies(first, step, askForBoth)

  let last = await first.restart()
  const { session, id } = await askForBoth(last)
  await untilJob(last, session, id, 'RUNNING')
  const { status } = await untilSession(last, session, 'RUNNING')
  expect(rolesOf(last)).toEqual(['jobmanager', 'taskmanager'])
  expect(await jobsInFlink(status?.flinkUrl ?? '')).toEqual([(await job(last, session, id)).job.id])

  await last.kill('SIGKILL')
  const remove = (weir: Weir) =>
    weir.client.deleteFlinkSession({ path: { ws: weir.workspace, session }, query: { cascade: true } })
  for (const step of going) await nextDies(first, step, remove)
  last = await first.restart()
  // The killed servers may not have lived to accept the deletion.
  await remove(last)
  await untilGone(last, session)
  await until('no process is left', async () => last.processes().length === 0)
}

/** Some of these moments pass as soon as the server looks at what is there, before anybody can ask it for anything. */
async function nextDies(before: Weir, step: string, ask: (weir: Weir) => Promise<unknown>): Promise<void> {
  const dying = await before.restart({ env: { WEIR_KILL_AT: step } }).catch(() => undefined)
  if (dying) await dies(dying, step, ask)
}

async function dies(weir: Weir, step: string, ask: (weir: Weir) => Promise<unknown>): Promise<void> {
  // It may die with the answer.
  await ask(weir).catch(() => undefined)
  const never = delay(DEADLINE_MS, 'the server never came there', { ref: false })
  expect(await Promise.race([weir.ended, never]), step).toBe('SIGKILL')
  const roles = rolesOf(weir)
  expect(roles, `after a death at ${step}`).toEqual([...new Set(roles)])
}

const rolesOf = (weir: Weir): string[] =>
  weir
    .processes()
    .map(({ role }) => role)
    .sort()

/** What is not there yet is asked for. */
async function askForBoth(weir: Weir): Promise<{ session: string; id: string }> {
  const session = (await idOf(weir, 'session')) ?? data(await askForSession(weir)).id
  return { session, id: (await idOf(weir, session)) ?? data(await askForJob(weir, session)).id }
}

const askForSession = (weir: Weir) =>
  weir.client.createFlinkSession({ path: { ws: weir.workspace }, body: sessionSpec('FLINK_1_20') })

const askForJob = (weir: Weir, session: string) =>
  weir.client.createFlinkSessionJob({ path: { ws: weir.workspace, session }, body: jobSpec('counts', EXAMPLE_CLASS) })

/** What the killed server may have created without living to say so: the only session, or the only job of one. */
async function idOf(weir: Weir, what: string): Promise<string | undefined> {
  const path = { ws: weir.workspace }
  const found = await (what === 'session'
    ? weir.client.listFlinkSessions({ path })
    : weir.client.listFlinkSessionJobs({ path: { ...path, session: what } }))
  return found.ok ? found.data.items[0]?.id : undefined
}

async function jobsInFlink(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/jobs/overview`)
  return ((await answer.json()) as { jobs: { jid: string }[] }).jobs.map(({ jid }) => jid)
}
