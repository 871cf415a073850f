/**
 * The class path of Flink's JVMs. The caller's jars come last, so that the distribution's part, which an archive of
 * shared classes is made for, stays a prefix. Where one of them holds a class that the distribution has too, the order
 * decides which one is used: then it is that of Flink's own scripts and images, as on every other runtime.
 */
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { clashesWith } from '../../artifacts/inspect/class-names.ts'
import type { JarClash } from '../../domain/jar.ts'
import { exists, type LaunchFolder } from './paths.ts'

export interface ClassPath {
  entries: string[]
  /** Where there are any, the order is that of Flink's scripts. */
  clashes: JarClash[]
}

const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

async function jarsIn(folder: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((name) => name.endsWith('.jar'))
    .sort(byName)
    .map((name) => join(folder, name))
}

export async function distributionJars(home: string): Promise<string[]> {
  const all = await jarsIn(join(home, 'lib'))
  const isDist = (path: string) => basename(path).startsWith('flink-dist')
  return [...all.filter((path) => !isDist(path)), ...all.filter(isDist)]
}

/** `folder`: a launch's; the runner, if it is there, is the last of all. */
export async function classPath(home: string, folder: Pick<LaunchFolder, 'extra' | 'runner'>): Promise<ClassPath> {
  const { entries, clashes } = await ofFlinkAndCaller(home, await jarsIn(folder.extra))
  return { entries: [...entries, ...((await exists(folder.runner)) ? [folder.runner] : [])], clashes }
}

async function ofFlinkAndCaller(home: string, extra: readonly string[]): Promise<ClassPath> {
  const distribution = await distributionJars(home)
  const clashes = await clashesWith(extra, distribution)
  if (clashes.length === 0) return { entries: [...distribution, ...extra], clashes }
  // The scripts sort all of lib by path, with the caller's jars in lib/extra, and put flink-dist at the end.
  const arranged = [
    ...distribution.map((path) => ({ path, as: basename(path) })),
    ...extra.map((path) => ({ path, as: `extra/${basename(path)}` })),
  ].sort((a, b) => byName(a.as, b.as))
  const last = arranged.filter(({ as }) => as.startsWith('flink-dist'))
  return { entries: [...arranged.filter((jar) => !last.includes(jar)), ...last].map(({ path }) => path), clashes }
}
