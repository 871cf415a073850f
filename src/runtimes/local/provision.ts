/**
 * What must lie on the disk before a JVM starts: the distribution, the caller's jars in lib/extra, plugins in their
 * folders.
 */
import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { basename, join, normalize } from 'node:path'

import type { Artifacts, FetchOptions } from '../../artifacts/artifacts.ts'
import { isFlinkUri } from '../../artifacts/uri.ts'
import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import { Failure } from '../../domain/failure.ts'
import { decoded, fileName } from '../../domain/file-name.ts'
import { type Distribution, type Distributions, FlinkUnavailable } from '../../flink/distributions/distribution.ts'
import { resolveInDistribution } from '../../flink/distributions/lookup.ts'
import type { FlinkFiles, FlinkSetup } from '../flink-files/flink-files.ts'
import { runnerJar } from '../helper-jars.ts'
import type { Java } from './java.ts'
import { filesEnvironment } from './launcher.ts'
import type { Log } from './log.ts'
import { type LaunchFolder, makeFolders } from './paths.ts'

export interface Provisioning {
  distributions: Distributions
  artifacts: Artifacts
  flinkFiles: FlinkFiles
  java: Java
  log: Log
  signal: AbortSignal
  /** One line for people, called as things move on. */
  onDetail: (detail: string) => void
  /** One sentence for people about what was found otherwise than it was asked for; logged where nobody listens. */
  onWarning?: (warning: string) => void
}

/** What the files of one spec are fetched with. */
type FileProvisioning = Provisioning & { workspace: string; home: string; flink: FlinkSetup }

/** Throws Failure. May be repeated: starts from empty folders. */
export async function provision(
  spec: EffectiveClusterSpec,
  flinkVersion: string,
  folder: LaunchFolder,
  how: Provisioning,
): Promise<Distribution> {
  const distribution = await getDistribution(flinkVersion, how)
  await rm(folder.extra, { recursive: true, force: true })
  await rm(folder.plugins, { recursive: true, force: true })
  await makeFolders(folder)
  await linkPlugins(distribution.home, folder.plugins, new Set(spec.plugins.map((plugin) => plugin.name)))
  // Plugins before jars: a jar may lie on a file system that a plugin brings.
  const at = {
    ...how,
    workspace: spec.workspace,
    home: distribution.home,
    flink: flinkSetup(spec, distribution.home, folder, how.java),
  }
  for (const plugin of spec.plugins) {
    const target = join(folder.plugins, plugin.name)
    await mkdir(target, { recursive: true, mode: 0o700 })
    for (const uri of plugin.jars) await provide(uri, target, at)
  }
  for (const uri of spec.jars) await provide(uri, folder.extra, at)
  return distribution
}

/** Without it Flink calls main() itself, with the limits that this has: no reason not to launch. */
export async function provideRunner(folder: LaunchFolder, log: Log): Promise<void> {
  try {
    await copyFile(await runnerJar(), folder.runner)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    log.warn(
      { code: error.code },
      `main() of jobs is called by Flink itself, since the runner is missing: ${error.message}`,
    )
  }
}

/** Through what Flink's file systems are reached once the plugins of a launch are in place. */
export const flinkSetup = (
  { flinkConfiguration }: Pick<EffectiveClusterSpec, 'flinkConfiguration'>,
  home: string,
  folder: LaunchFolder,
  java: Java,
): FlinkSetup => ({
  java,
  home,
  plugins: folder.plugins,
  flinkConfiguration,
  env: filesEnvironment(home, flinkConfiguration),
})

async function getDistribution(version: string, how: Provisioning): Promise<Distribution> {
  const installed = await how.distributions.find(version)
  if (installed) return installed
  how.onDetail(`installing Flink ${version}`)
  try {
    return await how.distributions.install(version, (progress) => how.onDetail(progress.detail), how.signal)
  } catch (error) {
    if (error instanceof FlinkUnavailable) {
      throw new Failure(error.cause === 'DISK_FULL' ? 'DISK_FULL' : 'FLINK_UNAVAILABLE', error.message, {
        cause: error,
      })
    }
    throw error
  }
}

