/**
 * How soon Flink finds a TaskManager that is dead, and that one that is only slow is left alone: a job of 900 subtasks
 * comes up while the machine is busy, a TaskManager stands still for 20 s (SIGSTOP); in a small session, one is killed.
 *
 *   npm run bench:heartbeats                    Flink 1.17.1, two processes that only burn CPU
 *   npm run bench:heartbeats -- --flink 2.3.0 --busy 8 --only wide,kill
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { createDistributions } from '../src/flink/distributions/distributions.ts'
import { buildTestJobs } from '../tools/build-example.ts'
import { argumentsOf, until } from './flink.ts'
import { jvmsOf, remove, startServer, untilState, type WeirServer } from './weir.ts'

const { values: flags } = parseArgs({
  options: {
    flink: { type: 'string', default: '1.17.1' },
    busy: { type: 'string', default: '2' },
    only: { type: 'string', default: 'wide,kill' },
  },
})
const VERTICES = 4
const PARALLELISM = 225
const WIDE = VERTICES * PARALLELISM
const STOPPED_MS = 20_000

interface Session {
  path: string
  /** The launch folder. */
  folder: string
  ask<T>(what: string): Promise<T>
  /** Submits the endless job and waits for all of its subtasks. */
  run(parallelism: number, subtasks: number): Promise<string>
  /** Failures of a job, the newest first, as Flink tells them. */
  failures(jobId: string): Promise<{ timestamp: number; stacktrace: string }[]>
}

async function startSession(
  server: WeirServer,
  jar: string,
  {
    taskManagers,
    memory,
    flinkConfiguration,
  }: Record<'memory', string> & {
    taskManagers: number
    flinkConfiguration: Record<string, string>
  },
): Promise<Session> {
  const { items } = (await server.api('GET', '/api/org/v1/workspaces')) as { items: { id: string }[] }
  const sessions = `/api/flink/v1/workspaces/${items[0]?.id}/sessions`
  const [major, minor] = flags.flink.split('.')
  const { id } = (await server.api('POST', sessions, {
    name: `${taskManagers} TaskManagers`,
    runtime: `FLINK_${major}_${minor}`,
    jars: [`file://${jar}`],
    plugins: [],
    flinkConfiguration: { 'pipeline.operator-chaining': 'false', ...flinkConfiguration },
    logConfiguration: {},
    taskManagers: { min: taskManagers, max: taskManagers },
    jobManagerResource: { memory: '1600m' },
    taskManagerResource: { memory },
  })) as { id: string }
  const path = `${sessions}/${id}`
  await untilState(server, path, 'RUNNING')
  const { status } = (await server.api('GET', path)) as { status: { flinkUrl: string } }
  const ask = async <T>(what: string): Promise<T> => (await (await fetch(`${status.flinkUrl}/${what}`)).json()) as T
  const session: Session = {
    path,
    folder: join(server.dataDir, 'clusters', id, '1'),
    ask,
    run: (parallelism, subtasks) => runEndless(server, session, parallelism, subtasks),
    failures: async (jobId) => {
      const { exceptionHistory } = await ask<{
        exceptionHistory: { entries: { timestamp: number; stacktrace: string }[] }
      }>(`jobs/${jobId}/exceptions`)
      return exceptionHistory.entries
    },
  }
  return session
}

async function runEndless(
  server: WeirServer,
  { path, ask, failures }: Session,
  parallelism: number,
  subtasks: number,
): Promise<string> {
  await server.api('POST', `${path}/jobs`, {
    name: 'endless',
    flinkConfiguration: {},
    job: { entryClass: 'dev.weir.jobs.Endless', args: [String(parallelism)] },
  })
  return until(`${subtasks} subtasks run`, async () => {
    const { jobs } = await ask<{ jobs: { jid: string; state: string; tasks: Record<string, number> }[] }>(
      'jobs/overview',
    )
    const failed = jobs.find(({ state }) => state === 'FAILED')
    if (failed) throw new Error(`the job failed: ${(await failures(failed.jid))[0]?.stacktrace.slice(0, 1000)}`)
    return jobs.find(({ tasks }) => tasks['running'] === subtasks)?.jid
  })
}

