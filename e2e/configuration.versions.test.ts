/** What a session's specification says is in effect in its Flink processes, and what must stay secret stays so. */
import { randomUUID } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runtimesOf } from '../tests/support/runtimes.ts'
import { filesBelow } from './support/files.ts'
import { logsOf } from './support/logs.ts'
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

/** As in the documented example, whose text names appenders and defines none; and one logger that says more. */
const LOG4J =
  'rootLogger.level = INFO\nrootLogger.appenderRef.console.ref = ConsoleAppender\n' +
  'rootLogger.appenderRef.rolling.ref = RollingFileAppender\n' +
  'logger.talkative.name = org.apache.flink.runtime.resourcemanager\nlogger.talkative.level = DEBUG\n'

/** `#` begins a comment in the configuration file of Flink 1.x: such a value takes another way. */
const SECRET = `never#observed-${randomUUID()}`

/** What YAML may not hold as it is, and what some take for the end of a line. */
const ODD = 'd\u00e4t\u00e4 \u007f \u0085 \u009b \u2028 \ufeff \ufffe \u001b .'

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

const shared = sharedWeir()

// The oldest, whose configuration file can't hold every value.
describe.each(runtimesOf('FLINK_1_17', 'FLINK_2_3'))('on %s', (runtime) => {
  let weir: Weir
  let id: string
  let launch: string
  const plugin = () =>
    readdirSync(join(inject('flinkHomes')[runtime] ?? '', 'opt')).find((name) =>
      name.startsWith('flink-s3-fs-hadoop-'),
    ) ?? ''

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
          'weir.test.odd': ODD,
          'containerized.taskmanager.env.WEIR_TEST_TEAM': 'orders',
          'env.java.opts.all': '-Dtest.team=$WEIR_TEST_TEAM -Xlog:gc:file=${FLINK_LOG_PREFIX}.gc.log',
          'taskmanager.compute.numa': 'true',
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
    expect(inEffect['weir.test.odd']).toBe(ODD)
    expect(inEffect['taskmanager.numberOfTaskSlots']).toBe('4')
    expect(status?.slots?.total).toBe(4)
  })

  test("what Flink's start scripts act on is carried out, or told to have no effect", async () => {
    const pids = weir.processes().map(({ pid }) => pid)
    expect(pids).toHaveLength(2)
    // The JobManager has none of what is the TaskManagers' own.
    const [taskManager, ...others] = pids.filter((pid) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('WEIR_TEST_TEAM=orders'),
    )
    expect(others).toEqual([])
    expect(readFileSync(`/proc/${taskManager}/cmdline`, 'utf8')).toContain('taskmanager-1.args')
    const said = (name: string) => readFileSync(join(launch, 'log', name), 'utf8')
    expect(said('taskmanager-1.log')).toMatch(/ -Dtest\.team=orders$/m)
    expect(said('jobmanager.log')).toMatch(/ -Dtest\.team=$/m)
    for (const name of ['jobmanager', 'taskmanager-1']) expect(said(`${name}.gc.log`)).toMatch(/Using Serial/)
    expect((await session(weir, id)).status?.warnings).toEqual([
      expect.stringMatching(/^taskmanager\.compute\.numa has no effect: /),
    ])
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
      .filter((file) => lstatSync(file).isFile() && readFileSync(file).includes(unseen))
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
