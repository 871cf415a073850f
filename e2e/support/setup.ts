/**
 * What all real-Flink tests share, made once before the first of them: the distributions, the jars, the built package.
 * Distributions come into the user's cache, as for anybody; jars and package into folders that the tests may remove.
 */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { flinkVersionOf } from '../../src/flink/distributions/catalogue.ts'
import { createDistributions } from '../../src/flink/distributions/distributions.ts'
import { buildExample, buildTestJobs } from '../../tools/build-example.ts'

/** The oldest, the long-lived and the newest. */
export const TESTED_RUNTIMES = ['FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3'] as const
export type TestedRuntime = (typeof TESTED_RUNTIMES)[number]

declare module 'vitest' {
  interface ProvidedContext {
    /** Runtime -> FLINK_HOME. */
    flinkHomes: Record<TestedRuntime, string>
    jars: { folder: string; example: string; tests: string }
    /** The built command line: run it with Node. */
    weir: string
  }
}

const root = resolve(import.meta.dirname, '../..')

export async function setup(project: TestProject): Promise<void> {
  const distributions = createDistributions()
  const homes: Partial<Record<TestedRuntime, string>> = {}
  for (const runtime of TESTED_RUNTIMES) {
    homes[runtime] = (await distributions.install(flinkVersionOf(runtime), ({ detail }) => process.stderr.write(`${detail}\n`))).home
  }
  const folder = join(root, 'build', 'test-jars')
  const options = { flinkHome: homes.FLINK_1_17 ?? '', out: folder }
  const [{ jar: example }, { jar: tests }] = [await buildExample(options), await buildTestJobs(options)]
  await promisify(execFile)(process.execPath, [join(root, 'tools', 'build.ts')], { cwd: root })
  project.provide('flinkHomes', homes as Record<TestedRuntime, string>)
  project.provide('jars', { folder, example, tests })
  project.provide('weir', join(root, 'dist', 'cli', 'main.js'))
}
