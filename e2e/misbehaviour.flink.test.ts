/** Jobs that misbehave in one session, one after another: each ends as it must, and harms nobody else. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { FlinkJobSpec, FlinkSessionJobSpec } from '../src/api/client/generated/types.gen.ts'
import { fill, smallDisk } from '../tests/support/small-disk.ts'
import { logsOf } from './support/logs.ts'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
  job,
  jobSpec,
  removeSession,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { sharedWeir, testFolder } from './support/weir.ts'

const weir = sharedWeir()
let sessionId: string
beforeAll(async () => {
  // Without a second try for a job that fails while it runs; a job that loses its JobManager comes back all the same.
  const flinkConfiguration = { 'restart-strategy.type': 'none', 'taskmanager.numberOfTaskSlots': '4' }
  sessionId = await createSession(weir(), sessionSpec('FLINK_1_20', { flinkConfiguration }))
})

test("a bounded job is FINISHED, one that fails while it runs is FAILED with Flink's root exception", async () => {
  const bounded = await createJob(weir(), sessionId, jobSpec('bounded', 'dev.weir.jobs.Bounded'))
  const failing = await createJob(weir(), sessionId, jobSpec('failing', 'dev.weir.jobs.FailsAtRuntime'))
  await untilJob(weir(), sessionId, bounded, 'FINISHED')
  const { status } = await untilJob(weir(), sessionId, failing, 'FAILED')
  expect(status?.error).toMatchObject({ code: 'JOB_FAILED', message: expect.stringContaining('cannot be processed') })
})

test('main()s that hang hold up nobody; deleted, they are gone, and start no job that stays', async () => {
  const folder = testFolder()
  const url = (await untilSession(weir(), sessionId, 'RUNNING')).status?.flinkUrl ?? ''
  const before = await idsInFlink(url)
  const hangs = async (name: string, steps: string[], more: Partial<FlinkJobSpec> = {}) => {
    const id = await createJob(weir(), sessionId, stepsOf(name, [`file=${join(folder, name)}`, ...steps], more))
    await until(`main() of ${name} runs`, async () => existsSync(join(folder, name)))
    return id
  }
  const go = join(folder, 'go')
  const ids = [
    await hangs('sleeps', [`wait=${go}`, 'start=slept']),
    await hangs('heeds no interrupt', [`busy=${go}`, 'start=was-busy']),
    await hangs('by Flink itself', [`wait=${go}`, 'start=by-flink'], { runner: 'OFF' }),
  ]
  const deadline = await hangs('too long', [`wait=${go}`], { mainTimeout: '1 s' })
  const next = await createJob(weir(), sessionId, jobSpec('next', 'dev.weir.jobs.Bounded'))
  await untilJob(weir(), sessionId, next, 'FINISHED')
  const { status } = await untilJob(weir(), sessionId, deadline, 'FAILED')
  expect(status?.error).toMatchObject({ code: 'JOB_SUBMISSION_TIMEOUT', message: expect.stringContaining('1000 ms') })
  for (const [n, id] of ids.entries()) {
    const path = { ws: weir().workspace, session: sessionId, job: id }
    // What only Flink knows of can't be interrupted.
    await weir().client.deleteFlinkSessionJob({ path, query: { force: n === 2 } })
    await until('the job is gone', async () => !(await weir().client.describeFlinkSessionJob({ path })).ok)
  }
  writeFileSync(go, '')
  await until('what Flink itself started is canceled', async () => {
    const started = (await jobsInFlink(url)).filter(({ jid }) => ![...before, next].includes(jid))
    return started.some(({ name, state }) => name === 'by-flink' && state === 'CANCELED')
  })
  const names = (await jobsInFlink(url)).map(({ name }) => name)
  expect(names.filter((name) => name === 'slept' || name === 'was-busy')).toEqual([])
})

test('results come back inside main(); of several jobs in it none stays, and all are named', async () => {
  const folder = testFolder()
  const file = join(folder, 'results')
  const results = ['collect=numbers', 'select', 'await=t'].map((step) => stepsOf(step, [`file=${file}`, step]))
  const finished = await Promise.all(results.map((spec) => createJob(weir(), sessionId, spec)))
  const several = await createJob(weir(), sessionId, stepsOf('several', [`file=${file}`, 'start=one', 'start=two']))
  const { status } = await untilJob(weir(), sessionId, several, 'FAILED')
  expect(status?.error).toMatchObject({ code: 'SEVERAL_JOBS', message: expect.stringMatching(/"one", "two"/) })
  for (const id of finished) await untilJob(weir(), sessionId, id, 'FINISHED')
  expect(readFileSync(file, 'utf8')).toContain('collected 3')
  const url = (await untilSession(weir(), sessionId, 'RUNNING')).status?.flinkUrl ?? ''
  expect((await jobsInFlink(url)).filter(({ name }) => name === 'one')).toMatchObject([{ state: 'CANCELED' }])
  // Nothing that Weir asked for was an error of Flink's, whose own are no business of this test: a job that is canceled
  // while a checkpoint begins is one. An answer of main() itself is always an error.
  const logged = (await logsOf(weir(), sessionId, 'jobmanager')).flatMap(({ lines }) => lines)
  const asked = / ERROR org\.apache\.flink\.runtime\.(?:rest|webmonitor)\.(?!.*JarRunHandler)/
  expect(logged.flatMap((line, n) => (asked.test(line) ? [logged.slice(n, n + 3)] : []))).toEqual([])
})

test("a job that prints without end leaves its newest lines, within bounds, and no line of Flink's own log is lost", async () => {
  const prints = await createJob(weir(), sessionId, jobSpec('prints', 'dev.weir.jobs.Prints'))
  await untilJob(weir(), sessionId, prints, 'RUNNING')
  const folder = join(weir().dataDir, 'clusters', sessionId, '1', 'log')
  const [file] = await until('more was printed than is kept', async () => {
    const printed = readdirSync(folder).filter(
      (name) => name.endsWith('.out') && printedIn(join(folder, name)).length > 0,
    )
    return printed.some((name) => (printedIn(join(folder, name)).at(-1) ?? 0) > 100_000) && printed
  })
  const path = join(folder, file ?? '')
  await until('it is cut', async () => statSync(path).size < 64 * 2 ** 20)
  const lines = printedIn(path)
  expect(lines.length).toBeGreaterThan(16_000)
  expect(lines[0]).toBeGreaterThan(0)
  expect(lines.every((line, index) => index === 0 || line === lines[index - 1]! + 1)).toBe(true)
  const log = readFileSync(path.replace(/out$/, 'log'), 'utf8')
  expect(log).toMatch(/^\d{4}-.* Starting TaskManager/m)
  expect(log).toMatch(/Print to Std\. Out .* switched from INITIALIZING to RUNNING/)
  await removeJob(prints)
})

test('checkpoints that fail for a full disk are told as that, until there is room again', async () => {
  const folder = smallDisk(8)
  const configuration = {
    'state.checkpoints.dir': `file://${folder}`,
    'execution.checkpointing.tolerable-failed-checkpoints': '1000000',
  }
  const id = await createJob(weir(), sessionId, jobSpec('saves', EXAMPLE_CLASS, [], configuration))
  await untilJob(weir(), sessionId, id, (observed) => observed.status?.lastCheckpoint !== undefined)
  const giveBack = fill(folder, 0)
  const failing = await untilJob(weir(), sessionId, id, (observed) => observed.status?.warnings !== undefined)
  expect(failing.state).toBe('RUNNING')
  expect(failing.status?.warnings).toEqual([
    expect.stringMatching(/^Checkpoints fail since .*The disk of \/\S+ is full \(0 MiB free\): free some space there/),
  ])
  giveBack()
  await untilJob(weir(), sessionId, id, (observed) => observed.status?.warnings === undefined)
  await removeJob(id)
})

// The last, since it takes the cluster along.
test('a main() that ends the JVM itself is FAILED, once it has done so alone; its neighbours come back', async () => {
  const folder = testFolder()
  const neighbour = await createJob(weir(), sessionId, jobSpec('neighbour', EXAMPLE_CLASS))
  await untilJob(weir(), sessionId, neighbour, (observed) => observed.status?.lastCheckpoint !== undefined)
  const slow = await createJob(
    weir(),
    sessionId,
    stepsOf('slow', [`file=${join(folder, 'slow')}`, `wait=${join(folder, 'go')}`, 'start=slow']),
  )
  await until('main() of the other runs', async () => existsSync(join(folder, 'slow')))
  const halts = await createJob(weir(), sessionId, jobSpec('halts', 'dev.weir.jobs.Halts'))
  await untilSession(weir(), sessionId, (observed) => (observed.status?.restarts ?? 0) > 0)
  writeFileSync(join(folder, 'go'), '')
  const { status } = await untilJob(weir(), sessionId, halts, 'FAILED')
  expect(status?.error?.code).toBe('JOB_KILLED_JOB_MANAGER')
  expect(status?.error?.message).toContain('was killed by SIGKILL')
  await untilJob(weir(), sessionId, slow, 'RUNNING')
  await untilJob(
    weir(),
    sessionId,
    neighbour,
    (observed) => observed.state === 'RUNNING' && (observed.status?.restarts ?? 0) > 0,
  )
  await untilSession(weir(), sessionId, (observed) => observed.state === 'RUNNING' && observed.status?.restarts === 2)
  expect((await job(weir(), sessionId, halts)).state).toBe('FAILED')
  await removeSession(weir(), sessionId)
})

interface InFlink {
  jid: string
  name: string
  state: string
}

async function jobsInFlink(url: string): Promise<InFlink[]> {
  return ((await (await fetch(`${url}/jobs/overview`)).json()) as { jobs: InFlink[] }).jobs
}

function stepsOf(name: string, args: string[], more: Partial<FlinkJobSpec> = {}): FlinkSessionJobSpec {
  const spec = jobSpec(name, 'dev.weir.jobs.Steps', args)
  return { ...spec, job: { ...spec.job, ...more } }
}

const idsInFlink = async (url: string): Promise<string[]> => (await jobsInFlink(url)).map(({ jid }) => jid)

/** The numbers that the job printed, of whole lines. */
const printedIn = (path: string): number[] =>
  readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => /^\d{1023}$/.test(line))
    .map(Number)

async function removeJob(id: string): Promise<void> {
  const path = { ws: weir().workspace, session: sessionId, job: id }
  await weir().client.deleteFlinkSessionJob({ path, query: {} })
  await until('the job is gone', async () => !(await weir().client.describeFlinkSessionJob({ path })).ok)
}
