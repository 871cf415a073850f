/**
 * As for the other tests with Flink, with the distributions of the runtimes that are to be run: one download at a
 * time.
 */
import type { TestProject } from 'vitest/node'
import { provideBuilt, provideFlink } from './built.ts'
import { matrixRuntimes, namedRuntimes } from './matrix.ts'

export async function setup(project: TestProject): Promise<void> {
  await provideFlink(project, matrixRuntimes())
  await provideBuilt(project)
  project.provide('matrix', namedRuntimes())
}
