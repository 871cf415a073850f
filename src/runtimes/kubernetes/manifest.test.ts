import { describe, expect, test } from 'vitest'
import { sessionSpec } from '../../../tests/support/fake-kubernetes.ts'
import { RESOURCE_ID } from '../../domain/ids.ts'
import { FLINK_RUNTIMES, type FlinkRuntime, type SessionSpec } from '../../domain/spec.ts'
import { MODULE_OPTIONS } from '../jvm-options.ts'
import { type ManifestInput, renderManifest } from './manifest.ts'
import { clusterName, clusterOfName } from './objects.ts'

interface Manifest {
  metadata: { name: string; namespace: string; labels: Record<string, string> }
  spec: {
    image: string
    flinkVersion: string
    mode: string
    serviceAccount: string
    job?: unknown
    flinkConfiguration: Record<string, string>
    logConfiguration: Record<string, string>
    jobManager: { replicas: number; resource: Record<string, unknown> }
    taskManager: { resource: Record<string, unknown> }
    podTemplate: {
      metadata: object
      spec: { initContainers?: Container[]; containers: Container[]; volumes?: object[] }
    }
  }
}
interface Container {
  name: string
  image?: string
  command?: string[]
  volumeMounts?: { mountPath: string; subPath?: string }[]
}

const render = (change: Partial<SessionSpec> = {}, input: Partial<ManifestInput> = {}): Manifest =>
  renderManifest({
    cluster: { resource: 'ABC2', generation: 7 },
    spec: sessionSpec(change),
    installation: 'installation-1',
    namespace: 'flink',
    serviceAccount: 'runner',
    image: 'registry/flink:1',
    files: false,
    runner: false,
    ...input,
  }) as unknown as Manifest
const configuration = (
  flinkConfiguration: Record<string, string>,
  runtime: FlinkRuntime = 'FLINK_1_18',
): Record<string, string> => render({ runtime, flinkConfiguration }).spec.flinkConfiguration

test("the runner lies in Flink's lib as a file of its own, so that the image's stay", () => {
  const { podTemplate } = render({}, { runner: true }).spec
  expect(podTemplate.spec).toMatchObject({
    containers: [
      { volumeMounts: [{ name: 'weir-plan', mountPath: '/opt/flink/lib/weir-runner.jar', subPath: 'runner.jar' }] },
    ],
    volumes: [{ name: 'weir-plan' }],
  })
  expect(podTemplate.spec.initContainers).toBeUndefined()
  const withFiles = render({ jars: ['https://example.com/a.jar'] }, { runner: true, files: true }).spec.podTemplate.spec
  expect(withFiles.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
    '/opt/flink/lib/extra',
    '/opt/flink/lib/weir-runner.jar',
  ])
})

test('a cluster is a FlinkDeployment without a job, in native mode, named and labelled as ours', () => {
  const { metadata, spec } = render()
  const labels = { 'weir.dev/installation': 'installation-1', 'weir.dev/resource': 'ABC2', 'weir.dev/generation': '7' }
  expect(metadata).toEqual({ name: 'weir-abc2-7', namespace: 'flink', labels })
  expect(spec).toMatchObject({
    image: 'registry/flink:1',
    flinkVersion: 'v1_18',
    mode: 'native',
    serviceAccount: 'runner',
    jobManager: { replicas: 1 },
  })
  expect(spec.job).toBeUndefined()
  expect(spec.podTemplate.metadata).toEqual({ labels })
})

test('names are DNS labels of at most 45 characters, and lead back to their cluster', () => {
  for (const ref of [
    { resource: 'A', generation: 1 },
    { resource: 'Z'.repeat(20), generation: 10 ** 14 },
  ]) {
    expect(ref.resource).toMatch(RESOURCE_ID)
    expect(clusterName(ref)).toMatch(/^[a-z]([a-z0-9-]{0,43}[a-z0-9])?$/)
    expect(clusterOfName(clusterName(ref))).toEqual(ref)
  }
  for (const name of ['weir-a', 'weir-a-0', 'weir-a-b-1', 'their-a-1', 'weir-a-1-rest', `weir-${'a'.repeat(21)}-1`])
    expect(clusterOfName(name)).toBeUndefined()
})

