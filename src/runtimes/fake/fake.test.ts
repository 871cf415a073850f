import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ManualClock, manualClock } from '../../../tests/support/clock.ts'
import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { newFlinkJobId } from '../../domain/ids.ts'
import type { FlinkRest, RunJarRequest } from '../../flink/rest.ts'
import { createFakeRuntime, type FakeRuntime } from './fake.ts'

const cluster = { resource: 'S', generation: 1 }
const spec = (slots = 2): EffectiveClusterSpec => ({
  name: 'orders',
  workspace: 'W',
  runtime: 'FLINK_1_20',
  flinkConfiguration: { 'state.checkpoints.dir': 'fake:/S/checkpoints' },
  logConfiguration: {},
  jars: [],
  plugins: [],
  jobManager: { memoryBytes: 1, cpu: 1 },
  taskManager: { memoryBytes: 1, cpu: 1, slots },
  initialTaskManagers: 1,
})

let clock: ManualClock
let runtime: FakeRuntime

beforeEach(() => {
  clock = manualClock()
  runtime = createFakeRuntime({ clock })
})
afterEach(() => runtime.close())

const connect = async (of = runtime): Promise<FlinkRest> => of.flink(cluster, await of.observe(cluster))
const launched = async (slots = 2): Promise<FlinkRest> => {
  await runtime.launch(cluster, spec(slots))
  await clock.advance(10_000)
  return connect()
}
/** Sends a job and lets time pass until main() is through. */
async function run(
  flink: FlinkRest,
  entryClass: string | undefined,
  change: Partial<RunJarRequest> = {},
  ms = 1_000,
): Promise<string> {
  const jobId = change.jobId ?? newFlinkJobId()
  const request = {
    args: [],
    jobId,
    flinkConfiguration: {},
    ...(entryClass !== undefined && { entryClass }),
    ...change,
  }
  const answer = flink.runJar(
    await flink.uploadJar('empty.jar', new Uint8Array()),
    request,
    new AbortController().signal,
  )
  answer.catch(() => {})
  await clock.advance(ms)
  await answer
  return jobId
}

describe('main()', () => {
  test.each([
    ['fake.Throws', { kind: 'REFUSED', status: 400 }, []],
    ['fake.NoExecute', { kind: 'REFUSED', status: 400, message: 'No jobs included in application.' }, []],
    [undefined, { kind: 'REFUSED', status: 500 }, []],
    ['fake.ThrowsAfterExecute', { kind: 'REFUSED', status: 400 }, ['RUNNING']],
    ['fake.ExecutesTwice', { kind: 'REFUSED', status: 400 }, ['RUNNING']],
  ])('of %s is answered as Flink does, and leaves what Flink leaves', async (entryClass, error, states) => {
    const flink = await launched()
    await expect(run(flink, entryClass)).rejects.toMatchObject(error)
    expect((await flink.jobs()).map(({ state }) => state)).toEqual(states)
  })

  test('that calls System.exit takes the JobManager along', async () => {
    const flink = await launched()
    await expect(run(flink, 'fake.SystemExit')).rejects.toMatchObject({ kind: 'UNREACHABLE' })
    const { phase, exits } = await runtime.observe(cluster)
    expect([phase, exits.find(({ role }) => role === 'jobmanager')?.exit.code]).toEqual(['ENDED', 239])
  })

  test('from a savepoint that does not exist is refused, and a job of that ID has failed', async () => {
    const flink = await launched()
    const jobId = newFlinkJobId()
    const savepointPath = 'fake:/S/checkpoints/0/chk-1'
    await expect(run(flink, 'fake.Streaming', { jobId, savepointPath })).rejects.toMatchObject({ status: 400 })
    expect(await flink.job(jobId)).toMatchObject({ state: 'FAILED' })
    expect((await flink.exceptions(jobId)).root?.stack).toContain('Cannot find checkpoint')
  })

  test('goes on when whoever asked for it has hung up', async () => {
    const flink = await launched()
    const jarId = await flink.uploadJar('empty.jar', new Uint8Array())
    const hangUp = new AbortController()
    const jobId = newFlinkJobId()
    const answer = flink.runJar(
      jarId,
      { entryClass: 'fake.Slow', args: ['ms=5000'], jobId, flinkConfiguration: {} },
      hangUp.signal,
    )
    hangUp.abort()
    await expect(answer).rejects.toMatchObject({ kind: 'UNREACHABLE' })
    expect(await flink.job(jobId)).toBeUndefined()
    await clock.advance(6_000)
    expect(await flink.job(jobId)).toMatchObject({ state: 'RUNNING' })
  })
})

