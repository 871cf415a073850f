/** What the tests that kill the server do: see them. */
import { expect } from 'vitest'
import { EXAMPLE_CLASS, job, jobSpec, sessionSpec, untilGone, untilJob, untilSession } from './scenario.ts'
import { until } from './wait.ts'
import { data, startWeir, type Weir } from './weir.ts'

/** A session and a job, asked for and deleted, while the server is killed at one named step as they come up and at another as they go. */
export async function killedAtBoth(coming: string, going: string): Promise<void> {
  const first = await startWeir({ env: { WEIR_KILL_AT: coming } })
  let last = first
  await askForSession(first)
  await askForJob(first, (await idOf(first, 'session')) ?? '')
  expect(await first.ended).toBe('SIGKILL')

  last = await first.restart()
  const session = (await idOf(last, 'session')) ?? data(await askForSession(last)).id
  const id = (await idOf(last, session)) ?? data(await askForJob(last, session)).id
  await untilJob(last, session, id, 'RUNNING')
  const { status } = await untilSession(last, session, 'RUNNING')
  expect(
    last
      .processes()
      .map(({ role }) => role)
      .sort(),
  ).toEqual(['jobmanager', 'taskmanager'])
  expect(await jobsInFlink(status?.flinkUrl ?? '')).toEqual([(await job(last, session, id)).job.id])

  await last.kill('SIGKILL')
  await killWhileDeleting(last, session, going)
  last = await last.restart()
  // The killed server may not have lived to accept the deletion.
  await last.client.deleteFlinkSession({ path: { ws: last.workspace, session }, query: { cascade: true } })
  await untilGone(last, session)
  await until('no process is left', async () => last.processes().length === 0)
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

/** Some of these moments pass as soon as the server looks at what is there, before anybody can ask it for anything. */
async function killWhileDeleting(weir: Weir, session: string, going: string): Promise<void> {
  const dying = await weir.restart({ env: { WEIR_KILL_AT: going } }).catch(() => undefined)
  if (!dying) return
  await dying.client.deleteFlinkSession({ path: { ws: dying.workspace, session }, query: { cascade: true } })
  expect(await dying.ended).toBe('SIGKILL')
}

async function jobsInFlink(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/jobs/overview`)
  return ((await answer.json()) as { jobs: { jid: string }[] }).jobs.map(({ jid }) => jid)
}
