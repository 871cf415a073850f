/**
 * Flink distributions of this machine: finds them, installs them on demand, removes them.
 *
 * Owns the user's cache folder. Knows nothing of Weir beyond this room; must never change a FLINK_HOME that it didn't
 * install. Fails with FlinkUnavailable, which tells what every source said; a source that is out of reach costs
 * seconds.
 */
import { resolve } from 'node:path'
import { cleanUp, defaultCacheDir, discard, homeOf, lockOf, readMarker, versionsIn } from './cache.ts'
import { packagePinsOf } from './catalogue.ts'
import type { Distribution, Distributions, InstallProgress } from './distribution.ts'
import { FlinkUnavailable } from './distribution.ts'
import { versionOfHome } from './home.ts'
import { installFrom } from './install.ts'
import type { Lock } from './lock.ts'
import { lockFile } from './lock.ts'
import type { PackagesOptions } from './packages.ts'
import { packagesSource } from './packages.ts'
import { OFFICIAL_BASES, tarballSource } from './tarball.ts'

/** Everything has a default: the environment's, else what works on most machines. */
export interface DistributionsOptions {
  /** Default: `$WEIR_CACHE_DIR`, else `$XDG_CACHE_HOME/weir`, else `~/.cache/weir`. */
  cacheDir?: string
  /** A distribution that the user installed; default `$FLINK_HOME`. */
  flinkHome?: string
  /**
   * Where official releases are looked for, in this order; default `$WEIR_FLINK_DOWNLOADS` (comma-separated), else
   * Apache's servers.
   */
  tarballBases?: readonly string[]
  /** Commands to try as pip and as mvn, as argument lists. */
  pip?: PackagesOptions['pip']
  mvn?: PackagesOptions['mvn']
  pinsOf?: PackagesOptions['pinsOf']
  lock?: Lock
  env?: NodeJS.ProcessEnv
}

/**
 * Python's module first: a `pip` on the PATH may be a wrapper with work of its own after each installation, which must
 * not be interrupted (pyenv's holds a lock then, and a killed one holds it for ever).
 */
const PIP = [['python3', '-m', 'pip'], ['pip3'], ['pip']]
const MVN = [['mvn']]
/** How long another installer may take before the caller hears that it is waited for. */
const TELL_WAITING_MS = 300

type Settings = Required<Omit<DistributionsOptions, 'flinkHome'>> & { flinkHome: string | undefined }

export function createDistributions(options: DistributionsOptions = {}): Distributions {
  const settings = settled(options)
  const find = (version: string): Promise<Distribution | undefined> => findOne(settings, version)
  return {
    find,
    list: async () => {
      const own = await users(settings)
      const cached = await Promise.all(
        (await versionsIn(settings.cacheDir)).map((version) => inCache(settings, version)),
      )
      return [...(own ? [own] : []), ...cached.filter((each) => each !== undefined)]
    },
    install: async (version, onProgress = () => {}, signal = new AbortController().signal) =>
      (await find(version)) ?? installLocked(settings, version, onProgress, signal),
    remove: async (version) => {
      if (!isVersion(version) || !(await inCache(settings, version))) return false
      const release = await settings.lock(lockOf(settings.cacheDir, version))
      try {
        return await discard(settings.cacheDir, version)
      } finally {
        release()
      }
    },
  }
}

function settled(options: DistributionsOptions): Settings {
  const env = options.env ?? process.env
  const bases = env['WEIR_FLINK_DOWNLOADS']
    ?.split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  const flinkHome = options.flinkHome ?? env['FLINK_HOME']
  return {
    cacheDir: resolve(options.cacheDir ?? defaultCacheDir(env)),
    flinkHome: flinkHome ? resolve(flinkHome) : undefined,
    tarballBases: options.tarballBases ?? bases ?? OFFICIAL_BASES,
    pip: options.pip ?? PIP,
    mvn: options.mvn ?? MVN,
    pinsOf: options.pinsOf ?? packagePinsOf,
    lock: options.lock ?? lockFile,
    env,
  }
}

/** Java's class path is a list with `:` between its entries, and has no escape for it. */
const dividesClassPath = (folder: string): boolean => folder.includes(':')

const isVersion = (version: string): boolean => /^\d+(\.\d+)+(-[\w.]+)?$/.test(version)

async function findOne(settings: Settings, version: string): Promise<Distribution | undefined> {
  if (!isVersion(version)) return undefined
  const own = await users(settings)
  return own?.version === version ? own : inCache(settings, version)
}

async function users({ flinkHome }: Settings): Promise<Distribution | undefined> {
  const version = flinkHome && !dividesClassPath(flinkHome) && (await versionOfHome(flinkHome))
  return version ? { version, home: flinkHome, source: 'FLINK_HOME' } : undefined
}

async function inCache({ cacheDir }: Settings, version: string): Promise<Distribution | undefined> {
  if (dividesClassPath(cacheDir)) return undefined
  const home = homeOf(cacheDir, version)
  const marker = await readMarker(home)
  return marker?.version === version ? { version, home, source: marker.source } : undefined
}

async function installLocked(
  settings: Settings,
  version: string,
  report: (progress: InstallProgress) => void,
  signal: AbortSignal,
): Promise<Distribution> {
  if (!isVersion(version))
    throw new FlinkUnavailable(`"${version}" is not a version of Flink; versions look like 1.20.5`)
  if (dividesClassPath(settings.cacheDir)) {
    throw new FlinkUnavailable(
      `Flink ${version} can't be installed: the path of the cache folder ${settings.cacheDir} has a ":", at which Java ` +
        'would divide its class path. Name another folder in WEIR_CACHE_DIR',
    )
  }
  const waiting = setTimeout(
    () => report({ detail: `waiting for another installer of Flink ${version}` }),
    TELL_WAITING_MS,
  )
  const release = await lockedCache(settings, version, signal).finally(() => clearTimeout(waiting))
  try {
    const meanwhile = await findOne(settings, version)
    if (meanwhile) return meanwhile
    await cleanUp(settings.cacheDir, version)
    const sources = [...settings.tarballBases.map((base) => tarballSource(base)), packagesSource(settings)]
    const own = await users(settings)
    const passedOver = settings.flinkHome ? [ownHomeWords(settings.flinkHome, own?.version, version)] : []
    return await installFrom(sources, { cacheDir: settings.cacheDir, version, passedOver, report, signal })
  } finally {
    release()
  }
}

async function lockedCache(settings: Settings, version: string, signal: AbortSignal): Promise<() => void> {
  try {
    return await settings.lock(lockOf(settings.cacheDir, version), signal)
  } catch (error) {
    signal.throwIfAborted()
    const words = error instanceof Error ? error.message : String(error)
    throw new FlinkUnavailable(
      `Flink ${version} can't be installed: the cache folder ${settings.cacheDir} can't be written to (${words}). ` +
        'Make it writable, or name another one in WEIR_CACHE_DIR',
      { cause: error },
    )
  }
}

function ownHomeWords(home: string, found: string | undefined, wanted: string): string {
  if (dividesClassPath(home)) return `FLINK_HOME (${home}) has a ":" in it, at which Java would divide its class path`
  return found
    ? `FLINK_HOME (${home}) is Flink ${found}, not ${wanted}`
    : `FLINK_HOME (${home}) holds no lib/flink-dist-*.jar`
}
