/**
 * What all real-Flink tests share, made once before the first of them: the distributions, the jars, the built package.
 */
import type { TestProject } from 'vitest/node'
import { provideBuilt, provideFlink } from './built.ts'

/** The oldest, the long-lived and the newest. */
const TESTED_RUNTIMES = ['FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3'] as const

export async function setup(project: TestProject): Promise<void> {
  await provideFlink(project, TESTED_RUNTIMES)
  await provideBuilt(project)
  project.provide('matrix', undefined)
}
