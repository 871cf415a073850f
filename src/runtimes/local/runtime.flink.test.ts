import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { zipOf } from '../../artifacts/inspect/zip.fixture.ts'
import type { ClusterRef, EffectiveClusterSpec } from '../../domain/cluster.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import type { ClusterObservation, ClusterPhase } from '../../domain/observation.ts'
import type { SessionSpec } from '../../domain/spec.ts'
import { argumentsOf } from './proc.ts'
import { eventually, type LocalFixture, localRuntime } from './runtime.fixture.ts'

let data: string
let local: LocalFixture

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'weir-local-'))
  local = localRuntime(data)
  return async () => {
    await local.stopAll()
    await rm(data, { recursive: true })
  }
})

const cluster: ClusterRef = { resource: 'R', generation: 1 }

function effective(spec: Partial<SessionSpec>, configuration: Record<string, string> = {}): EffectiveClusterSpec {
  const whole: SessionSpec = {
    name: 'orders',
    runtime: 'FLINK_1_17',
    jars: [],
    plugins: [],
    logConfiguration: {},
    jobManagerResource: { memory: '1024m' },
    taskManagerResource: { memory: '1024m' },
    flinkConfiguration: configuration,
    ...spec,
  }
  return effectiveClusterSpec({ spec: whole, workspace: 'W', runtimeDefaults: local.runtime.defaults('R') })
}

const reaches = (phase: ClusterPhase): Promise<ClusterObservation> =>
  eventually(
    `the cluster is ${phase}`,
    async () => {
      const observed = await local.runtime.observe(cluster)
      return observed.phase === phase && observed
    },
    60_000,
  )

const registered = (count: number) =>
  eventually(
    `${count} TaskManagers have registered`,
    async () => {
      const observed = await local.runtime.observe(cluster)
      if (observed.phase !== 'UP') return undefined
      const members = await local.runtime
        .flink(cluster, observed)
        .taskManagers()
        .catch(() => [])
      return members.length === count && members.every((member) => member.slots > 0) && members
    },
    60_000,
  )

async function failureOf(spec: EffectiveClusterSpec): Promise<NonNullable<ClusterObservation['failure']>> {
  await local.runtime.launch(cluster, spec)
  return (await reaches('FAILED')).failure!
}

test('a JVM option that does not exist is told in the words of the JVM', async () => {
  expect(await failureOf(effective({}, { 'env.java.opts.jobmanager': '-XX:+UseNonsense' }))).toMatchObject({
    code: 'FLINK_START_FAILED',
    retryable: false,
    message: expect.stringMatching(/Unrecognized VM option 'UseNonsense'.*env\.java\.opts/),
  })
})

test('a configuration value that Flink cannot read is told in its words', async () => {
  expect(await failureOf(effective({}, { 'heartbeat.interval': 'soon' }))).toMatchObject({
    code: 'FLINK_START_FAILED',
    retryable: false,
    message: expect.stringMatching(/Could not parse value 'soon' for key 'heartbeat\.interval'/),
  })
})

test('a port that is taken is told, and worth another try', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const options =
    `-Dcom.sun.management.jmxremote.port=${port} -Dcom.sun.management.jmxremote.ssl=false ` +
    '-Dcom.sun.management.jmxremote.authenticate=false'
  expect(await failureOf(effective({}, { 'env.java.opts.jobmanager': options }))).toMatchObject({
    code: 'PORT_TAKEN',
    retryable: true,
    message: expect.stringContaining(String(port)),
  })
  server.close()
})

test('a jar that the distribution lacks fails the launch before a JVM starts', async () => {
  expect(await failureOf(effective({ jars: ['/opt/flink/opt/nothing.jar'] }))).toMatchObject({
    code: 'FILE_UNAVAILABLE',
    retryable: false,
  })
  expect(await local.ledger.list()).toEqual([])
})

