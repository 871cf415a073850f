/** What the tests with Kubernetes share, made once: the jobs' jar (compiled against one Flink) and the built package. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import { flinkVersionOf } from '../../src/flink/distributions/catalogue.ts'
import { createDistributions } from '../../src/flink/distributions/distributions.ts'
import { buildExample, buildTestJobs } from '../../tools/build-example.ts'

const root = resolve(import.meta.dirname, '../..')

export async function setup(project: TestProject): Promise<void> {
  const { home } = await createDistributions().install(flinkVersionOf('FLINK_1_17'), ({ detail }) => process.stderr.write(`${detail}\n`))
  const folder = join(root, 'build', 'test-jars')
  const options = { flinkHome: home, out: folder }
  const [{ jar: example }, { jar: tests }] = [await buildExample(options), await buildTestJobs(options)]
  await promisify(execFile)(process.execPath, [join(root, 'tools', 'build.ts')], { cwd: root })
  project.provide('jars', { folder, example, tests })
  project.provide('weir', join(root, 'dist', 'cli', 'main.js'))
}
