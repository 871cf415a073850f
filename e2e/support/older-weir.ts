/**
 * An older Weir out of this repository's history, as the tests of upgrades run it: its sources in a folder of their
 * own, with this tree's dependencies where those are what it needs, else with its own by `npm ci`, which are kept in
 * the cache.
 */
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { defaultCacheDir } from '../../src/flink/distributions/cache.ts'

/** What is upgraded from. A newer commit may take its place: CONTRIBUTING.md says when and how. */
const OLDER = 'ed86e312c18f9f1cc78f61f44210286a1f7ea992'

export interface OlderWeir {
  /** The file that Node runs. */
  program: string
  remove(): void
}

interface Entry {
  version?: string
  dev?: boolean
  optional?: boolean
}
type Packages = Record<string, Entry>

const ROOT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** @throws Error that says what to do, when the history is cut off or the dependencies can't be had */
export async function olderWeir(): Promise<OlderWeir> {
  await mustBeInHistory()
  const folder = mkdtempSync(join(tmpdir(), 'weir-older-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    const archive = join(folder, 'older.tar')
    await run('git', ['archive', '--format=tar', `--output=${archive}`, OLDER], { cwd: ROOT })
    await run('tar', ['-xf', archive, '-C', folder])
    symlinkSync(await modulesFor(folder), join(folder, 'node_modules'))
    return { program: join(folder, 'src', 'cli', 'main.ts'), remove }
  } catch (error) {
    remove()
    throw error
  }
}

async function mustBeInHistory(): Promise<void> {
  try {
    await run('git', ['cat-file', '-e', `${OLDER}^{commit}`], { cwd: ROOT })
  } catch (error) {
    throw new Error(
      `The tests of upgrades start the Weir of commit ${OLDER}, which is not in this clone. A shallow clone gets it by ` +
        `git fetch --unshallow; without Git's history these tests can't run. Git said: ${(error as Error).message}`,
      { cause: error },
    )
  }
}

/** A `node_modules` with what the Weir in that folder runs with. */
async function modulesFor(folder: string): Promise<string> {
  const here = join(ROOT, 'node_modules')
  if (agree(packagesIn(join(folder, 'package-lock.json')), packagesIn(join(here, '.package-lock.json')))) return here
  const lock = createHash('sha256').update(readFileSync(join(folder, 'package-lock.json')))
  const kept = join(defaultCacheDir(process.env), 'older', lock.digest('hex').slice(0, 16))
  if (!existsSync(kept)) await install(folder, kept)
  return join(kept, 'node_modules')
}

const packagesIn = (lock: string): Packages =>
  (JSON.parse(readFileSync(lock, 'utf8')) as { packages: Packages }).packages

/**
 * Whether what is installed has each package that runs there, in the same place, and none that would hide one of them.
 */
function agree(older: Packages, installed: Packages): boolean {
  const needed = Object.entries(older).filter(([path, { dev }]) => path !== '' && !dev)
  const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))
  return (
    needed.every(([path, { version, optional }]) =>
      installed[path] ? installed[path].version === version : optional,
    ) && Object.keys(installed).every((path) => parent(path) === '' || older[path] || !older[parent(path)])
  )
}

/** Aside first: the folder is there wholly or not at all. */
async function install(folder: string, kept: string): Promise<void> {
  const fresh = `${kept}.${randomUUID()}`
  mkdirSync(fresh, { recursive: true })
  try {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(folder, file), join(fresh, file))
    await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: fresh,
    })
    renameSync(fresh, kept)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    // Another run may have been quicker.
    if (existsSync(kept)) return
    throw new Error(`The dependencies of the older Weir ${OLDER} could not be installed: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