describe('jobs', () => {
  test('wait for slots and start when a TaskManager brings them', async () => {
    const flink = await launched(2)
    const jobId = await run(flink, 'fake.Streaming', { flinkConfiguration: { 'parallelism.default': '3' } })
    const tasks = async () => (await flink.job(jobId))?.vertices[0]?.tasks
    expect(await tasks()).toEqual({ SCHEDULED: 3 })
    await runtime.scale(cluster, 2, [])
    await clock.advance(10_000)
    expect(await tasks()).toEqual({ RUNNING: 3 })
    expect(await flink.overview()).toMatchObject({ taskManagers: 2, slotsTotal: 4, slotsAvailable: 1 })
  })

  test('that are bounded finish, and those that fail on and on are given up', async () => {
    const flink = await launched()
    const bounded = await run(flink, 'fake.Bounded', { args: ['ms=2000'] })
    const failing = await run(flink, 'fake.Fails')
    await clock.advance(60_000)
    expect([(await flink.job(bounded))?.state, (await flink.job(failing))?.state]).toEqual(['FINISHED', 'FAILED'])
    expect((await flink.exceptions(failing)).root?.stack).toContain('the job says no')
  })

  test('make checkpoints as time passes, and go on counting where they were restored', async () => {
    const flink = await launched()
    const jobId = await run(flink, 'fake.Streaming')
    await clock.advance(10_000)
    const { latest } = await flink.checkpoints(jobId)
    expect(latest?.id).toBeGreaterThanOrEqual(10)
    expect(await runtime.checkpoints('fake:/S/checkpoints', jobId)).toEqual([
      { id: latest?.id, location: latest?.location },
    ])
    const next = await run(flink, 'fake.Streaming', { savepointPath: latest!.location! })
    expect((await flink.checkpoints(next)).completed).toBe(0)
    await clock.advance(3_000)
    expect((await flink.checkpoints(next)).latest?.id).toBeGreaterThan(latest!.id)
  })

  test('tell the same of a checkpoint at every look, until there is the next', async () => {
    const flink = await launched()
    const jobId = await run(flink, 'fake.Streaming', {
      flinkConfiguration: { 'execution.checkpointing.interval': '10 s' },
    })
    await clock.advance(35_000)
    const { latest } = await flink.checkpoints(jobId)
    await clock.advance(1_000)
    expect((await flink.checkpoints(jobId)).latest).toEqual(latest)
    await clock.advance(10_000)
    expect((await flink.checkpoints(jobId)).latest).toMatchObject({
      id: latest!.id + 1,
      completedAt: latest!.completedAt + 10_000,
    })
    await flink.cancel(jobId)
    const after = (await flink.checkpoints(jobId)).latest
    await clock.advance(10_000)
    expect((await flink.checkpoints(jobId)).latest).toEqual(after)
  })

  test('make no checkpoints unless main() or the configuration asks for them', async () => {
    const flink = await launched()
    const silent = await run(flink, 'com.example.Job')
    const asked = await run(flink, 'com.example.Job', {
      flinkConfiguration: { 'execution.checkpointing.interval': '5 s' },
    })
    await clock.advance(60_000)
    expect((await flink.checkpoints(silent)).completed).toBe(0)
    expect((await flink.checkpoints(asked)).completed).toBeGreaterThanOrEqual(10)
  })

  test('fail over when a TaskManager dies and run again once it is replaced', async () => {
    const flink = await launched()
    const jobId = await run(flink, 'fake.Streaming')
    runtime.killTaskManager('S')
    expect((await flink.job(jobId))?.state).toBe('RESTARTING')
    await runtime.scale(cluster, 1, [])
    await clock.advance(10_000)
    expect((await flink.job(jobId))?.vertices[0]?.tasks).toEqual({ RUNNING: 1 })
  })

  test('that was canceled from outside is CANCELED and frees its slots', async () => {
    const flink = await launched()
    const jobId = await run(flink, 'fake.Streaming')
    runtime.endFlinkJob(jobId, 'CANCEL')
    await clock.advance(5_000)
    expect((await flink.job(jobId))?.state).toBe('CANCELED')
    expect((await flink.overview()).slotsAvailable).toBe(2)
  })
})

