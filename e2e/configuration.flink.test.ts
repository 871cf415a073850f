/** What a session's specification says is in effect in its Flink processes, and what must stay secret stays so. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import type { FlinkSessionJobSpec } from '../src/api/client/generated/types.gen.ts'
import {
  createJob,
  createSession,
  EXAMPLE_CLASS,
  eventsOf,
  jobSpec,
  removeSession,
  session,
  sessionSpec,
  untilJob,
  untilSession,
} from './support/scenario.ts'
import { until } from './support/wait.ts'
import { data, sharedWeir, type Weir } from './support/weir.ts'

const ENDLESS = 'dev.weir.jobs.Endless'

/** As in the documented example, whose text names appenders and defines none; and one logger that says more. */
const LOG4J =
  'rootLogger.level = INFO\nrootLogger.appenderRef.console.ref = ConsoleAppender\n' +
  'rootLogger.appenderRef.rolling.ref = RollingFileAppender\n' +
  'logger.talkative.name = org.apache.flink.runtime.resourcemanager\nlogger.talkative.level = DEBUG\n'

/** `#` begins a comment in the configuration file of Flink 1.x: such a value takes another way. */
const SECRET = `never#seen-${randomUUID()}`

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

const mode = (path: string): number => statSync(path).mode & 0o777

const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      } catch {
        return ''
      }
    })

async function logsOf(weir: Weir, id: string, process?: string) {
  const query = { tail: 1_000, ...(process !== undefined && { process }) }
  return data(await weir.client.getFlinkSessionLogs({ path: { ws: weir.workspace, session: id }, query })).items
}

const shared = sharedWeir(() => ({ flags: ['--allow-address', '127.0.0.0/8'] }))

describe.each(['FLINK_1_17', 'FLINK_2_3'] as const)('on %s', (runtime) => {
  let weir: Weir
  let id: string
  let launch: string
  const plugin = () =>
    readdirSync(join(inject('flinkHomes')[runtime], 'opt')).find((name) => name.startsWith('flink-s3-fs-hadoop-')) ?? ''

  beforeAll(async () => {
    weir = shared()
    id = await createSession(
      weir,
      sessionSpec(runtime, {
        // The tests' own jobs are not on the class path.
        jars: [`file://${inject('jars').example}`],
        plugins: [{ name: 'flink-s3-hadoop', jars: [`/opt/flink/opt/${plugin()}`] }],
        flinkConfiguration: {
          'taskmanager.numberOfTaskSlots': '4',
          's3.secret-key': SECRET,
          'weir.test.value': 'a # b: "c"',
        },
        logConfiguration: { 'log4j-console.properties': LOG4J },
      }),
    )
    await createJob(weir, id, jobSpec('from lib/extra', EXAMPLE_CLASS, ['--parallelism', '1']))
    await untilSession(weir, id, 'RUNNING')
    launch = join(weir.dataDir, 'clusters', id, '1')
  }, 90_000)
  afterAll(() => removeSession(weir, id), 60_000)

  test('a class of a jar in lib/extra runs, from main() to the TaskManagers', async () => {
    const { items } = data(await weir.client.listFlinkSessionJobs({ path: { ws: weir.workspace, session: id } }))
    await untilJob(weir, id, items[0]?.id ?? '', 'RUNNING')
    expect(readdirSync(join(launch, 'lib', 'extra'))).toEqual([basename(inject('jars').example)])
  })

  test('flinkConfiguration is in effect, whatever characters a value has', async () => {
    const { status } = await session(weir, id)
    const config = (await (await fetch(`${status?.flinkUrl}/jobmanager/config`)).json()) as {
      key: string
      value: string
    }[]
    const inEffect = Object.fromEntries(config.map(({ key, value }) => [key, value]))
    expect(inEffect['weir.test.value']).toBe('a # b: "c"')
    expect(inEffect['taskmanager.numberOfTaskSlots']).toBe('4')
    expect(status?.slots?.total).toBe(4)
  })

  test('configuration can be read by its owner only', () => {
    const files = filesBelow(join(launch, 'conf'))
    expect(files.length).toBeGreaterThanOrEqual(2)
    expect(files.filter((file) => mode(file) !== 0o600)).toEqual([])
    const folders = ['conf', 'log', 'plugins', 'lib/extra', ''].map((name) => join(launch, name))
    expect([...folders, dirname(launch), weir.dataDir].filter((folder) => mode(folder) !== 0o700)).toEqual([])
  })

  test('a secret in flinkConfiguration shows on no command line, in no log and in no event', async () => {
    const unseen = SECRET.slice(SECRET.indexOf('#') + 1)
    expect(commandLines().filter((line) => line.includes(unseen))).toEqual([])
    expect(weir.log()).not.toContain(unseen)
    expect((await eventsOf(weir, id)).join('\n')).not.toContain(unseen)
    expect(JSON.stringify(await logsOf(weir, id))).not.toContain(unseen)
    const holders = filesBelow(launch)
      .filter((file) => readFileSync(file).includes(unseen))
      .map(dirname)
    expect(new Set(holders)).toEqual(new Set([join(launch, 'conf')]))
  })

  test('a logConfiguration without appenders logs, and its levels are in effect', async () => {
    const lines = await until('the talkative logger has talked', async () => {
      const [log] = await logsOf(weir, id, 'jobmanager')
      return log?.lines.some((line) => / DEBUG org\.apache\.flink\.runtime\.resourcemanager/.test(line)) && log.lines
    })
    expect(lines.some((line) => / INFO {2}org\.apache\.flink/.test(line))).toBe(true)
    expect(lines.filter((line) => / DEBUG (?!org\.apache\.flink\.runtime\.resourcemanager)/.test(line))).toEqual([])
  })

  test("a plugin named by its path in Flink's images lies in its own folder and is loaded", async () => {
    expect(readdirSync(join(launch, 'plugins', 'flink-s3-hadoop'))).toEqual([plugin()])
    const log = readFileSync(join(launch, 'log', 'jobmanager.log'), 'utf8')
    expect(log).toMatch(/Plugin loader with ID (found, reusing it|not found, creating it): flink-s3-hadoop/)
  })
})

