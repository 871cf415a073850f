/** As for the other tests with Flink, with the distributions of the runtimes that are to be run: one download at a time. */
import type { TestProject } from 'vitest/node'
import { installedHome, provideBuilt } from './built.ts'
import { matrixRuntimes } from './matrix.ts'

export async function setup(project: TestProject): Promise<void> {
  for (const runtime of matrixRuntimes()) await installedHome(runtime)
  await provideBuilt(project)
}
