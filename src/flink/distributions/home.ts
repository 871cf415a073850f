/** What a FLINK_HOME says about itself. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The Flink version of a distribution, read from the name of its flink-dist jar; undefined where there is none. */
export async function versionOfHome(home: string): Promise<string | undefined> {
  const names = await readdir(join(home, 'lib')).catch((): string[] => [])
  for (const name of names) {
    const [, version] = /^flink-dist(?:_2\.\d+)?-(\d.*)\.jar$/.exec(name) ?? []
    if (version) return version
  }
  return undefined
}
