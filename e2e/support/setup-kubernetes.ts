/** What the tests with Kubernetes share, made once: the jobs' jar and the built package. */
import type { TestProject } from 'vitest/node'
import { provideBuilt } from './built.ts'

export const setup = (project: TestProject): Promise<void> => provideBuilt(project)
