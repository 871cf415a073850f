/**
 * The runner, `helpers/src/dev/weir/runner`, in real Flink. The version here is the newest: it counts jobs and chooses
 * their IDs otherwise than the others.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { until } from '../../tests/support/flink.ts'
import { type Call, jobsIn, newJobId, type RunnerFlink, startRunnerFlink } from '../../tests/support/runner.ts'
import { runtimesOf } from '../../tests/support/runtimes.ts'
import { restClient } from '../flink/client.ts'
import { flinkVersionOf } from '../flink/distributions/catalogue.ts'
import { fetchIntoJobManager } from './kubernetes/fetched-jar.ts'

describe.each(runtimesOf('FLINK_2_3', 'FLINK_1_17', 'FLINK_1_20').map(flinkVersionOf))('Flink %s', (version) => {
  let flink: RunnerFlink
  let files = 0

  beforeAll(async () => {
    flink = await startRunnerFlink(version)
  })

  afterAll(async () => {
    await flink?.stop()
  })

  const newFile = () => join(flink.folder, `file-${++files}`)
  const lines = async (file: string) => (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  const began = (file: string) => until('main() has begun', 30_000, async () => (await lines(file)).length > 0)
  const refused =
    /dev\.weir\.runner\.SeveralJobsException: main\(\) may start one job, but it asked for 2\. What it had started is over\./

  test.each([
    ['in an environment of its own', ['start=one', 'start=two']],
    ['in the same environment', ['start=one', 'again=two']],
    ['in a thread of its own', ['start=one', 'thread', 'start=two']],
    ['by SQL', ['start=one', 'insert=two']],
    ['whose results it collects', ['start=one', 'collect=two']],
    ['whose exception it catches', ['start=one', 'caught', 'start=two']],
  ])(
    'a second job in main() is refused, and the first is cancelled before the answer comes: one %s',
    async (_, args) => {
      const jobId = newJobId()
      const answer = await flink.runner({ args: [`file=${newFile()}`, ...args], jobId })
      expect(await flink.state(jobId)).toBe('CANCELED')
      expect(answer.status).toBe(400)
      expect(answer.text).toMatch(refused)
      expect(jobsIn(answer.text)).toEqual([
        { name: 'one', jobId, state: 'CANCELED' },
        { name: expect.stringContaining('two') as string, state: 'REFUSED' },
      ])
      expect(await flink.alive()).toEqual([])
    },
  )

  test('a second job in main() is refused also when the first has finished', async () => {
    const [jobId, file] = [newJobId(), newFile()]
    const answer = await flink.runner({ args: [`file=${file}`, 'collect=one', 'start=two'], jobId })
    expect(await lines(file)).toEqual(['main', 'collected 1', 'collected 2', 'collected 3'])
    expect(answer.text).toMatch(refused)
    expect(jobsIn(answer.text)).toEqual([
      { name: 'one', jobId, state: 'FINISHED' },
      { name: 'two', state: 'REFUSED' },
    ])
    expect(await flink.alive()).toEqual([])
  })

  test("a job's jar is fetched by the JobManager itself, whole or not at all, and main() runs from it", async () => {
    const rest = restClient(flink.endpoint)
    const name = `weir-${newJobId()}.jar`
    const fetched = (uri: string, maxBytes = 2 ** 30) =>
      fetchIntoJobManager({ uri, maxBytes, flinkConfiguration: {} }, rest, name, AbortSignal.timeout(60_000))
    const jar = pathToFileURL(flink.jar).href
    await expect(fetched(`${jar}.none`)).rejects.toMatchObject({
      code: 'FILE_UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('there is no such file'),
    })
    await expect(fetched(jar, 4)).rejects.toMatchObject({ message: expect.stringContaining('larger') })
    await expect(fetched(`${jar}#sha256=${'0'.repeat(64)}`)).rejects.toMatchObject({
      message: expect.stringContaining('it is not the file that was expected'),
    })
    expect((await rest.jars()).map((file) => file.name)).not.toContain(name)
    const [id, again] = await Promise.all([fetched(jar), fetched(jar)])
    expect(again).toBe(id)
    expect(await rest.jars()).toContainEqual({ id, name })
    const file = newFile()
    expect(await flink.runner({ args: [`file=${file}`, 'collect=c'], jar: id })).toMatchObject({ status: 200 })
    expect(await lines(file)).toContain('collected 1')
    await rest.deleteJar(id)
    expect((await rest.jars()).map((file) => file.name)).not.toContain(name)
  })

  test('results of a bounded job come back inside main()', async () => {
    const file = newFile()
    const results: [string, string[]][] = [
      ['collect=c', ['collected 1', 'collected 2', 'collected 3']],
      ['await=a', []],
      ['both', []],
      ['select', []],
    ]
    for (const [step, expected] of results) {
      const jobId = newJobId()
      const before = (await lines(file)).length
      expect(await flink.runner({ args: [`file=${file}`, step], jobId }), step).toMatchObject({ status: 200, text: '' })
      expect(await flink.state(jobId), step).toBe('FINISHED')
      expect((await lines(file)).slice(before + 1), step).toEqual(expected)
    }
    expect(await flink.log('jm.out')).toMatch(/41[^]*42[^]*2 rows in set/)
    const jobId = newJobId()
    expect(await flink.runner({ args: [`file=${file}`, 'result=r'], jobId })).toMatchObject({ status: 200 })
    expect((await lines(file)).at(-1)).toBe(`result ${jobId}`)
  })

  test.each([['Sees'], ['SeesInherited']])('an ordinary job sees no difference: %s', async (main) => {
    const odd = ['', ' ', 'a b', '"quoted" and \'so\'', 'two\nlines', 'é€', '--', '-D', '-Dx=y', '--id', 'z']
    for (const jar of [flink.jobs, flink.empty]) {
      const observed: string[] = []
      for (const way of [flink.plain, flink.runner]) {
        const [jobId, file] = [newJobId(), newFile()]
        expect(await way({ main, args: [file, ...odd], jobId, jar })).toMatchObject({ status: 200 })
        expect(await flink.job(jobId)).toMatchObject({ jid: jobId, name: 'sees' })
        observed.push(await readFile(file, 'utf8'))
        await flink.cancel(jobId)
      }
      expect(observed[1]).toBe(observed[0])
      expect(observed[1]).toContain(`arguments ${odd.length + 1} [${odd.join(', ')}]`)
    }
  })

  test.each<[string, Call]>([
    ['no job', { main: 'NoExecute' }],
    ['an exception with a cause', { args: ['throw=exception'] }],
    ['an error', { args: ['throw=error'] }],
    ['no memory', { args: ['throw=memory'] }],
    ['no stack', { args: ['throw=stack'] }],
    ['a class that can not be initialized', { args: ['throw=init'] }],
    ['a main class that can not be initialized', { main: 'NeverInitialized' }],
    ['a class that is missing', { args: ['throw=link'] }],
    ['System.exit', { main: 'SystemExit' }],
    ['a restore from nowhere', { main: 'Endless', savepointPath: '/nowhere' }],
  ])('an ordinary failure is told in the same words: %s', async (_, call) => {
    const [plain, runner] = [await flink.plain(call), await flink.runner(call)]
    expect(plain.status).toBe(400)
    expect(runner.causes.map(withoutNumbers)).toEqual(plain.causes.map(withoutNumbers))
    expect(runner.status).toBe(400)
  })

  test('a plan is made as without it', async () => {
    const [jobId, file] = [newJobId(), newFile()]
    const call = { args: [`file=${file}`, 'start=one'], options: ['--id', jobId], jobId }
    expect(await flink.runner(call, 'plan')).toMatchObject({ status: 200 })
    expect(await flink.runner(call)).toMatchObject({ status: 200 })
    await flink.cancel(jobId)
  })

  test('two main()s at the same time: a job in a thread counts for the one that started the thread', async () => {
    const [one, two, fileOne, fileTwo, goOne, goTwo] = [newJobId(), newJobId(), ...Array.from({ length: 4 }, newFile)]
    const steps = [`file=${fileOne}`, `wait=${goOne}`, 'thread', 'start=one', 'thread', 'start=more']
    const first = flink.runner({ args: steps, jobId: one })
    await began(fileOne as string)
    const second = flink.runner({ args: [`file=${fileTwo}`, `wait=${goTwo}`, 'start=two'], jobId: two })
    await began(fileTwo as string)
    await writeFile(goOne as string, '')
    expect(jobsIn((await first).text)).toEqual([
      { name: 'one', jobId: one, state: 'CANCELED' },
      { name: 'more', state: 'REFUSED' },
    ])
    await writeFile(goTwo as string, '')
    expect(await second).toMatchObject({ status: 200 })
    await flink.cancel(two)
  })

  test('without a class the manifest of the uploaded jar tells it', async () => {
    const [file, nothing] = [newFile(), newFile()]
    const made = `${nothing}.jar`
    await mkdir(nothing)
    await promisify(execFile)('jar', [
      '--create',
      '--file',
      made,
      '--main-class',
      'dev.weir.jobs.Steps',
      '-C',
      nothing,
      '.',
    ])
    const jar = await flink.upload('named.jar', await readFile(made))
    expect(await flink.runner({ main: null, args: [`file=${file}`, 'execute=named'], jar })).toMatchObject({
      status: 200,
    })
    expect(await lines(file)).toEqual(['main'])
  })

  test('a main() that throws leaves nothing running', async () => {
    const jobId = newJobId()
    const answer = await flink.runner({ main: 'ThrowsAfterExecuteAsync', jobId })
    expect(await flink.state(jobId)).toBe('CANCELED')
    expect(answer.causes.at(-1)).toBe('Caused by: java.lang.IllegalStateException: boom after executeAsync')
  })

  test('a job that Flink knows already is not taken for one that main() started', async () => {
    const jobId = newJobId()
    expect(await flink.runner({ args: ['start=one'], jobId })).toMatchObject({ status: 200 })
    expect((await flink.runner({ args: ['start=two'], jobId })).text).toMatch(
      /Duplicate(Job|Application)SubmissionException/,
    )
    expect(await flink.state(jobId)).not.toBe('CANCELED')
    await flink.cancel(jobId)
  })

  test('a deadline ends a main() that can be interrupted, and the job that it started', async () => {
    const jobId = newJobId()
    const answer = await flink.runner({ args: ['start=one', 'wait=/nowhere'], options: ['--timeout', '1500'], jobId })
    expect(await flink.state(jobId)).toBe('CANCELED')
    expect(answer.text).toContain(
      'dev.weir.runner.MainTimeoutException: main() did not return within 1500 ms and was interrupted. What it had started is over',
    )
    expect(jobsIn(answer.text)).toEqual([{ name: 'one', jobId, state: 'CANCELED' }])
    const idle = await flink.runner({ args: ['wait=/nowhere'], options: ['--timeout', '100'] })
    expect(idle.text).toContain('and was interrupted. It had started nothing; jobs: []')
    expect(await flink.runner({ args: ['execute=quick'], options: ['--timeout', '60000'] })).toMatchObject({
      status: 200,
    })
  })

  test('a deadline that comes for a main() that heeds no interrupt: its job is cancelled, and a second request is told', async () => {
    const [jobId, go] = [newJobId(), newFile()]
    const call = {
      args: ['start=one', `busy=${go}`, 'start=two'],
      options: ['--id', jobId, '--timeout', '1000'],
      jobId,
    }
    const first = flink.runner(call)
    await until('its job is cancelled', 30_000, async () => (await flink.state(jobId)) === 'CANCELED')
    expect((await flink.runner(call)).text).toContain(
      'MainTimeoutException: main() did not return within 1000 ms and goes on',
    )
    await writeFile(go, '')
    expect(jobsIn((await first).text)).toEqual([{ name: 'one', jobId, state: 'CANCELED' }])
    expect(await flink.alive()).toEqual([])
  })

  test('given up: main() is interrupted, and execute() is refused', async () => {
    const [id, file, go] = [newJobId(), newFile(), newFile()]
    const first = flink.runner({
      args: [`file=${file}`, `busy=${go}`, 'caught', 'start=late'],
      options: ['--id', id],
      jobId: id,
    })
    await began(file)
    expect(await flink.interrupt(id)).toBe('INTERRUPTED')
    await writeFile(go, '')
    expect((await first).text).toContain(
      'dev.weir.runner.MainInterruptedException: main() was told to end and was interrupted. It had started nothing; jobs: []',
    )
    expect((await lines(file)).at(-1)).toContain(
      'MainInterruptedException: main() was told to end: the job "late" is not started',
    )
    expect(await flink.state(id)).toBeUndefined()
    expect(await flink.interrupt(id)).toBe('NOT_RUNNING')
  })

  test('given up before it began: main() is not called', async () => {
    const [id, file] = [newJobId(), newFile()]
    expect(await flink.interrupt(id)).toBe('NOT_RUNNING')
    expect((await flink.runner({ args: [`file=${file}`], options: ['--id', id] })).text).toContain(
      'dev.weir.runner.MainInterruptedException: main() was told to end before it began; jobs: []',
    )
    expect(await lines(file)).toEqual([])
  })

  test('a repeated request joins the main() that runs, and one that comes later is told its outcome', async () => {
    const [jobId, file, go] = [newJobId(), newFile(), newFile()]
    const call = { args: [`file=${file}`, `wait=${go}`, 'execute=once'], options: ['--id', jobId], jobId }
    const first = flink.runner(call)
    await began(file)
    const second = flink.runner(call)
    await writeFile(go, '')
    expect(await first).toMatchObject({ status: 200 })
    for (const answer of [await second, await flink.runner(call)]) {
      expect(answer.text).toContain('dev.weir.runner.AlreadyRan: RETURNED; jobs: ')
      expect(jobsIn(answer.text)).toEqual([{ name: 'once', jobId, state: 'SUBMITTED' }])
    }
    expect(await lines(file)).toEqual(['main'])
  })

  test('a repeated request is told the failure of the first in the same words', async () => {
    for (const kind of ['exception', 'error']) {
      const [jobId, file, go] = [newJobId(), newFile(), newFile()]
      const call = { args: [`file=${file}`, `wait=${go}`, `throw=${kind}`], options: ['--id', jobId], jobId }
      const first = flink.runner(call)
      await began(file)
      const second = flink.runner(call)
      await writeFile(go, '')
      const { causes } = await first
      expect((await second).causes).toEqual(causes)
      expect((await flink.runner(call)).causes).toEqual(causes)
      expect(await lines(file)).toEqual(['main'])
    }
  })

  test('a main() that is not there is told in words', async () => {
    const words: [Call, string][] = [
      [{ main: 'Missing' }, "The program's entry point class 'dev.weir.jobs.Missing' was not found: check entryClass"],
      [{ main: 'Streams' }, "The class 'dev.weir.jobs.Streams' does not have a main(String[]) method"],
      [{ main: 'NotStatic' }, "The main(String[]) of the class 'dev.weir.jobs.NotStatic' is not static"],
      [{ main: 'NotPublic' }, "The class 'dev.weir.jobs.NotPublic' must be public"],
      [
        { main: null },
        "Neither a 'Main-Class', nor a 'program-class' entry was found in the manifest of the job's jar",
      ],
    ]
    for (const [call, message] of words) {
      const answer = await flink.runner(call)
      expect(answer.status).toBe(400)
      expect(answer.text).toContain(`dev.weir.runner.EntryClassException: ${message}`)
    }
  })

  test('it never had to let a main() run by Flink alone', async () => {
    expect(await flink.log('jm.log')).not.toMatch(/ WARN .*dev\.weir\.runner/)
  })
})

/** Flink names its own objects and threads in some messages. */
const withoutNumbers = (line: string) => line.replace(/[0-9a-f]{32}|\d+/g, 'N')
