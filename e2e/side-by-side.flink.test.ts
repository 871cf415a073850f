/** Several servers on one machine: each has its own data folder and its own clusters, and touches nobody else's. */
import { cpSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COUNTER, starts, wrong } from './support/exact-counter.ts'
import {
  createJob,
  createSession,
  job,
  jobSpec,
  removeSession,
  session,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { startWeir, testFolder, type Weir } from './support/weir.ts'

const pids = (weir: Weir): number[] =>
  weir
    .processes()
    .map(({ pid }) => pid)
    .toSorted((a, b) => a - b)

test("of two servers one is killed, started again and loses its session: the other's processes go on", async () => {
  const [one, other] = await Promise.all([startWeir(), startWeir()])
  const [mine, theirs] = await Promise.all([
    createSession(one, sessionSpec('FLINK_1_20')),
    createSession(other, sessionSpec('FLINK_1_20')),
  ])
  await Promise.all([untilSession(one, mine, 'RUNNING'), untilSession(other, theirs, 'RUNNING')])
  const [before, untouched] = [pids(one), pids(other)]
  expect([before.length, untouched.length]).toEqual([2, 2])

  await one.kill('SIGKILL')
  const restartedAt = new Date().toISOString()
  const again = await one.restart()
  await untilSession(
    again,
    mine,
    (observed) => observed.state === 'RUNNING' && (observed.status?.observedAt ?? '') > restartedAt,
  )
  expect(pids(again)).toEqual(before)
  await removeSession(again, mine)
  await until('its processes are gone', async () => pids(again).length === 0)
  expect(pids(other)).toEqual(untouched)
  expect(await session(other, theirs)).toMatchObject({ state: 'RUNNING', status: { restarts: 0 } })
  await removeSession(other, theirs)
})

test('a second server on a data folder in use is refused, with the process that has it', async () => {
  const weir = await startWeir()
  await expect(startWeir({ dataDir: weir.dataDir })).rejects.toThrow(
    new RegExp(`${weir.dataDir} is in use by another Weir server \\(process ${weir.pid}\\).*--data-dir`),
  )
  expect((await weir.client.listWorkspaces({})).ok).toBe(true)
})

test("a copied data folder is another installation: it starts clusters of its own and leaves the original's and their checkpoints alone", async () => {
  const folder = testFolder()
  const first = await startWeir()
  const sessionId = await createSession(first, sessionSpec('FLINK_1_20'))
  const jobId = await createJob(first, sessionId, jobSpec('exact', COUNTER, [folder]))
  const {
    job: { id: flinkJob },
  } = await untilJob(first, sessionId, jobId, (observed) => observed.status?.lastCheckpoint !== undefined)
  const before = pids(first)
  const checkpoints = join(first.dataDir, 'state', sessionId, 'checkpoints', flinkJob ?? '')
  const inode = statSync(checkpoints).ino
  // A database is copied while nobody writes to it; the clusters run on.
  await first.kill('SIGKILL')
  const dataDir = join(testFolder(), 'copy')
  cpSync(first.dataDir, dataDir, { recursive: true, verbatimSymlinks: true })

  const original = await first.restart()
  const copy = await startWeir({ dataDir })
  expect(copy.installation).not.toBe(original.installation)
  await untilJob(copy, sessionId, jobId, (observed) => observed.state === 'RUNNING' && observed.job.id !== flinkJob)
  await untilJob(copy, sessionId, jobId, (observed) =>
    (observed.status?.lastCheckpoint?.location ?? '').includes(dataDir),
  )
  expect(pids(copy).filter((pid) => before.includes(pid))).toEqual([])
  await removeSession(copy, sessionId)
  expect(pids(copy)).toEqual([])

  expect(pids(original)).toEqual(before)
  expect(await job(original, sessionId, jobId)).toMatchObject({ state: 'RUNNING', job: { id: flinkJob } })
  expect(statSync(checkpoints).ino, 'a folder that was deleted and made anew is another one').toBe(inode)
  expect(wrong(folder)).toEqual([])
  expect(starts(folder).toSorted()).toEqual([
    'start restored=false',
    expect.stringMatching(/^start restored=true total=[1-9]/),
  ])
  await removeSession(original, sessionId)
})

test('a data folder that was moved brings its jobs along: they go on from their checkpoints', async () => {
  const folder = testFolder()
  const first = await startWeir({ command: 'up', dataDir: join(testFolder(), 'before') })
  const sessionId = await createSession(first, sessionSpec('FLINK_1_20'))
  const jobId = await createJob(first, sessionId, jobSpec('exact', COUNTER, [folder]))
  await untilJob(first, sessionId, jobId, (observed) => observed.status?.lastCheckpoint !== undefined)
  await first.kill('SIGTERM')
  const dataDir = join(testFolder(), 'after')
  renameSync(first.dataDir, dataDir)

  const moved = await startWeir({ dataDir })
  expect(moved.installation).toBe(first.installation)
  await untilJob(moved, sessionId, jobId, 'RUNNING')
  expect(starts(folder)).toEqual(['start restored=false', expect.stringMatching(/^start restored=true total=[1-9]/)])
  expect(wrong(folder)).toEqual([])
  await removeSession(moved, sessionId)
})
