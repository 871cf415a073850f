import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

import { effectiveClusterSpec } from '../../domain/effective.ts'
import type { SessionSpec } from '../../domain/spec.ts'
import { eventually, type LocalFixture, localRuntime } from './runtime.fixture.ts'
import type { LocalRuntimeOptions } from './runtime.ts'

let data: string

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'weir-runtime-'))
  return () => rm(data, { recursive: true })
})

function runtime(overrides: Partial<LocalRuntimeOptions> = {}): LocalFixture['runtime'] {
  const fixture = localRuntime(data, overrides)
  onTestFinished(() => fixture.stopAll())
  return fixture.runtime
}

const session: SessionSpec = {
  name: 'orders',
  runtime: 'FLINK_1_17',
  jars: [],
  plugins: [],
  flinkConfiguration: {},
  logConfiguration: {},
  jobManagerResource: { memory: '1024m' },
  taskManagerResource: { memory: '1024m' },
}
const effective = (spec: SessionSpec) => effectiveClusterSpec({ spec, workspace: 'W', runtimeDefaults: {} })
const cluster = { resource: 'R', generation: 1 }

test('a cluster that the machine has no memory for is refused with what it needs and what is free', async () => {
  const local = runtime()
  await local.launch(cluster, effective({ ...session, taskManagerResource: { memory: '900g' } }))
  const observation = await eventually('the launch has failed', async () => {
    const observed = await local.observe(cluster)
    return observed.phase === 'FAILED' && observed
  })
  expect(observation.failure).toMatchObject({
    code: 'MEMORY_SHORT',
    retryable: true,
    message: expect.stringMatching(/needs 901 GiB, [\d.]+ GiB are free/),
  })
})

test('a machine without Java is told what to install, and a removal clears the failed launch', async () => {
  const local = runtime({ java: { candidates: [] } })
  await local.launch(cluster, effective(session))
  await eventually('the launch has failed', async () => (await local.observe(cluster)).failure?.code === 'JAVA_MISSING')
  await eventually('it is removed', async () => (await local.remove(cluster, { force: false })).done)
  expect(await local.observe(cluster)).toMatchObject({ phase: 'ABSENT' })
})

test('what is logged of a failed launch holds none of its configuration, where secrets are', async () => {
  const logged: unknown[] = []
  const log = (...words: unknown[]): void => void logged.push(words)
  const local = runtime({ java: { candidates: [] }, log: { info: log, warn: log, error: log } })
  const spec = effective({ ...session, flinkConfiguration: { 's3.secret-key': 'a-secret' } })
  // The reconciler hands over the whole generation, specification included.
  await local.launch({ ...cluster, spec } as typeof cluster, spec)
  await eventually('the launch has failed', async () => (await local.observe(cluster)).failure !== undefined)
  expect(JSON.stringify(logged)).toContain('launch failed')
  expect(JSON.stringify(logged)).not.toContain('a-secret')
})

test("a machine's capacity is counted in TaskManagers of the session's size", async () => {
  const local = runtime()
  const { taskManagers: small } = await local.capacity({ ...session, taskManagerResource: { memory: '128m' } })
  const { taskManagers: large } = await local.capacity({ ...session, taskManagerResource: { memory: '900g' } })
  expect(small).toBeGreaterThan(1)
  expect(large).toBe(1)
})

test('checkpoints and savepoints go below the data folder by default, and savepoints outlive the session', async () => {
  const local = runtime()
  expect(local.defaults('R')).toEqual({
    'state.checkpoints.dir': `file://${data}/state/R/checkpoints`,
    'state.savepoints.dir': `file://${data}/state/R/savepoints`,
  })
})
