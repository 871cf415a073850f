import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clusterDefaults, effectiveClusterSpec, layered } from './effective.ts'
import { FLINK_RUNTIMES, type SessionSpec } from './spec.ts'

const MIB = 2 ** 20
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
const effective = (change: Partial<SessionSpec> = {}, runtimeDefaults = {}) =>
  effectiveClusterSpec({ spec: session(change), workspace: 'W', runtimeDefaults })

describe('what a session is launched with', () => {
  test('left out, a JobManager has 1600m, a TaskManager 1728m, one slot, one CPU', () => {
    const { jobManager, taskManager, initialTaskManagers, flinkConfiguration } = effective()
    expect({ jobManager, taskManager, initialTaskManagers }).toEqual({
      jobManager: { memoryBytes: 1600 * MIB, cpu: 1 },
      taskManager: { memoryBytes: 1728 * MIB, cpu: 1, slots: 1 },
      initialTaskManagers: 1,
    })
    expect(flinkConfiguration).toMatchObject({
      'jobmanager.memory.process.size': `${1600 * MIB}b`,
      'taskmanager.memory.process.size': `${1728 * MIB}b`,
      'taskmanager.numberOfTaskSlots': '1',
    })
  })

  test('resources, slots and bounds of the caller', () => {
    const spec = effective({
      jobManagerResource: { cpu: 0.5, memory: '1024m', ephemeralStorage: '256m' },
      taskManagerResource: { memory: '1.5G' },
      flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '4' },
      taskManagers: { min: 0, max: 3 },
    })
    expect(spec.jobManager).toEqual({ memoryBytes: 1024 * MIB, cpu: 0.5, ephemeralStorageBytes: 256 * MIB })
    expect(spec.taskManager).toEqual({ memoryBytes: 1536 * MIB, cpu: 1, slots: 4 })
    expect(spec.initialTaskManagers).toBe(0)
  })

  test('a process size in the configuration counts when no memory is given beside it', () => {
    expect(effective({ flinkConfiguration: { 'jobmanager.memory.process.size': '2g' } }).jobManager.memoryBytes).toBe(
      2048 * MIB,
    )
  })

  test('parts without a total stay without one, so that nothing contradicts them', () => {
    const spec = effective({ flinkConfiguration: { 'taskmanager.memory.flink.size': '1g' } })
    expect(spec.taskManager.memoryBytes).toBe((1024 + 256 + 192) * MIB)
    expect(spec.flinkConfiguration).not.toHaveProperty(['taskmanager.memory.process.size'])
  })

  test("the caller's keys win over the runtime's, and those over Weir's", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'web.refresh-interval'), fc.string()),
        (flinkConfiguration) => {
          const merged = effective(
            { flinkConfiguration },
            { a: 'runtime', 'web.refresh-interval': 'runtime' },
          ).flinkConfiguration
          expect(merged).toMatchObject({ a: 'runtime', 'web.refresh-interval': 'runtime', ...flinkConfiguration })
        },
      ),
    )
  })

  test('the spec itself is left as it was', () => {
    const spec = session({ flinkConfiguration: { 'restart-strategy': 'none' } })
    const before = structuredClone(spec)
    effectiveClusterSpec({ spec, workspace: 'W', runtimeDefaults: {} })
    expect(spec).toEqual(before)
  })
})

describe('defaults step back as a whole', () => {
  test('a restart strategy of the caller, under either name, leaves nothing of ours', () => {
    for (const key of ['restart-strategy', 'restart-strategy.type']) {
      const keys = Object.keys(layered(clusterDefaults('FLINK_1_20'), { [key]: 'fixed-delay' }))
      expect(keys.filter((name) => name.startsWith('restart-strategy'))).toEqual([key])
    }
  })

  test('an old name of a folder replaces the default under the new one, and the other way round', () => {
    const old = 'state.checkpoints.dir'
    const renamed = 'execution.checkpointing.dir'
    expect(layered({ [old]: 'ours' }, { [renamed]: 'theirs' })).toEqual({ [renamed]: 'theirs' })
    expect(layered({ [renamed]: 'ours' }, { [old]: 'theirs' })).toEqual({ [old]: 'theirs' })
  })
})

test.each(FLINK_RUNTIMES)(
  'on %s the dead are found soon, and how long the slow may take is left to Flink',
  (runtime) => {
    const defaults = clusterDefaults(runtime)
    expect(defaults['heartbeat.interval']).toBe('1000')
    expect(defaults).not.toHaveProperty(['heartbeat.timeout'])
    expect(defaults).not.toHaveProperty(['heartbeat.rpc-failure-threshold'])
    expect(layered(defaults, { 'heartbeat.timeout': '20 s' })['heartbeat.interval']).toBe('1000')
    expect(defaults[runtime === 'FLINK_1_17' ? 'akka.ask.timeout' : 'pekko.ask.timeout']).toBe('60 s')
    // Flink prefers the new name to the old one.
    expect(layered(defaults, { 'akka.ask.timeout': '20 s' })).not.toHaveProperty(['pekko.ask.timeout'])
  },
)

test.each(FLINK_RUNTIMES)(
  'a job on %s that keeps failing is retried with a delay and given up in the end',
  (runtime) => {
    const defaults = clusterDefaults(runtime)
    const strategy = defaults['restart-strategy.type']
    const bound =
      strategy === 'failure-rate'
        ? 'failure-rate.max-failures-per-interval'
        : 'exponential-delay.attempts-before-reset-backoff'
    expect(strategy).toBe(['FLINK_1_17', 'FLINK_1_18'].includes(runtime) ? 'failure-rate' : 'exponential-delay')
    expect(Number(defaults[`restart-strategy.${bound}`])).toBeGreaterThan(0)
  },
)
