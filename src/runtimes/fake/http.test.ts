import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import { newFlinkJobId } from '../../domain/ids.ts'
import { createFakeRuntime, type FakeRuntime } from './fake.ts'
import { answerOverHttp } from './http.ts'
import { FAST_PACE } from './pace.ts'

const CLUSTER = { resource: 'S', generation: 1 }

async function running(runtime: FakeRuntime): Promise<string> {
  const spec = effectiveClusterSpec({
    workspace: 'TEST',
    runtimeDefaults: runtime.defaults('S'),
    spec: {
      name: 'over HTTP',
      runtime: 'FLINK_1_20',
      jars: [],
      plugins: [],
      flinkConfiguration: {},
      logConfiguration: {},
      jobManagerResource: {},
      taskManagerResource: {},
    },
  })
  await runtime.launch(CLUSTER, spec)
  const flink = async () => runtime.flink(CLUSTER, await runtime.observe(CLUSTER))
  await expect.poll(async () => (await (await flink()).overview()).slotsTotal).toBeGreaterThan(0)
  const client = await flink()
  const jarId = await client.uploadJar('empty.jar', new Uint8Array())
  const jobId = newFlinkJobId()
  const request = { args: ['ms=86400000'], jobId, flinkConfiguration: {}, entryClass: 'fake.Bounded' }
  await client.runJar(jarId, request, new AbortController().signal)
  await expect.poll(async () => (await client.job(jobId))?.vertices[0]?.status).toBe('RUNNING')
  return jobId
}

test('a fake Flink says the same over HTTP as without', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-fake-http-'))
  const { server, port } = await answerOverHttp(join(dataDir, 'fake'))
  const pace = { ...FAST_PACE, checkpointMs: 3_600_000 }
  const asked = createFakeRuntime({ dataDir, pace, flinkPort: port })
  onTestFinished(async () => {
    await asked.close()
    server.close().closeAllConnections()
    await once(server, 'close')
    rmSync(dataDir, { recursive: true })
  })
  const jobId = await running(asked)
  const direct = createFakeRuntime({ world: asked.world, pace })
  onTestFinished(() => direct.close())
  const observed = await asked.observe(CLUSTER)
  const [over, without] = [asked.flink(CLUSTER, observed), direct.flink(CLUSTER, observed)]
  for (const ask of [
    (flink) => flink.overview(),
    (flink) => flink.taskManagers(),
    (flink) => flink.javaVersion(),
    (flink) => flink.hasJob(jobId),
    (flink) => flink.job(jobId),
    // Without its times, which go on.
    async (flink) => (await flink.jobs()).map(({ id, name, state, tasks }) => ({ id, name, state, tasks })),
    (flink) => flink.checkpoints(jobId),
    (flink) => flink.exceptions(jobId),
    (flink) => flink.restarts(jobId),
    (flink) => flink.job('0'.repeat(32)),
  ] satisfies ((flink: typeof over) => Promise<unknown>)[])
    expect(await ask(over)).toEqual(await ask(without))
})