test('memory parts that do not fit are told in the words of Flink', async () => {
  expect(await failureOf(effective({}, { 'taskmanager.memory.managed.size': '4g' }))).toMatchObject({
    code: 'INVALID_SPEC',
    message: expect.stringMatching(/TaskManager's memory.*4\.000gb/),
  })
})

test('a TaskManager that dies at its start leaves its last words, and the JobManager lives', async () => {
  await local.runtime.launch(cluster, effective({}, { 'env.java.opts.taskmanager': '-XX:MaxNonsense=1' }))
  const exit = await eventually(
    'the TaskManager has ended',
    async () => (await local.runtime.observe(cluster)).exits[0],
    30_000,
  )
  expect(exit).toMatchObject({
    role: 'taskmanager',
    ordinal: 1,
    requested: false,
    exit: { code: 1 },
    message: "Unrecognized VM option 'MaxNonsense=1'",
  })
  expect((await local.runtime.observe(cluster)).phase).toBe('UP')
})

test('TaskManagers that memory is short of are not started, and it is said how much is missing', async () => {
  await local.runtime.launch(cluster, {
    ...effective({ taskManagerResource: { memory: '900g' } }),
    initialTaskManagers: 0,
  })
  await reaches('UP')
  await eventually('the launch is over', async () => {
    await local.runtime.scale(cluster, 1, [])
    return /^1 more TaskManager\(s\) need 900 GiB, [\d.]+ GiB are free/.test(
      (await local.runtime.observe(cluster)).detail,
    )
  })
  await local.runtime.scale(cluster, 0, [])
  expect((await local.runtime.observe(cluster)).detail).not.toMatch(/need/)
})

test("a jar that the cluster's Java can't load is reported while it runs, as is a missing entry class", async () => {
  // The first bytes of a class for Java 31.
  await writeFile(
    join(data, 'job.jar'),
    zipOf([{ name: 'dev/acme/Orders.class', data: Buffer.from('cafebabe0000004b', 'hex') }]),
  )
  await local.runtime.launch(
    cluster,
    effective({
      jars: [`file://${join(data, 'job.jar')}`],
      plugins: [{ name: 's3', jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.9.jar'] }],
    }),
  )
  const warnings = await eventually(
    'the jars were looked into',
    async () => (await local.runtime.observe(cluster)).warnings,
    60_000,
  )
  expect(warnings).toEqual([
    expect.stringMatching(/1\.17\.9\.jar is not part of this Flink/),
    expect.stringMatching(/^job\.jar holds classes for Java 31/),
  ])
  const ask = (entryClass: string) => local.runtime.checkEntryClass?.(cluster, { entryClass, flinkConfiguration: {} })
  expect(await ask('dev.acme.Order')).toMatch(/none of the jars: job\.jar\. Nearest: dev\.acme\.Orders\./)
  expect(await ask('dev.acme.Orders')).toBeUndefined()
  expect(await ask('org.apache.flink.client.cli.CliFrontend')).toBeUndefined()
})

test('a JobManager that is killed before it answers is a failed launch worth another try', async () => {
  await local.runtime.launch(cluster, effective({}))
  const jobManager = await eventually('the JobManager runs', async () =>
    (await local.ledger.list()).find((record) => record.role === 'jobmanager' && record.state === 'RUNNING'),
  )
  process.kill(jobManager.pid!, 'SIGKILL')
  expect((await reaches('FAILED')).failure).toMatchObject({
    code: 'FLINK_START_FAILED',
    retryable: true,
    message: expect.stringContaining('SIGKILL'),
  })
})

test('what a session names is in effect: configuration, logging, jars, plugins, divided memory', async () => {
  await local.runtime.launch(
    cluster,
    effective(
      {
        jars: ['/opt/flink/opt/flink-sql-client-1.17.1.jar'],
        plugins: [{ name: 'flink-s3-hadoop', jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar'] }],
        logConfiguration: {
          'log4j-console.properties':
            'rootLogger.level = INFO\nrootLogger.appenderRef.console.ref = ConsoleAppender\n' +
            'rootLogger.appenderRef.rolling.ref = RollingFileAppender\n',
        },
      },
      {
        'taskmanager.numberOfTaskSlots': '2',
        'my.value': 'before # after',
        'taskmanager.memory.managed.fraction': '0.1',
        'env.java.opts.all': '-Dmy.secret=hush',
      },
    ),
  )
  expect(await registered(1)).toEqual([{ id: 'R-1-taskmanager-1', slots: 2, freeSlots: 2 }])
  const [jobManager, taskManager] = await local.ledger.list()
  const commandLine = argumentsOf(taskManager!.pid!).join(' ')
  // Flink's own calculator: 576 MiB of Flink memory, a tenth of it managed.
  expect(commandLine).toContain('-Dweir.process=')
  expect(commandLine).not.toContain('hush')
  const environment = await fetch(`http://127.0.0.1:${jobManager!.restPort}/jobmanager/environment`)
  expect(await environment.json()).toMatchObject({
    classpath: expect.arrayContaining([expect.stringMatching(/\/lib\/extra\/flink-sql-client-1\.17\.1\.jar$/)]),
  })
  const answer = await fetch(`http://127.0.0.1:${jobManager!.restPort}/jobmanager/config`)
  expect(await answer.json()).toContainEqual({ key: 'my.value', value: 'before # after' })
  const [log] = await local.runtime.logs('R', { tail: 2000, role: 'jobmanager' })
  expect(log!.lines.join('\n')).toMatch(/Plugin loader with ID not found, creating it: flink-s3-hadoop/)
  expect(log!.lines.join('\n')).toMatch(/-Dmy\.secret=/)
})