describe('sizes', () => {
  test('are whole MiB in the units of whoever reads them', () => {
    const { jobManager, taskManager } = render({
      jobManagerResource: { memory: '1g', cpu: 0.5, ephemeralStorage: '256m' },
      taskManagerResource: { memory: '1500000000', cpu: 2 },
    }).spec
    expect(jobManager.resource).toEqual({ cpu: 0.5, memory: '1024m', ephemeralStorage: '256Mi' })
    expect(taskManager.resource).toEqual({ cpu: 2, memory: '1431m' })
  })

  test('come from the keys of Flink where nothing else is said, which then say nothing more', () => {
    const { jobManager, flinkConfiguration } = render({
      flinkConfiguration: { 'jobmanager.memory.process.size': '1300 mb' },
    }).spec
    expect(jobManager.resource).toEqual({ cpu: 1, memory: '1300m' })
    expect(Object.keys(flinkConfiguration).filter((key) => key.endsWith('memory.process.size'))).toEqual([])
  })

  test('are left to Flink where the caller named parts', () => {
    const parts = { 'taskmanager.memory.task.heap.size': '300m', 'taskmanager.memory.managed.size': '100m' }
    const { taskManager, jobManager, flinkConfiguration } = render({ flinkConfiguration: parts }).spec
    expect(taskManager.resource).toEqual({ cpu: 1 })
    expect(jobManager.resource).toEqual({ cpu: 1, memory: '1600m' })
    expect(flinkConfiguration).toMatchObject(parts)
  })
})

describe('configuration', () => {
  test('bounds of TaskManagers are bounds of slots', () => {
    const bounds = (taskManagers: SessionSpec['taskManagers']) => {
      const { flinkConfiguration: given } = render({
        flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '4' },
        ...(taskManagers && { taskManagers }),
      }).spec
      return [given['slotmanager.number-of-slots.min'], given['slotmanager.number-of-slots.max']]
    }
    expect(bounds(undefined)).toEqual([undefined, undefined])
    expect(bounds({ min: 2, max: 3 })).toEqual(['8', '12'])
    expect(bounds({ max: 1 })).toEqual([undefined, '4'])
    expect(bounds({ min: 0 })).toEqual([undefined, undefined])
  })

  test("the caller's Java options come after Flink's own, the new name before the old one", () => {
    const modules = MODULE_OPTIONS.join(' ')
    expect(configuration({})['env.java.opts.all']).toBe(modules)
    expect(configuration({ 'env.java.opts.all': '-Da=1', 'env.java.opts.jobmanager': '-Xss1m' })).toMatchObject({
      'env.java.opts.all': `${modules} -Da=1`,
      'env.java.opts.jobmanager': expect.stringMatching(/^-XX:\+UseSerialGC .* -Xss1m$/),
    })
    for (const runtime of FLINK_RUNTIMES) {
      expect(configuration({ 'env.java.opts': '-Db=2' }, runtime)['env.java.opts.all']).toBe(`${modules} -Db=2`)
      const both = configuration({ 'env.java.opts.all': '-Da=1', 'env.java.opts': '-Db=2' }, runtime)
      expect(both['env.java.opts.all']).toBe(`${modules} -Da=1`)
      expect(both).not.toHaveProperty(['env.java.opts'])
    }
  })

  test('what the scripts of the image act on reaches them', () => {
    const given = {
      'containerized.master.env.A': '1',
      'containerized.taskmanager.env.A': '2',
      'env.log.level': 'DEBUG',
      'env.hadoop.conf.dir': '/etc/h',
      'env.java.opts.taskmanager': '-Xlog:gc:${FLINK_LOG_PREFIX}.gc.log',
    }
    expect(configuration(given)).toMatchObject(given)
    expect(render().spec.logConfiguration['log4j-console.properties']).toContain(
      'rootLogger.level = ${env:ROOT_LOG_LEVEL:-INFO}',
    )
  })

  test('what only a standalone JobManager does is left out, and the service stays within the cluster', () => {
    const given = configuration({ 'kubernetes.rest-service.exposed.type': 'LoadBalancer', 'pipeline.name': 'mine' })
    expect(given).not.toHaveProperty(['resourcemanager.standalone.start-up-time'])
    expect(given).toMatchObject({
      'kubernetes.rest-service.exposed.type': 'ClusterIP',
      'pipeline.name': 'mine',
      'heartbeat.interval': '1000',
    })
  })

  test('high availability is as the target or the caller has it', () => {
    const spec = sessionSpec(
      {},
      { 'high-availability.type': 'kubernetes', 'high-availability.storageDir': 's3://bucket/ha' },
    )
    expect(render({}, { spec }).spec.flinkConfiguration).toMatchObject({
      'high-availability.type': 'kubernetes',
      'high-availability.storageDir': 's3://bucket/ha',
    })
    expect(configuration({})).not.toHaveProperty(['high-availability.type'])
  })

  test('values are strings, as Flink and the operator want them', () => {
    expect(
      Object.values(configuration({ 'parallelism.default': '2' })).filter((value) => typeof value !== 'string'),
    ).toEqual([])
  })
})