/** The distribution's own plugins, each in the folder that bears its name. */
async function linkPlugins(home: string, plugins: string, replaced: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(join(home, 'plugins'), { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory() && !replaced.has(entry.name))
      await symlink(join(home, 'plugins', entry.name), join(plugins, entry.name))
  }
}

async function provide(uri: string, target: string, how: FileProvisioning): Promise<void> {
  how.signal.throwIfAborted()
  const inside = insideDistribution(uri)
  if (inside !== undefined) {
    const path = await distributionFile(how.home, inside, how.log, how.onWarning)
    await symlink(path, join(target, basename(path))).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
      // Two patch releases may be named of which there is one.
      throw new Failure(
        'INVALID_SPEC',
        `${uri} is ${basename(path)}, and so is another file that the session names: leave one of them out`,
      )
    })
    return
  }
  // Without the query, where credentials stand.
  const name = fileName(uri)
  how.onDetail(`fetching ${name}`)
  const options: FetchOptions = {
    signal: how.signal,
    workspace: how.workspace,
    onProgress: (bytes, total) =>
      how.onDetail(`fetching ${name}: ${total ? `${Math.floor((bytes / total) * 100)} %` : `${bytes} bytes`}`),
  }
  if (isFlinkUri(uri)) await how.flinkFiles.fetch(uri, target, how.flink, options)
  else await how.artifacts.fetch(uri, target, options)
}

const HOME_IN_IMAGES = '/opt/flink'

/**
 * The part below /opt/flink of a path into the distribution, as Flink's images have it; undefined for any other URI.
 */
export function insideDistribution(uri: string): string | undefined {
  const path = uri.startsWith('local://') ? decoded(uri.slice('local://'.length)) : uri
  if (!path.startsWith('/')) return undefined
  const plain = normalize(path)
  if (plain.startsWith(`${HOME_IN_IMAGES}/`)) return plain.slice(HOME_IN_IMAGES.length + 1)
  throw new Failure(
    'FILE_UNAVAILABLE',
    `"${uri}" lies outside ${HOME_IN_IMAGES}: local:// and plain paths name files of the Flink ` +
      'distribution. Use file:// for other files of this machine, or https://.',
  )
}

/**
 * Throws Failure FILE_UNAVAILABLE. Another patch version of the same minor version stands in for a file that isn't
 * there.
 */
export async function distributionFile(
  home: string,
  inside: string,
  log: Log,
  onWarning?: (warning: string) => void,
): Promise<string> {
  const { file, warning, reason } = await resolveInDistribution(home, `${HOME_IN_IMAGES}/${inside}`)
  if (file === undefined) throw new Failure('FILE_UNAVAILABLE', reason ?? `${HOME_IN_IMAGES}/${inside} is not there`)
  if (warning !== undefined) (onWarning ?? ((words) => log.warn({ wanted: inside, used: file }, words)))(warning)
  return file
}

const OWNER = 'Check who owns the data folder.'
const LIMIT = 'Too many files are open: raise the limit (ulimit -n, LimitNOFILE of a systemd unit).'
const REMOVED = 'Something below the data folder was removed: look for a program that cleans up there.'

const ADVICE: Record<string, string> = {
  EACCES: OWNER,
  EPERM: OWNER,
  EROFS: 'The disk is mounted read-only, as the kernel does after errors of a disk: look at its log (dmesg).',
  EIO: 'The disk fails: look at the log of the kernel (dmesg).',
  EMFILE: LIMIT,
  ENFILE: LIMIT,
  ENOENT: REMOVED,
  ESTALE: REMOVED,
}

/** Whatever went wrong on the way, as a failure for people. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const message = error instanceof Error ? error.message : String(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure(
      'DISK_FULL',
      `The disk is full: ${message}. Free space on the disk that holds the data folder.`,
      { cause: error },
    )
  }
  const advice = ADVICE[code ?? '']
  if (advice) return new Failure('INTERNAL', `A file could not be used: ${message}. ${advice}`, { cause: error })
  return new Failure('INTERNAL', `The cluster could not be launched: ${message}`, { cause: error })
}