describe('a job with a jar of its own', () => {
  let weir: Weir
  let id: string
  let uri: string
  const withJar = (name: string, jarUri: string, entryClass = ENDLESS): FlinkSessionJobSpec => ({
    name,
    flinkConfiguration: {},
    job: { entryClass, jarUri, args: [] },
  })
  const server = createServer(({ url }, response) =>
    url === '/jobs.jar' ? response.end(readFileSync(inject('jars').tests)) : response.writeHead(404).end(),
  )

  beforeAll(async () => {
    await new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', listening)
    })
    uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jobs.jar`
    weir = shared()
    id = await createSession(
      weir,
      sessionSpec('FLINK_1_20', { jars: [], flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '4' } }),
    )
  })
  afterAll(async () => {
    server.close()
    await removeSession(weir, id)
  }, 60_000)

  test('runs from http and from a folder that the server opens', async () => {
    const jobs = [
      await createJob(weir, id, withJar('http', uri)),
      await createJob(weir, id, withJar('file', `file://${inject('jars').tests}`)),
    ]
    for (const each of jobs) await untilJob(weir, id, each, 'RUNNING')
  })

  test.each([
    [
      'address that the owner did not open',
      () => 'http://169.254.169.254/jobs.jar',
      'FILE_UNAVAILABLE',
      /special address.*--allow-address 169\.254\.169\.254\/32/,
    ],
    [
      'file that the web server does not have',
      () => uri.replace('jobs', 'lost'),
      'FILE_UNAVAILABLE',
      /no such file \(404\)/,
    ],
    ['file outside of the opened folders', () => 'file:///etc/hostname', 'FILE_UNAVAILABLE', /no such file below/],
    [
      'file that the distribution lacks',
      () => 'local:///opt/flink/examples/nowhere.jar',
      'FILE_UNAVAILABLE',
      /\/opt\/flink\/examples\/nowhere\.jar is not part of/,
    ],
    [
      'local file outside of the distribution',
      () => 'local:///etc/hostname',
      'FILE_UNAVAILABLE',
      /lies outside \/opt\/flink/,
    ],
  ])('fails with the reason: %s', async (name, jarUri, code, message) => {
    const job = await createJob(weir, id, withJar(name, jarUri()))
    const { status } = await untilJob(weir, id, job, 'FAILED')
    expect(status?.error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test("is found in the distribution by its path in Flink's images", async () => {
    const home = inject('flinkHomes').FLINK_1_20
    const jar = readdirSync(join(home, 'lib')).find((name) => name.startsWith('flink-json-')) ?? ''
    const job = await createJob(weir, id, withJar('local', `local:///opt/flink/lib/${jar}`, 'dev.weir.jobs.NotInThere'))
    const { status } = await untilJob(weir, id, job, 'FAILED')
    expect(status?.error).toMatchObject({
      code: 'ENTRY_CLASS_MISSING',
      message: expect.stringMatching(/dev\.weir\.jobs\.NotInThere/),
    })
  })
})

test('logs of a TaskManager and of a JobManager can be read after their death', async () => {
  const weir = shared()
  const id = await createSession(weir, sessionSpec('FLINK_1_20'))
  onTestFinished(() => removeSession(weir, id))
  await untilSession(weir, id, 'RUNNING')
  for (const name of ['taskmanager-1', 'jobmanager']) {
    const victim = weir.processes().find(({ role, pid }) => name.startsWith(role) && commandLineOf(pid).includes(id))
    process.kill(victim?.pid ?? Number.NaN, 'SIGKILL')
    await until('it is known to be dead', async () =>
      (await logsOf(weir, id, name)).some((log) => log.state === 'EXITED'),
    )
  }
  await untilSession(weir, id, (seen) => seen.state === 'RUNNING' && seen.status?.restarts === 1)
  const dead = (await logsOf(weir, id)).filter((log) => log.state === 'EXITED')
  for (const name of ['jobmanager', 'taskmanager-1']) {
    const log = dead.find((each) => each.process === name)
    expect(log).toMatchObject({ generation: 1, endedAt: expect.any(String) })
    expect(
      log?.lines.some((line) => line.includes('org.apache.flink')),
      name,
    ).toBe(true)
  }
})

const commandLineOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8')
