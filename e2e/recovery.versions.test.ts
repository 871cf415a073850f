/**
 * What dies comes back, with its state. The job checks itself: it knows for each record how often its key must have
 * been counted before, so a lost or doubled record, or a start without state, shows in its own files.
 */
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, inject, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
import { COUNTER, linesIn, starts, wrong } from './support/exact-counter.ts'
import { filesBelow } from './support/files.ts'
import { logsOf } from './support/logs.ts'
import {
  createJob,
  createSession,
  eventsOf,
  job,
  jobEventsOf,
  jobSpec,
  removeSession,
  session,
  sessionSpec,
  untilJob,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { AWKWARD, startWeir, testFolder, type Weir } from './support/weir.ts'

const pidOf = (weir: Weir, role: 'jobmanager' | 'taskmanager'): number => {
  const found = weir.processes().find((process) => process.role === role)
  if (!found) throw new Error(`there is no ${role}`)
  return found.pid
}

/** A further checkpoint than the one seen now: whatever dies next, the state to come back with exists. */
async function untilCheckpoint(weir: Weir, sessionId: string, jobId: string): Promise<void> {
  const before = (await job(weir, sessionId, jobId)).status?.lastCheckpoint?.id ?? 0
  await untilJob(weir, sessionId, jobId, (observed) => (observed.status?.lastCheckpoint?.id ?? 0) > before)
}

/**
 * A server whose data folder, cache, opened folder and jar have names that URIs would encode, in a locale without them;
 * the data folder is a symbolic link besides.
 */
async function startAwkward(): Promise<{ weir: Weir; base: string; callers: string; jarUri: string }> {
  const base = join(testFolder(), AWKWARD)
  const [real, dataDir, cache, jars, callers] = ['real', 'data', 'cache', 'jars', 'checkpoints'].map((name) =>
    join(base, `${AWKWARD} ${name}`),
  ) as [string, string, string, string, string]
  for (const folder of [real, cache, jars, callers]) mkdirSync(folder, { recursive: true })
  symlinkSync(real, dataDir)
  const flink = dirname(Object.values(inject('flinkHomes'))[0]!)
  symlinkSync(flink, join(cache, basename(flink)))
  const jar = join(jars, `${AWKWARD}, a:b.jar`)
  copyFileSync(inject('jars').tests, jar)
  const env = { WEIR_CACHE_DIR: cache, LC_ALL: 'C' }
  const weir = await startWeir({ dataDir, env, flags: ['--file-root', jars] })
  return { weir, base, callers, jarUri: pathToFileURL(jar).href }
}

// The newest, whose configuration of checkpoints has other names than the one that jobs were first written for.
test.each(runtimesOf('FLINK_2_3', 'FLINK_1_17', 'FLINK_1_20'))(
  'on %s jobs that brought a jar come back with it after the end of their JobManager and of their TaskManager, and no record is lost or doubled, whatever their folders are called',
  async (runtime) => {
    const { weir, base, callers, jarUri } = await startAwkward()
    const sessionId = await createSession(weir, sessionSpec(runtime, { jars: [] }))
    const create = async (name: string, flinkConfiguration: Record<string, string>) => {
      const folder = testFolder()
      const { job: counter, ...rest } = jobSpec(name, COUNTER, [folder], flinkConfiguration)
      const id = await createJob(weir, sessionId, { ...rest, job: { ...counter, jarUri } })
      return { id, folder, first: (await untilJob(weir, sessionId, id, 'RUNNING')).job.id }
    }
    // One with its checkpoints in the data folder; one with them where its caller wants them, and with RocksDB's files
    // in the folder of the launch.
    const jobs = [
      await create('here', {}),
      await create('there', { 'state.checkpoints.dir': `file://${callers}`, 'state.backend': 'rocksdb' }),
    ]
    const each = (check: (job: (typeof jobs)[number]) => Promise<unknown>) => Promise.all(jobs.map(check))
    const untilCheckpoints = () => each(({ id }) => untilCheckpoint(weir, sessionId, id))
    const untilLife = (n: number) =>
      each(({ folder }) =>
        until(`life ${n} has state`, async () => starts(folder).length === n, { last: () => linesIn(folder) }),
      )
    await untilCheckpoints()
    const [here, there] = await Promise.all(jobs.map(({ id }) => job(weir, sessionId, id)))
    expect(readdirSync(join(weir.dataDir, 'state', sessionId, 'checkpoints'))).toEqual([here?.job.id])
    expect(readdirSync(callers)).toEqual([there?.job.id])

    process.kill(pidOf(weir, 'jobmanager'), 'SIGKILL')
    await each(async ({ id, first }) => {
      const back = (observed: Awaited<ReturnType<typeof job>>) =>
        observed.state === 'RUNNING' && observed.job.id !== first
      expect((await untilJob(weir, sessionId, id, back)).status?.restarts).toBe(1)
    })
    await untilLife(2)
    await untilCheckpoints()

    process.kill(pidOf(weir, 'taskmanager'), 'SIGKILL')
    await untilLife(3)
    // Once by Weir, once by Flink.
    await each(({ id }) =>
      untilJob(weir, sessionId, id, ({ state, status }) => state === 'RUNNING' && status?.restarts === 2),
    )
    await untilCheckpoints()
    await each(async ({ id }) =>
      expect((await jobEventsOf(weir, sessionId, id)).at(-1)).toMatch(
        /^Flink restarts the job \(restart 2\): .*TaskManager/,
      ),
    )

    await each(async ({ id }) => expect(await flinksReason(weir, sessionId, id)).toMatch(/is no longer reachable/))
    for (const { folder } of jobs) {
      expect(starts(folder)).toEqual([
        'start restored=false',
        expect.stringMatching(/^start restored=true total=[1-9]/),
        expect.stringMatching(/^start restored=true total=[1-9]/),
      ])
      expect(wrong(folder)).toEqual([])
    }
    expect(await eventsOf(weir, sessionId)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^JobManager was killed by SIGKILL.*the cluster is started again$/),
        expect.stringMatching(/^TaskManager 1 was killed by SIGKILL, replaced/),
      ]),
    )
    for (const name of ['jobmanager', 'taskmanager-1']) {
      const lines = (await logsOf(weir, sessionId, name)).flatMap((log) => log.lines)
      expect(
        lines.some((line) => line.includes('org.apache.flink')),
        name,
      ).toBe(true)
    }
    await removeSession(weir, sessionId)
    // Neither where they were meant to be, nor beside it under an encoded name.
    expect(readdirSync(callers)).toEqual([])
    expect(filesBelow(base).filter((path) => path.includes(sessionId) || path.includes('chk-'))).toEqual([])
    expect(readdirSync(base).sort()).toEqual(
      ['cache', 'checkpoints', 'data', 'jars', 'real'].map((name) => `${AWKWARD} ${name}`),
    )
    expect(readdirSync(dirname(base))).toEqual([AWKWARD])
  },
)

/** Why Flink restarted the job last: the dead are found by calls that don't get through, long before a heartbeat times out. */
async function flinksReason(weir: Weir, sessionId: string, jobId: string): Promise<string> {
  const { status } = await session(weir, sessionId)
  const flinkJobId = (await job(weir, sessionId, jobId)).job.id
  const answer = await fetch(`${status?.flinkUrl}/jobs/${flinkJobId}/exceptions`)
  const { exceptionHistory } = (await answer.json()) as { exceptionHistory: { entries: { stacktrace: string }[] } }
  return exceptionHistory.entries[0]?.stacktrace ?? ''
}
