/** The client against real Flink. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { type HandStartedFlink, ready, startFlink, until } from '../../tests/support/flink.ts'
import { runtimesOf } from '../../tests/support/runtimes.ts'
import { buildTestJobs } from '../../tools/build-example.ts'
import { restClient } from './client.ts'
import { flinkVersionOf } from './distributions/catalogue.ts'
import { createDistributions } from './distributions/distributions.ts'
import { isMainFailure, rootCause } from './failures.ts'
import { emptyJar } from './jar.ts'
import type { FlinkRest, FlinkRestError } from './rest.ts'

const newJobId = () => randomBytes(16).toString('hex')
const never = new AbortController().signal

// The newest, whose answers are most likely to have changed.
describe.each(runtimesOf('FLINK_2_3', 'FLINK_1_17', 'FLINK_1_20').map(flinkVersionOf))('Flink %s', (version) => {
  let cluster: HandStartedFlink
  let flink: FlinkRest
  let folder: string
  let jar: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flink-client-'))
    const { home } = await createDistributions().install(version)
    const jobs = await buildTestJobs({ flinkHome: home, out: resolve(import.meta.dirname, '../../build/jobs') })
    cluster = await startFlink({
      home,
      jars: [jobs.jar],
      slots: 8,
      configuration: {
        'execution.checkpointing.interval': '200',
        'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
        'state.checkpoints.dir': `file://${folder}/checkpoints`,
        'restart-strategy.type': 'none',
        'restart-strategy': 'none',
      },
    })
    flink = restClient(cluster.endpoint)
    await ready(cluster)
    jar = await flink.uploadJar('empty.jar', emptyJar())
  })

  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (name: string, args: string[] = [], more: { jobId?: string; savepointPath?: string } = {}) =>
    flink.runJar(
      jar,
      { entryClass: `dev.weir.jobs.${name}`, args, jobId: newJobId(), flinkConfiguration: {}, ...more },
      never,
    )
  const refusal = (name: string, jobId: string) =>
    run(name, [], { jobId }).then(
      () => {
        throw new Error(`${name} was taken`)
      },
      (error: FlinkRestError) => error,
    )
  const state = async (id: string) => (await flink.job(id))?.state
  const running = (id: string) =>
    until(`${id} runs`, 60_000, async () => {
      const job = await flink.job(id)
      return job?.vertices.every(({ tasks, parallelism }) => tasks['RUNNING'] === parallelism) && job
    })

  test('tells of the cluster', async () => {
    // A TaskManager registers first and tells its slots a moment later.
    await until('its slots are known', 30_000, async () => (await flink.overview()).slotsAvailable === 8)
    expect(await flink.overview()).toEqual({ flinkVersion: version, taskManagers: 1, slotsTotal: 8, slotsAvailable: 8 })
    expect(await flink.javaVersion()).toMatch(/^\d+(\.\d+)*$/)
    expect(await flink.taskManagers()).toEqual([{ id: 'tm-1', slots: 8, freeSlots: 8 }])
    expect(await flink.uploadJar('empty.jar', emptyJar())).toBe(jar)
    expect(await flink.job(newJobId())).toBeUndefined()
    const other = await flink.uploadJar('other.jar', emptyJar())
    await flink.deleteJar(other)
    await flink.deleteJar(other)
    expect(await flink.jars()).toEqual([{ id: jar, name: 'empty.jar' }])
  })

  test('a job submitted twice runs once', async () => {
    const jobId = newJobId()
    expect(await flink.hasJob(jobId)).toBe(false)
    expect(await run('Endless', [], { jobId })).toEqual({ jobId })
    expect(await flink.hasJob(jobId)).toBe(true)
    await expect(run('Endless', [], { jobId })).rejects.toMatchObject({ kind: 'DUPLICATE' })
    expect(await running(jobId)).toMatchObject({ id: jobId, name: 'endless', state: 'RUNNING', jobType: 'STREAMING' })
    expect((await flink.jobs()).filter(({ id }) => id === jobId)).toHaveLength(1)
    await flink.cancel(jobId)
    await until('it is cancelled', 30_000, async () => (await state(jobId)) === 'CANCELED')
    await flink.cancel(jobId)
    await flink.cancel(newJobId())
    await expect(run('Endless', [], { jobId })).rejects.toMatchObject({ kind: 'DUPLICATE' })
  })

  test.each([
    ['Throws', 'java.lang.IllegalStateException: boom', undefined],
    ['NoExecute', 'No jobs included in application.', undefined],
    ['Missing', /The program's entry point class 'dev\.weir\.jobs\.Missing' was not found/, undefined],
    ['Streams', /does not have a main\(String\[\]\) method/, undefined],
    ['ThrowsAfterExecuteAsync', 'java.lang.IllegalStateException: boom after executeAsync', 'RUNNING'],
    ['SecondExecuteThrows', /Cannot have more than (?:one|1) /, 'RUNNING'],
  ])('%s is told as a failure of main()', async (name, message, leftBehind) => {
    const jobId = newJobId()
    const error = await refusal(name, jobId)
    expect(error.message).toMatch(message)
    expect(isMainFailure(error)).toBe(true)
    expect(error.kind).toBe('REFUSED')
    if (leftBehind === undefined) return expect(await state(jobId)).toBeUndefined()
    await until('what was left behind runs', 30_000, async () => (await state(jobId)) === leftBehind)
    await flink.cancel(jobId)
  })

  test('the reason of a failed job is found', async () => {
    const { jobId } = await run('FailsAtRuntime', ['3'])
    await until('it has failed', 60_000, async () => (await state(jobId)) === 'FAILED')
    expect((await flink.job(jobId))?.endedAt).toBeGreaterThan(0)
    expect(rootCause((await flink.exceptions(jobId)).root?.stack ?? '')).toBe(
      'java.lang.IllegalStateException: record 3 cannot be processed',
    )
  })

  test('a restored job goes on from its checkpoint, and nothing is lost or doubled', async () => {
    const counts = join(folder, 'counts')
    const lives = async () =>
      await Promise.all(
        (await readdir(counts).catch(() => [])).toSorted().map((name) => readFile(join(counts, name), 'utf8')),
      )
    const first = newJobId()
    await run('ExactCounter', [counts], { jobId: first })
    const latest = await until('two checkpoints are complete', 60_000, async () => {
      const { completed, latest } = await flink.checkpoints(first)
      return completed >= 2 ? latest : undefined
    })
    await flink.cancel(first)
    await until('it is cancelled', 30_000, async () => (await state(first)) === 'CANCELED')
    const newest = (await flink.checkpoints(first)).latest ?? latest
    expect(newest?.location).toContain(`/${first}/chk-`)
    const second = newJobId()
    await run('ExactCounter', [counts], { jobId: second, savepointPath: newest?.location as string })
    await running(second)
    await until('it has counted', 30_000, async () => (await lives())[1]?.includes('progress'))
    const [before, after] = await lives()
    const held = new RegExp(`checkpoint id=${newest?.id} total=(\\d+)`).exec(before ?? '')?.[1]
    expect(after).toContain(`start restored=true total=${held}\nfirst value=${held}\n`)
    expect(after).not.toContain('WRONG')
    await flink.cancel(second)
  })

  test('a restore from nowhere is refused with the place', async () => {
    const jobId = newJobId()
    await expect(run('Endless', [], { jobId, savepointPath: `${folder}/nowhere` })).rejects.toMatchObject({
      kind: 'REFUSED',
      message: expect.stringMatching(/^java\.io\.FileNotFoundException: .*nowhere/) as string,
    })
    expect(await state(jobId)).toBe('FAILED')
  })
})