describe('faults', () => {
  test('a launch that fails says why, and the next one does not', async () => {
    runtime.failNextLaunch({ code: 'DISK_FULL', message: 'no space', retryable: true })
    await runtime.launch(cluster, spec())
    await clock.advance(1_000)
    expect(await runtime.observe(cluster)).toMatchObject({
      phase: 'FAILED',
      failure: { code: 'DISK_FULL', retryable: true },
    })
    await runtime.remove(cluster, { force: false })
    await runtime.launch({ ...cluster, generation: 2 }, spec())
    await clock.advance(1_000)
    expect(await runtime.observe({ ...cluster, generation: 2 })).toMatchObject({ phase: 'UP' })
  })

  test('an unreachable runtime says nothing, a silent Flink lives on', async () => {
    const flink = await launched()
    runtime.makeUnreachable(true)
    await expect(runtime.observe(cluster)).rejects.toMatchObject({ code: 'RUNTIME_UNREACHABLE' })
    runtime.makeUnreachable(false)
    runtime.silenceFlink('S', true)
    await expect(flink.overview()).rejects.toMatchObject({ kind: 'UNREACHABLE' })
    expect(await runtime.observe(cluster)).toMatchObject({ phase: 'UP' })
    runtime.silenceFlink('S', false)
    expect(await flink.overview()).toMatchObject({ taskManagers: 1 })
  })

  test('a restart of the machine ends every cluster and is told as that', async () => {
    await launched()
    runtime.rebootMachine()
    const { phase, exits } = await runtime.observe(cluster)
    expect([phase, exits.map(({ rebooted }) => rebooted)]).toEqual(['ENDED', [true, true]])
    expect(runtime.live()).toEqual([])
  })

  test('a process that is lost has no exit code', async () => {
    await launched()
    runtime.loseProcess('S', 'taskmanager')
    expect((await runtime.observe(cluster)).exits).toMatchObject([
      { exit: { reason: expect.any(String) }, requested: false },
    ])
    expect((await runtime.observe(cluster)).exits[0]?.exit).not.toHaveProperty('code')
  })

  test('every request to run a jar is on record, refused doubles too', async () => {
    const flink = await launched()
    const jobId = await run(flink, 'fake.Streaming')
    await expect(run(flink, 'fake.Streaming', { jobId })).rejects.toMatchObject({ kind: 'DUPLICATE' })
    expect(runtime.submissions({ flinkJobId: jobId }).map(({ accepted }) => accepted)).toEqual([true, false])
    expect(runtime.live()).toMatchObject([{ resource: 'S', taskManagers: 1, jobs: [{ id: jobId }] }])
  })
})

test('a world in a folder goes on for the next process, also while no server looks', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-fake-'))
  try {
    await runtime.close()
    runtime = createFakeRuntime({ clock, dataDir })
    const jobId = await run(await launched(), 'fake.Streaming')
    const before = await runtime.observe(cluster)
    await runtime.close()
    await clock.advance(60_000)
    runtime = createFakeRuntime({ clock, dataDir })
    expect(await runtime.observe(cluster)).toEqual(before)
    const flink = await connect()
    expect((await flink.checkpoints(jobId)).latest?.id).toBeGreaterThanOrEqual(60)
    expect(runtime.submissions()).toHaveLength(1)
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})

test('a world whose disk takes nothing goes on, and is written once it does', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-fake-'))
  const folder = join(dataDir, 'fake')
  try {
    await runtime.close()
    runtime = createFakeRuntime({ clock, dataDir })
    const flink = await launched()
    renameSync(folder, `${folder}.away`)
    writeFileSync(folder, 'no folder')
    const jobId = await run(flink, 'fake.Streaming')
    await clock.advance(60_000)
    expect((await flink.checkpoints(jobId)).latest?.id).toBeGreaterThanOrEqual(50)
    rmSync(folder)
    renameSync(`${folder}.away`, folder)
    await flink.cancel(jobId)
    await clock.advance(10_000)
    await runtime.close()
    runtime = createFakeRuntime({ clock, dataDir })
    expect(await (await connect()).job(jobId)).toMatchObject({ state: 'CANCELED' })
    expect(runtime.submissions()).toMatchObject([{ flinkJobId: jobId }])
  } finally {
    rmSync(dataDir, { recursive: true })
  }
})

test('ten thousand sessions live in one process', async () => {
  const refs = Array.from({ length: 10_000 }, (_, i) => ({ resource: `S${i}`, generation: 1 }))
  let now = clock.now()
  // Nobody is woken here: what is due happens when it is looked at.
  const thousands = createFakeRuntime({ clock: { now: () => now, after: () => () => {} } })
  for (const ref of refs) await thousands.launch(ref, spec())
  now += 10_000
  expect(thousands.live()).toHaveLength(10_000)
  for (const ref of refs)
    expect((await thousands.flink(ref, await thousands.observe(ref)).overview()).slotsTotal).toBe(2)
})
