/** What a FLINK_HOME says about itself. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The version of the S3 plugin in opt/, which may be another patch release than the distribution's; undefined where
 * there is none.
 */
export async function s3PluginOfHome(home: string): Promise<string | undefined> {
  const names = await readdir(join(home, 'opt')).catch((): string[] => [])
  const versions = names.flatMap((name) => /^flink-s3-fs-hadoop-(\d.*)\.jar$/.exec(name)?.[1] ?? [])
  return versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0]
}

/** The Flink version of a distribution, read from the name of its flink-dist jar; undefined where there is none. */
export async function versionOfHome(home: string): Promise<string | undefined> {
  const names = await readdir(join(home, 'lib')).catch((): string[] => [])
  for (const name of names) {
    const [, version] = /^flink-dist(?:_2\.\d+)?-(\d.*)\.jar$/.exec(name) ?? []
    if (version) return version
  }
  return undefined
}
