import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { runtimesOf } from '../../../tests/support/runtimes.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import type { FlinkRuntime } from '../../domain/spec.ts'
import { emptyJar } from '../../flink/jar.ts'
import { argumentsOf } from './proc.ts'
import { eventually, type LocalFixture, localRuntime } from './runtime.fixture.ts'

/** The JVM that makes it has the lowest priority, beside tests that keep every core busy. */
const ARCHIVED_MS = 300_000

const archiveOf = (args: string[]) => args.find((arg) => arg.startsWith('-XX:SharedArchiveFile='))?.split('=')[1]

/** Starts that generation of the resource; resolves to the command lines, once a TaskManager has registered. */
type Start = (generation: number) => Promise<string[][]>

async function secondStartSharesClasses(flink: FlinkRuntime): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'weir-cds-'))
  const local = localRuntime(data, { cds: 'auto', cacheDir: join(data, 'cache'), warmPairs: 1 })
  const { runtime, ledger, stopAll } = local
  onTestFinished(async () => {
    await stopAll()
    // What was killed may still be writing its last.
    await rm(data, { recursive: true, maxRetries: 20 })
  })
  await writeFile(join(data, 'job.jar'), emptyJar())
  const spec = effectiveClusterSpec({
    workspace: 'W',
    runtimeDefaults: runtime.defaults('R'),
    spec: {
      name: 'orders',
      runtime: flink,
      jars: [`file://${join(data, 'job.jar')}`],
      plugins: [],
      logConfiguration: {},
      flinkConfiguration: {},
      jobManagerResource: { memory: '1024m' },
      taskManagerResource: { memory: '1024m' },
    },
  })
  const start: Start = async (generation) => {
    const cluster = { resource: 'R', generation }
    await runtime.launch(cluster, spec)
    await eventually(
      'a TaskManager has registered',
      async () => {
        const observed = await runtime.observe(cluster)
        return (
          observed.phase === 'UP' &&
          (
            await runtime
              .flink(cluster, observed)
              .taskManagers()
              .catch(() => [])
          ).length === 1
        )
      },
      90_000,
    )
    return (await ledger.list({ cluster })).map((record) => argumentsOf(record.pid!))
  }
  const first = await start(1)
  expect(first.map(archiveOf)).toEqual([undefined, undefined])
  await eventually(
    'the first cluster is removed',
    async () => (await runtime.remove({ resource: 'R', generation: 1 }, { force: true })).done,
  )
  const archive = await eventually(
    'an archive is made',
    async () =>
      (await readdir(join(data, 'cache', 'class-archives')).catch(() => [])).find((name) => name.endsWith('.jsa')),
    ARCHIVED_MS,
  )
  const second = await start(2)
  expect(second.map(archiveOf)).toEqual(Array(2).fill(join(data, 'cache', 'class-archives', archive)))
  // Mapped, and not refused as a stale one would be.
  const path = join(data, 'cache', 'class-archives', archive)
  for (const { pid } of await ledger.list({ live: true }))
    expect(await readFile(`/proc/${pid}/maps`, 'utf8')).toContain(path)
  const logs = await runtime.logs('R', { tail: 100_000 })
  for (const { lines } of logs) expect(lines.join('\n')).not.toContain('[warning]')
  await thirdStartTakesSpares(data, local, start)
}

/** The pool looks at the machine every second. */
const FILLED_MS = 120_000

async function thirdStartTakesSpares(data: string, local: LocalFixture, start: Start): Promise<void> {
  const { runtime, ledger, spares } = local
  const filled = () => eventually('a pair of JVMs waits', () => runtime.warmPool().waiting === 2, FILLED_MS)
  const removed = (generation: number) =>
    eventually(
      `cluster ${generation} is removed`,
      async () => (await runtime.remove({ resource: 'R', generation }, { force: false })).done,
      30_000,
    )
  await filled()
  const waiting = await spares.list()
  expect(waiting.map(({ role }) => role)).toEqual(['jobmanager', 'taskmanager'])
  await removed(2)
  const third = await start(3)
  for (const args of third) expect(args).toContain('dev.weir.warm.Spare')
  const members = await ledger.list({ cluster: { resource: 'R', generation: 3 } })
  expect(members.map(({ uuid }) => uuid)).toEqual(waiting.map(({ uuid }) => uuid))
  const environment = await fetch(`http://127.0.0.1:${members[0]!.restPort}/jobmanager/environment`)
  const { classpath } = (await environment.json()) as { classpath: string[] }
  // As without: of its own it shows nothing.
  expect(classpath.slice(-2).map((path) => path.slice(path.lastIndexOf('/R/')))).toEqual([
    '/R/3/lib/extra/job.jar',
    '/R/3/lib/weir-runner.jar',
  ])
  const logs = await runtime.logs('R', { tail: 100_000 })
  for (const role of ['jobmanager', 'taskmanager']) {
    const log = logs.find((each) => each.role === role && each.generation === 3)
    expect(log?.lines.join('\n')).toMatch(/Starting (StandaloneSessionClusterEntrypoint|TaskManager)/)
  }
  await filled()
  process.kill(members[0]!.pid!, 'SIGKILL')
  await eventually(
    'the cluster has ended, its TaskManager too',
    async () => {
      const observed = await runtime.observe({ resource: 'R', generation: 3 })
      return observed.phase === 'ENDED' && observed.exits.length === 2
    },
    30_000,
  )
  await removed(3)
  const left = await readdir(join(data, 'spares'))
  expect(left.toSorted()).toEqual((await spares.list()).map(({ uuid }) => uuid).toSorted())
  expect(left).toHaveLength(2)
}

// The newest, which loads the most classes.
test.each(runtimesOf('FLINK_2_3', 'FLINK_1_17'))(
  'a second cluster of a distribution shares the classes that the first one noted, before jars of users: %s',
  secondStartSharesClasses,
  ARCHIVED_MS * 2,
)
