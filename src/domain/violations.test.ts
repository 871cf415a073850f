import { describe, expect, test } from 'vitest'
import type { Where } from './configuration.ts'
import type { SessionSpec } from './spec.ts'
import { jobViolations, specViolations } from './violations.ts'

const session = (change: Partial<SessionSpec> = {}): SessionSpec => ({
  name: 'orders',
  runtime: 'FLINK_1_17',
  jars: [],
  plugins: [],
  flinkConfiguration: {},
  logConfiguration: {},
  jobManagerResource: {},
  taskManagerResource: {},
  ...change,
})
const paths = (change: Partial<SessionSpec>, target: Where = 'LOCAL') =>
  specViolations(session(change), target).map(({ path }) => path)

describe('a session', () => {
  test('as a client of the original service writes it has nothing wrong', () => {
    for (const target of ['LOCAL', 'KUBERNETES'] as const)
      expect(
        specViolations(
          session({
            jars: ['s3://bucket/flink-job.jar'],
            plugins: [{ name: 'flink-s3-hadoop', jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar'] }],
            flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' },
            jobManagerResource: { cpu: 0.5, memory: '1024m', ephemeralStorage: '256m' },
            taskManagerResource: { cpu: 0.5, memory: '1024m', ephemeralStorage: '256m' },
          }),
          target,
        ),
      ).toEqual([])
  })

  test('too small a process is told where it was written, and by how much', () => {
    expect(specViolations(session({ taskManagerResource: { memory: '512m' } }), 'LOCAL')).toEqual([
      { path: '/taskManagerResource/memory', message: expect.stringContaining('at least 982m') },
    ])
    const key = 'jobmanager.memory.process.size'
    expect(paths({ flinkConfiguration: { [key]: '500m' } })).toEqual([`/flinkConfiguration/${key}`])
  })

  test('where the caller moved the parts, Flink decides', () => {
    expect(
      paths({
        taskManagerResource: { memory: '512m' },
        flinkConfiguration: { 'taskmanager.memory.managed.size': '0' },
      }),
    ).toEqual([])
  })

  test('names that collide', () => {
    expect(
      paths({
        jars: ['s3://a/job.jar', 'https://host/x/job.jar?version=2', 'file:///opt/other.jar'],
        plugins: [
          { name: 'one', jars: ['a.jar', 'b/a.jar'] },
          { name: 'one', jars: ['a.jar'] },
        ],
      }),
    ).toEqual(['/plugins/1/name', '/jars/1', '/plugins/0/jars/1'])
  })

  test('names that collide once they are decoded: such a file would take the place of the other', () => {
    const jars = ['https://host/userjob.jar', 'file:///jobs/%75serjob.jar', 'https://host/%75serjob.jar?version=2']
    expect(paths({ jars })).toEqual(['/jars/1', '/jars/2'])
    expect(paths({ plugins: [{ name: 'one', jars }] })).toEqual(['/plugins/0/jars/1', '/plugins/0/jars/2'])
    // Flink's file systems decode nothing: these are two objects with two names.
    expect(paths({ jars: ['s3://bucket/userjob.jar', 's3://bucket/%75serjob.jar'] })).toEqual([])
  })

  test.each(['file:///jobs/a:b.jar', 'https://host/a%3Ab.jar', 's3://bucket/a:b.jar'])(
    'a jar whose name would divide the class path, %s, is refused for the class path, and nowhere else',
    (uri) => {
      expect(specViolations(session({ jars: [uri] }), 'LOCAL')).toEqual([
        {
          path: '/jars/0',
          message: expect.stringMatching(/^"a:b\.jar" can't be on the class path.*give the file a name/),
        },
      ])
      expect(paths({ plugins: [{ name: 'one', jars: [uri] }] })).toEqual([])
      expect(jobViolations({ name: 'j', flinkConfiguration: {}, job: { args: [], jarUri: uri } })).toEqual([])
    },
  )

  test.each([
    'https://host/a%2Fb.jar',
    'file:///jobs/a%5Cb.jar',
    'file:///a%0Ab.jar',
    'https://host/a%00.jar',
    'file:///',
  ])('what no file can be called is refused where it stands: %s', (uri) => {
    expect(paths({ jars: [uri] })).toEqual(['/jars/0'])
    expect(paths({ plugins: [{ name: 'one', jars: [uri] }] })).toEqual(['/plugins/0/jars/0'])
    const job = jobViolations({ name: 'j', flinkConfiguration: {}, job: { args: [], jarUri: uri } })
    expect(job.map(({ path }) => path)).toEqual(['/job/jarUri'])
  })

  test('uploaded files: one version of a name, written as a reference', () => {
    expect(paths({ jars: ['artifact://my.jar?version=3', 'artifact://my.jar', 'ARTIFACT://other.jar'] })).toEqual([
      '/jars/1',
    ])
    expect(
      paths({ jars: ['artifact://my.jar?version=x'], plugins: [{ name: 'one', jars: ['artifact:///a.jar'] }] }),
    ).toEqual(['/jars/0', '/plugins/0/jars/0'])
    expect(
      jobViolations({ name: 'j', flinkConfiguration: {}, job: { args: [], jarUri: 'artifact://my.zip' } }),
    ).toMatchObject([{ path: '/job/jarUri' }])
  })

  test('bounds and amounts', () => {
    expect(
      paths({
        taskManagers: { min: 3, max: 2 },
        jobManagerResource: { cpu: 0, memory: '0' },
        taskManagerResource: { ephemeralStorage: 'lots' },
      }),
    ).toEqual([
      '/jobManagerResource/cpu',
      '/jobManagerResource/memory',
      '/taskManagerResource/ephemeralStorage',
      '/taskManagers/min',
    ])
    expect(paths({ taskManagers: { min: 0, max: 0 } })).toEqual(['/taskManagers/max'])
    expect(paths({ taskManagers: { min: 2, max: 2 } })).toEqual([])
  })
})

describe('a session on Kubernetes', () => {
  test('takes no files of another machine', () => {
    const files = {
      jars: ['file:///opt/a.jar', 'local:///opt/flink/b.jar'],
      plugins: [{ name: 'one', jars: ['https://h/c.jar', 'FILE:/d.jar', 'artifact://e.jar'] }],
    }
    expect(paths(files, 'KUBERNETES')).toEqual(['/jars/0', '/plugins/0/jars/1'])
    expect(paths(files)).toEqual([])
  })

  test('keeps a minimum of TaskManagers from Flink 1.19 on', () => {
    const taskManagers = { min: 1 }
    expect(paths({ taskManagers }, 'KUBERNETES')).toEqual(['/taskManagers/min'])
    expect(paths({ taskManagers, runtime: 'FLINK_1_18' }, 'KUBERNETES')).toEqual(['/taskManagers/min'])
    expect(paths({ taskManagers, runtime: 'FLINK_1_19' }, 'KUBERNETES')).toEqual([])
    expect(paths({ taskManagers: { min: 0 } }, 'KUBERNETES')).toEqual([])
    expect(paths({ taskManagers })).toEqual([])
  })

  test.each(['high-availability', 'high-availability.type'])('may have %s: kubernetes, nothing else', (key) => {
    const at = [`/flinkConfiguration/${key}`]
    for (const value of ['kubernetes', 'NONE', 'Kubernetes'])
      expect(paths({ flinkConfiguration: { [key]: value } }, 'KUBERNETES')).toEqual([])
    expect(paths({ flinkConfiguration: { [key]: 'zookeeper' } }, 'KUBERNETES')).toEqual(at)
    expect(paths({ flinkConfiguration: { [key]: 'kubernetes' } })).toEqual(at)
  })

  test('may say where the metadata of high availability goes, but not how clusters are told apart in it', () => {
    const flinkConfiguration = { 'high-availability.storageDir': 's3://b/ha', 'high-availability.cluster-id': 'x' }
    expect(paths({ flinkConfiguration }, 'KUBERNETES')).toEqual(['/flinkConfiguration/high-availability.cluster-id'])
    expect(paths({ flinkConfiguration })).toHaveLength(2)
  })
})

test('a job is held against the reserved keys too', () => {
  const job = {
    name: 'j',
    job: { args: [] },
    flinkConfiguration: { 'execution.target': 'local', 'parallelism.default': '2' },
  }
  expect(jobViolations(job).map(({ path }) => path)).toEqual(['/flinkConfiguration/execution.target'])
})

test('coordinates of Maven that name no one version are refused, in a session and in a job', () => {
  const jars = ['maven:g:a:1.0', 'maven:g:b:LATEST', 'maven:g:c', 'maven:g:d:[1,2)', 'maven:g:e:1.0-SNAPSHOT:all']
  expect(paths({ jars })).toEqual(['/jars/1', '/jars/2', '/jars/3'])
  const job = (jarUri: string) => jobViolations({ name: 'j', job: { args: [], jarUri }, flinkConfiguration: {} })
  expect(job('maven:g:a:1.0')).toEqual([])
  expect(job('maven:g:a:RELEASE')).toEqual([
    { path: '/job/jarUri', message: expect.stringContaining('name one version') },
  ])
})
