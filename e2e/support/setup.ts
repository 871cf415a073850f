/** What all real-Flink tests share, made once before the first of them: the distributions, the jars, the built package. */
import type { TestProject } from 'vitest/node'
import { installedHome, provideBuilt } from './built.ts'

/** The oldest, the long-lived and the newest. */
export const TESTED_RUNTIMES = ['FLINK_1_17', 'FLINK_1_20', 'FLINK_2_3'] as const
type TestedRuntime = (typeof TESTED_RUNTIMES)[number]

declare module 'vitest' {
  interface ProvidedContext {
    /** Runtime -> FLINK_HOME. */
    flinkHomes: Record<TestedRuntime, string>
  }
}

export async function setup(project: TestProject): Promise<void> {
  const homes: Partial<Record<TestedRuntime, string>> = {}
  for (const runtime of TESTED_RUNTIMES) homes[runtime] = await installedHome(runtime)
  await provideBuilt(project)
  project.provide('flinkHomes', homes as Record<TestedRuntime, string>)
}