test("what is logged goes to the output of the pod, whatever the caller's fragment leaves open", () => {
  for (const logConfiguration of [
    {},
    { 'log4j-console.properties': 'rootLogger.level = DEBUG\nrootLogger.appenderRef.console.ref = ConsoleAppender' },
  ]) {
    const text = render({ logConfiguration }).spec.logConfiguration['log4j-console.properties']
    expect(text).toMatch(/appender\.console\.target = SYSTEM_OUT/)
    expect(text).toMatch(/rootLogger\.appenderRef\.console\.ref = ConsoleAppender/)
  }
  const logback = { 'logback-console.xml': '<configuration/>' }
  expect(render({ logConfiguration: logback }).spec.logConfiguration).toMatchObject(logback)
})

describe('files', () => {
  test('without any, pods have no init container and no volumes', () => {
    expect(render().spec.podTemplate.spec).toEqual({
      terminationGracePeriodSeconds: 5,
      containers: [{ name: 'flink-main-container', terminationMessagePolicy: 'FallbackToLogsOnError' }],
    })
  })

  test('with some, the same image fetches them; plugins are mounted one by one, beside those of the image', () => {
    const change = {
      jars: ['https://host/a.jar'],
      plugins: [
        { name: 's3', jars: ['local:///opt/s3.jar'] },
        { name: 'empty', jars: [] },
      ],
    }
    const { containers, initContainers, volumes } = render(change, { files: true }).spec.podTemplate.spec
    expect(initContainers).toMatchObject([{ name: 'weir-files', image: 'registry/flink:1' }])
    expect(initContainers?.[0]?.command).toEqual(expect.arrayContaining(['/weir/plan/plan', '/weir/files']))
    expect(volumes).toEqual([
      { name: 'weir-plan', secret: { secretName: 'weir-abc2-7' } },
      { name: 'weir-files', emptyDir: {} },
    ])
    expect(containers[0]?.volumeMounts).toEqual([
      { name: 'weir-files', mountPath: '/opt/flink/lib/extra', subPath: 'extra' },
      { name: 'weir-files', mountPath: '/opt/flink/plugins/s3', subPath: 'plugins/s3' },
    ])
  })

  test('no address of a file, which may hold credentials, stands in the manifest', () => {
    expect(JSON.stringify(render({ jars: ['https://user:secret@host/a.jar'] }, { files: true }))).not.toContain(
      'secret@',
    )
  })
})
