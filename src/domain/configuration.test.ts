import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ConfigurationInput, configurationViolations } from './configuration.ts'
import { clusterDefaults } from './effective.ts'
import { RESERVED, reservedEntry } from './reserved.ts'
import { FLINK_RUNTIMES } from './spec.ts'

const check = (flinkConfiguration: Record<string, string>, more: Partial<ConfigurationInput> = {}) =>
  configurationViolations({ flinkConfiguration, scope: 'SESSION', ...more })

describe('reserved keys', () => {
  test('every key of the table is refused in a session and in a job, with a pointer to it', () => {
    for (const { keys } of RESERVED) {
      for (const key of keys.map((pattern) => pattern.replace(/\*$/, 'anything'))) {
        for (const scope of ['SESSION', 'JOB'] as const) {
          const message = expect.stringMatching(/is reserved: ./)
          expect(check({ [key]: 'x' }, { scope })).toEqual([{ path: `/flinkConfiguration/${key}`, message }])
        }
      }
    }
  })

  test('a value that changes nothing is let through', () => {
    expect(check({ 'high-availability.type': 'NONE', 'web.submit.enable': 'true' })).toEqual([])
    expect(check({ 'high-availability': 'zookeeper' })).toHaveLength(1)
  })

  test("what is a caller's business is not refused", () => {
    expect(
      check({
        'rest.flamegraph.enabled': 'true',
        'kubernetes.operator.periodic.savepoint.interval': '1h',
        'state.backend': 'rocksdb',
        'state.checkpoints.dir': 's3://b/c',
        'env.java.opts.taskmanager': '-Xss2m',
        'metrics.reporter.prom.port': '9249',
        'my.own.key': 'x',
        'security.ssl.internal.enabled': 'true',
        'web.refresh-interval': '3000',
        'taskmanager.network.memory.buffer-debloat.enabled': 'true',
      }),
    ).toEqual([])
  })

  test.each(FLINK_RUNTIMES)('the defaults for %s hold none', (runtime) => {
    expect(Object.keys(clusterDefaults(runtime)).filter((key) => reservedEntry(key))).toEqual([])
  })

  test('all are listed at once', () => {
    expect(check({ 'rest.port': '1', a: 'b', 'io.tmp.dirs': '/tmp' }).map(({ path }) => path)).toEqual([
      '/flinkConfiguration/rest.port',
      '/flinkConfiguration/io.tmp.dirs',
    ])
  })
})

describe('values', () => {
  test('that the configuration file of Flink 1.x cannot hold are refused where there is no other way', () => {
    const held = { a: 'k: v', b: '"x"', c: 'dätä \u007f' }
    const broken = { d: 'two#parts', e: ' led', f: 'trailed ', g: '' }
    const more = { target: 'KUBERNETES', runtime: 'FLINK_1_20' } as const
    expect(check({ ...held, ...broken }, more)).toEqual(
      Object.keys(broken).map((key) => ({
        path: `/flinkConfiguration/${key}`,
        message: expect.stringContaining(`the value of ${key} does not fit the configuration file`),
      })),
    )
    expect(check(broken, { ...more, runtime: 'FLINK_2_0' })).toEqual([])
    expect(check(broken, { ...more, target: 'LOCAL' })).toEqual([])
  })

  test.each(['0', '-1', '1.5', 'two', '', '1e3'])('"%s" is no number of slots', (value) => {
    expect(check({ 'taskmanager.numberOfTaskSlots': value })).toMatchObject([
      { path: '/flinkConfiguration/taskmanager.numberOfTaskSlots' },
    ])
  })

  test('sizes and fractions of memory', () => {
    expect(
      check({
        'taskmanager.memory.managed.size': '1.5g',
        'jobmanager.memory.jvm-overhead.fraction': '2',
        'taskmanager.memory.network.min': 'x',
      }),
    ).toHaveLength(3)
    expect(
      check({ 'taskmanager.memory.managed.size': '512 mb', 'jobmanager.memory.jvm-overhead.fraction': '0.2' }),
    ).toEqual([])
  })

  test("in a job the cluster's keys have no effect, which is no error", () => {
    expect(
      check({ 'taskmanager.numberOfTaskSlots': 'two', 'taskmanager.memory.process.size': 'x' }, { scope: 'JOB' }),
    ).toEqual([])
  })

  test('a process size may stand beside an equal memory and not beside another', () => {
    const beside = (memory: string) =>
      check({ 'jobmanager.memory.process.size': '2048 mb' }, { jobManagerResource: { memory } })
    expect(beside('2G')).toEqual([])
    expect(beside('1024m')).toEqual([
      {
        path: '/flinkConfiguration/jobmanager.memory.process.size',
        message: expect.stringContaining('jobManagerResource.memory is "1024m" (1024m)'),
      },
    ])
  })
})

test('no key can add another line to a configuration file', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('\n', '\r', ': ', '#', ' ', '\u0000'),
      fc.string(),
      (before, between, after) => {
        expect(check({ [before + between + after]: 'x' })).toHaveLength(1)
      },
    ),
  )
  expect(check({ key: 'x\nrest.port: 1' })).toHaveLength(1)
  expect(check({ 'a/b~c d': '' })).toMatchObject([{ path: '/flinkConfiguration/a~1b~0c d' }])
})