const say = (what: string, figure: string): void => void process.stdout.write(`| ${what} | ${figure} |\n`)

/** 900 subtasks on two TaskManagers beside processes that burn CPU, then one that stands still. */
async function wide(server: WeirServer, jar: string): Promise<void> {
  const session = await startSession(server, jar, {
    taskManagers: 2,
    memory: '2g',
    flinkConfiguration: {
      'taskmanager.numberOfTaskSlots': '113',
      // So many channels want buffers.
      'taskmanager.memory.network.fraction': '0.3',
    },
  })
  const busy = Array.from({ length: Number(flags.busy) }, () => spawn(process.execPath, ['-e', 'for (;;);']))
  try {
    const started = performance.now()
    const jobId = await session.run(PARALLELISM, WIDE)
    const seconds = (performance.now() - started) / 1000
    say(
      `${WIDE} subtasks on 2 TaskManagers beside ${busy.length} busy processes: all RUNNING after`,
      `${seconds.toFixed(1)} s`,
    )
    const members = async () =>
      (await session.ask<{ taskmanagers: { id: string }[] }>('taskmanagers')).taskmanagers.map(({ id }) => id).sort()
    const before = await members()
    const [, victim] = await jvmsOf(session.folder)
    process.kill(victim as number, 'SIGSTOP')
    await sleep(STOPPED_MS)
    process.kill(victim as number, 'SIGCONT')
    await sleep(5_000)
    const same = JSON.stringify(await members()) === JSON.stringify(before)
    say(
      `a TaskManager that stood still for ${STOPPED_MS / 1000} s (SIGSTOP) is still the same one`,
      same ? 'yes' : 'no',
    )
    say('failures of the job by then', String((await session.failures(jobId)).length))
  } finally {
    for (const each of busy) each.kill('SIGKILL')
    await remove(server, session.path, '?cascade=true&force=true')
  }
}

/** A TaskManager is killed: what Flink says of it, and how much later by its own clock. */
async function kill(server: WeirServer, jar: string): Promise<void> {
  const session = await startSession(server, jar, { taskManagers: 1, memory: '1024m', flinkConfiguration: {} })
  const jobId = await session.run(1, VERTICES)
  const [, victim] = await jvmsOf(session.folder)
  const killed = Date.now()
  process.kill(victim as number, 'SIGKILL')
  const failure = await until('Flink has noticed', async () => (await session.failures(jobId))[0])
  say(
    'a TaskManager was killed (kill -9): Flink fails its tasks after',
    `${((failure.timestamp - killed) / 1000).toFixed(1)} s`,
  )
  say('in the words', failure.stacktrace.split('\n')[0] ?? '')
  await remove(server, session.path, '?cascade=true&force=true')
}

async function cleanUp(work: string): Promise<void> {
  const ours = (await readdir('/proc'))
    .map(Number)
    .filter((pid) => pid !== process.pid && argumentsOf(pid).some((arg) => arg.includes(work)))
  for (const pid of ours) process.kill(pid, 'SIGKILL')
  await rm(work, { recursive: true, force: true })
}

const work = await mkdtemp(join(tmpdir(), 'weir-heartbeats-'))
try {
  const { home } = await createDistributions().install(flags.flink, ({ detail }) => process.stderr.write(`${detail}\n`))
  const { jar } = await buildTestJobs({ flinkHome: home, out: join(work, 'jars') })
  const server = await startServer(join(work, 'data'), work)
  process.stdout.write(`Flink ${flags.flink}, ${cpus().length} CPUs\n\n| | |\n|---|---|\n`)
  const only = flags.only.split(',')
  if (only.includes('wide')) await wide(server, jar)
  if (only.includes('kill')) await kill(server, jar)
  await server.stop()
} finally {
  await cleanUp(work)
}
