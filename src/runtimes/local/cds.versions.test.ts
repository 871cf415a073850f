import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { runtimesOf } from '../../../tests/support/runtimes.ts'
import { effectiveClusterSpec } from '../../domain/effective.ts'
import type { FlinkRuntime } from '../../domain/spec.ts'
import { emptyJar } from '../../flink/jar.ts'
import { argumentsOf } from './proc.ts'
import { eventually, localRuntime } from './runtime.fixture.ts'

/** The JVM that makes it has the lowest priority, beside tests that keep every core busy. */
const ARCHIVED_MS = 300_000

const archiveOf = (args: string[]) => args.find((arg) => arg.startsWith('-XX:SharedArchiveFile='))?.split('=')[1]

async function secondStartSharesClasses(flink: FlinkRuntime): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'weir-cds-'))
  const { runtime, ledger, stopAll } = localRuntime(data, { cds: 'auto', cacheDir: join(data, 'cache') })
  onTestFinished(async () => {
    await stopAll()
    await rm(data, { recursive: true })
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
  const start = async (generation: number) => {
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
}

// The newest, which loads the most classes.
test.each(runtimesOf('FLINK_2_3', 'FLINK_1_17'))(
  'a second cluster of a distribution shares the classes that the first one noted, before jars of users: %s',
  secondStartSharesClasses,
  ARCHIVED_MS * 2,
)
