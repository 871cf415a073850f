/**
 * What was decided at a launch, kept beside the cluster, so that TaskManagers can be added later, by another server
 * too, exactly as the first ones were started. Owner-only: it may hold configuration values.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { JarClash } from '../../domain/jar.ts'
import type { MemoryArguments } from './command.ts'
import type { Java } from './java.ts'
import type { LaunchFolder } from './paths.ts'

export interface LaunchPlan {
  flinkVersion: string
  home: string
  java: Java
  classPath: string[]
  memory: { jobmanager: MemoryArguments; taskmanager: MemoryArguments }
  /** Process size of the JobManager; plans of older launches don't have it. */
  jobManagerBytes?: number
  /** Process size of one TaskManager. */
  taskManagerBytes: number
  /** The configuration as far as Flink's start scripts would read it. */
  launcher?: Record<string, string>
  /** The same of plans of older launches, which had JVM options alone. */
  javaOptions?: Record<string, string>
  /** Ranges of ports by the key that has every JVM listen on one. */
  ports?: Record<string, string>
  inexpressible: [string, string][]
  /** What the launch has noticed, for people; plans of older launches have none. */
  warnings?: string[]
  /** Classes of the caller's jars that Flink's own have too. */
  clashes?: JarClash[]
}

/** The configuration that command lines depend on. */
export const launcherOf = ({ launcher, javaOptions }: LaunchPlan): Record<string, string> =>
  launcher ?? javaOptions ?? {}

const path = (folder: LaunchFolder) => join(folder.conf, 'launch.json')

export async function writePlan(folder: LaunchFolder, plan: LaunchPlan): Promise<void> {
  await writeFile(`${path(folder)}.new`, JSON.stringify(plan, undefined, 2), { mode: 0o600 })
  await rename(`${path(folder)}.new`, path(folder))
}

export async function readPlan(folder: LaunchFolder): Promise<LaunchPlan> {
  return JSON.parse(await readFile(path(folder), 'utf8')) as LaunchPlan
}
