/**
 * Compiles the Java jobs of this repository with the machine's JDK against a Flink distribution: the example that the
 * quickstart runs, and the jobs that the tests need. One jar serves every Flink version, so the version compiled
 * against is not part of a jar's name: only the sources are.
 */
import { join, resolve } from 'node:path'
import type { JavaOptions } from './java.ts'
import { buildJar } from './java.ts'

const root = resolve(import.meta.dirname, '..')

/** The oldest class file format that every supported Flink runs on, whatever JDK compiles. */
const RELEASE = '11'

export interface BuildOptions extends JavaOptions {
  /** A Flink distribution of any supported version. */
  flinkHome: string
}

/** The endless stateful example: `{jar, entryClass}` as a session and its job want them. */
export async function buildExample(options: BuildOptions): Promise<{ jar: string; entryClass: string }> {
  const jar = await build(join(root, 'examples/src'), 'running-counts', options)
  return { jar, entryClass: 'dev.weir.examples.RunningCounts' }
}

/** The jobs of the tests, package `dev.weir.jobs`: those that misbehave, and `ExactCounter`. */
export async function buildTestJobs(options: BuildOptions): Promise<{ jar: string }> {
  return { jar: await build(join(root, 'e2e/jobs/src'), 'test-jobs', options) }
}

function build(folder: string, name: string, options: BuildOptions): Promise<string> {
  const classPath = join(resolve(options.flinkHome), 'lib', '*')
  return buildJar({ folder, name, what: 'the job', release: RELEASE, classPath }, options)
}
