import { describe, expect, test } from 'vitest'
import type { SessionSpec } from './spec.ts'
import { fileName, jobViolations, specViolations } from './violations.ts'

const session = (change: Partial<SessionSpec> = {}): SessionSpec => ({
  name: 'orders', runtime: 'FLINK_1_17', jars: [], plugins: [], flinkConfiguration: {}, logConfiguration: {},
  jobManagerResource: {}, taskManagerResource: {}, ...change,
})
const paths = (change: Partial<SessionSpec>) => specViolations(session(change)).map(({ path }) => path)

describe('a session', () => {
  test('as a client of the original service writes it has nothing wrong', () => {
    expect(specViolations(session({
      jars: ['s3://bucket/flink-job.jar'],
      plugins: [{ name: 'flink-s3-hadoop', jars: ['/opt/flink/opt/flink-s3-fs-hadoop-1.17.1.jar'] }],
      flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' },
      jobManagerResource: { cpu: 0.5, memory: '1024m', ephemeralStorage: '256m' },
      taskManagerResource: { cpu: 0.5, memory: '1024m', ephemeralStorage: '256m' },
    }))).toEqual([])
  })

  test('too small a process is told where it was written, and by how much', () => {
    expect(specViolations(session({ taskManagerResource: { memory: '512m' } })))
      .toEqual([{ path: '/taskManagerResource/memory', message: expect.stringContaining('at least 982m') }])
    const key = 'jobmanager.memory.process.size'
    expect(paths({ flinkConfiguration: { [key]: '500m' } })).toEqual([`/flinkConfiguration/${key}`])
  })

  test('where the caller moved the parts, Flink decides', () => {
    expect(paths({ taskManagerResource: { memory: '512m' }, flinkConfiguration: { 'taskmanager.memory.managed.size': '0' } })).toEqual([])
  })

  test('names that collide', () => {
    expect(paths({
      jars: ['s3://a/job.jar', 'https://host/x/job.jar?version=2', 'file:///opt/other.jar'],
      plugins: [{ name: 'one', jars: ['a.jar', 'b/a.jar'] }, { name: 'one', jars: ['a.jar'] }],
    })).toEqual(['/plugins/1/name', '/jars/1', '/plugins/0/jars/1'])
  })

  test('bounds and amounts', () => {
    expect(paths({
      taskManagers: { min: 3, max: 2 }, jobManagerResource: { cpu: 0, memory: '0' }, taskManagerResource: { ephemeralStorage: 'lots' },
    })).toEqual(['/jobManagerResource/cpu', '/jobManagerResource/memory', '/taskManagerResource/ephemeralStorage', '/taskManagers/min'])
    expect(paths({ taskManagers: { min: 0, max: 0 } })).toEqual(['/taskManagers/max'])
    expect(paths({ taskManagers: { min: 2, max: 2 } })).toEqual([])
  })
})

test('a job is held against the reserved keys too', () => {
  const job = { name: 'j', job: { args: [] }, flinkConfiguration: { 'execution.target': 'local', 'parallelism.default': '2' } }
  expect(jobViolations(job).map(({ path }) => path)).toEqual(['/flinkConfiguration/execution.target'])
})

test.each([
  ['s3://bucket/a/b.jar', 'b.jar'], ['/opt/flink/opt/x.jar', 'x.jar'], ['https://h/d/y.jar?sig=1#f', 'y.jar'],
  ['maven:g:art:1.0', 'art-1.0.jar'], ['maven:g:art:1.0:all', 'art-1.0-all.jar'], ['artifact://mine.jar', 'mine.jar'],
])('the file name of %s is %s', (uri, name) => expect(fileName(uri)).toBe(name))
