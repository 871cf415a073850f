/** One installation, under the version's lock: the first source that gives the whole distribution wins. */
import type { Staging } from './cache.ts'
import { commit, homeOf, newStaging, removeTree } from './cache.ts'
import type { Distribution, InstallProgress } from './distribution.ts'
import { FlinkUnavailable } from './distribution.ts'
import { versionOfHome } from './home.ts'
import type { Source } from './source.ts'
import { SourceRefused } from './source.ts'

export interface Installation {
  cacheDir: string
  version: string
  /** What was already found not to do, as sentences. */
  passedOver: readonly string[]
  report: (progress: InstallProgress) => void
  signal: AbortSignal
}

/** Throws FlinkUnavailable, or the signal's reason; either way nothing of the attempt is left. */
export async function installFrom(sources: readonly Source[], task: Installation): Promise<Distribution> {
  const said = [...task.passedOver]
  for (const source of sources) {
    try {
      return await tryOne(source, task)
    } catch (error) {
      task.signal.throwIfAborted()
      const words = wordsOf(error)
      if (isDiskFull(error)) throw diskFull(task, words)
      said.push(`${source.name}: ${words}`)
      task.report({ detail: `Flink ${task.version}: ${words}; passing over ${source.name}` })
    }
  }
  throw new FlinkUnavailable(
    [
      `Flink ${task.version} could not be installed.`,
      ...said.map((line) => `- ${line}`),
      'Check the network, or install pip (and mvn for S3), ' +
        `or set FLINK_HOME to the folder of a Flink ${task.version} that you have; then try again.`,
    ].join('\n'),
  )
}

async function tryOne(source: Source, task: Installation): Promise<Distribution> {
  const { cacheDir, version } = task
  task.report({ detail: `getting Flink ${version}: trying ${source.name}` })
  const staging: Staging = await newStaging(cacheDir, version)
  try {
    const { home, scratch } = staging
    const { absent } = await source.fill({ version, home, scratch, report: task.report, signal: task.signal })
    const found = await versionOfHome(staging.home)
    if (found !== version) {
      throw new SourceRefused(`what it gave is ${found ? `Flink ${found}` : 'no Flink: it lacks lib/flink-dist-*.jar'}`)
    }
    task.signal.throwIfAborted()
    await commit(cacheDir, staging.home, {
      version,
      source: source.kind,
      installedAt: new Date().toISOString(),
      absent,
    })
    task.report({ detail: `Flink ${version} is installed`, fraction: 1 })
    return { version, home: homeOf(cacheDir, version), source: source.kind }
  } finally {
    await removeTree(staging.folder)
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '') ||
  /No space left on device/i.test(wordsOf(error))

function diskFull(task: Installation, words: string): FlinkUnavailable {
  const message =
    `Flink ${task.version} could not be installed: the disk is full (${words}). ` +
    `It needs about 1.5 GB below ${task.cacheDir} for a moment and 0.4 GB for good; free some, or name another ` +
    `folder in WEIR_CACHE_DIR`
  return new FlinkUnavailable(message, { cause: 'DISK_FULL' })
}
