/**
 * The folder that a user's distributions lie in: `<cache>/flink/<version>`, shared by all servers of that user.
 *
 * A version's folder is there wholly or not at all: it is filled under another name and renamed. Names that start with
 * a dot are work in progress, left-overs of killed installers, and locks; only who holds a version's lock touches them.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Distribution } from './distribution.ts'
import type { AbsentFile } from './source.ts'

/** Left in each distribution that Weir installed. */
export interface Marker {
  version: string
  source: Distribution['source']
  installedAt: string
  absent: AbsentFile[]
}

const MARKER = 'weir-distribution.json'

/** `$WEIR_CACHE_DIR`, else `weir` in the user's cache folder. */
export function defaultCacheDir(env: NodeJS.ProcessEnv): string {
  return resolve(env['WEIR_CACHE_DIR'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'weir'))
}

export const homeOf = (cache: string, version: string): string => join(cache, 'flink', version)

export const lockOf = (cache: string, version: string): string => join(cache, 'flink', `.${version}.lock`)

export async function readMarker(home: string): Promise<Marker | undefined> {
  try {
    return JSON.parse(await readFile(join(home, MARKER), 'utf8')) as Marker
  } catch {
    return undefined
  }
}

export interface Staging {
  folder: string
  home: string
  scratch: string
}

export async function newStaging(cache: string, version: string): Promise<Staging> {
  const folder = join(cache, 'flink', `.${version}.${randomUUID()}`)
  const staging = { folder, home: join(folder, 'home'), scratch: join(folder, 'scratch') }
  await mkdir(staging.home, { recursive: true })
  await mkdir(staging.scratch)
  return staging
}

/** Makes a filled folder the version's distribution, in one step. */
export async function commit(cache: string, home: string, marker: Marker): Promise<void> {
  await writeFile(join(home, MARKER), `${JSON.stringify(marker, null, 2)}\n`)
  await flush(home)
  await discard(cache, marker.version)
  await rename(home, homeOf(cache, marker.version))
  await sync(join(cache, 'flink'))
}

/** Takes the version's folder out of sight in one step, then deletes it. False when there was none. */
export async function discard(cache: string, version: string): Promise<boolean> {
  const trash = join(cache, 'flink', `.${version}.${randomUUID()}`)
  try {
    await rename(homeOf(cache, version), trash)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  await removeTree(trash)
  return true
}

/** Deletes what killed installers and removers of this version left behind. */
export async function cleanUp(cache: string, version: string): Promise<void> {
  const prefix = `.${version}.`
  for (const name of await namesIn(join(cache, 'flink'))) {
    if (name.startsWith(prefix) && !name.startsWith(`${prefix}lock`)) await removeTree(join(cache, 'flink', name))
  }
}

export async function versionsIn(cache: string): Promise<string[]> {
  return (await namesIn(join(cache, 'flink'))).filter((name) => !name.startsWith('.')).sort()
}

/** A client of a killed installer may still write there for a moment: hence the retries. */
export const removeTree = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Files first, then the folders that name them: after a power cut nothing half-written may look whole. */
async function flush(home: string): Promise<void> {
  const entries = await readdir(home, { withFileTypes: true, recursive: true })
  for (const entry of entries) if (entry.isFile()) await sync(join(entry.parentPath, entry.name))
  for (const entry of entries) if (entry.isDirectory()) await sync(join(entry.parentPath, entry.name))
  await sync(home)
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
