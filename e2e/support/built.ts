/** What all black-box tests share: jars of jobs, and the built package. Into folders that the tests may remove. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import type { FlinkRuntime } from '../../src/domain/spec.ts'
import { flinkVersionOf } from '../../src/flink/distributions/catalogue.ts'
import { createDistributions } from '../../src/flink/distributions/distributions.ts'
import { buildExample, buildTestJobs } from '../../tools/build-example.ts'

declare module 'vitest' {
  interface ProvidedContext {
    jars: { folder: string; example: string; tests: string }
    /** The built command line: run it with Node. */
    weir: string
    /** Runtime -> FLINK_HOME, of those that the suite runs on. */
    flinkHomes: Partial<Record<FlinkRuntime, string>>
  }
}

const root = resolve(import.meta.dirname, '../..')
/** Compiled against the oldest, the jars run on every Flink. */
const COMPILED_AGAINST = 'FLINK_1_17'

/** The FLINK_HOME of a runtime in the user's cache, as for anybody; installs it if need be. */
const installedHome = async (runtime: FlinkRuntime): Promise<string> =>
  (await createDistributions().install(flinkVersionOf(runtime), ({ detail }) => process.stderr.write(`${detail}\n`)))
    .home

/** One download at a time. */
export async function provideFlink(project: TestProject, runtimes: readonly FlinkRuntime[]): Promise<void> {
  const homes: Partial<Record<FlinkRuntime, string>> = {}
  for (const runtime of runtimes) homes[runtime] = await installedHome(runtime)
  project.provide('flinkHomes', homes)
}

export async function provideBuilt(project: TestProject): Promise<void> {
  const folder = join(root, 'build', 'test-jars')
  const options = { flinkHome: await installedHome(COMPILED_AGAINST), out: folder }
  const [{ jar: example }, { jar: tests }] = [await buildExample(options), await buildTestJobs(options)]
  await promisify(execFile)(process.execPath, [join(root, 'tools', 'build.ts'), '--if-changed'], { cwd: root })
  project.provide('jars', { folder, example, tests })
  project.provide('weir', join(root, 'dist', 'cli', 'main.js'))
}
