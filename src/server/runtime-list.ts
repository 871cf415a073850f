/**
 * What this machine has for each runtime: the distribution, its S3 plugin and the Java that its sessions would be run
 * with.
 */
import { defined } from '../domain/defined.ts'
import { Failure } from '../domain/failure.ts'
import { FLINK_RUNTIMES, type FlinkRuntime } from '../domain/spec.ts'
import { CATALOGUE } from '../flink/distributions/catalogue.ts'
import type { Distribution, Distributions } from '../flink/distributions/distribution.ts'
import { s3PluginOfHome } from '../flink/distributions/home.ts'
import { javaConcern } from '../flink/distributions/java-releases.ts'
import { findJava, type Java } from '../runtimes/local/java.ts'

export interface RuntimeOnMachine {
  id: FlinkRuntime
  flinkVersion: string
  /** Absent: it is installed when a session first needs it. */
  installed?: Distribution & { s3Plugin?: string }
  java: {
    supported: readonly number[]
    experimental: readonly number[]
    used?: Pick<Java, 'version' | 'home'>
    /** Why there is none to be used, or what is to be said of the one that would be. */
    note?: string
  }
}

/** `javaHome`: the Java that was named for Weir. */
export function runtimesOnMachine(distributions: Distributions, javaHome?: string): Promise<RuntimeOnMachine[]> {
  return Promise.all(
    FLINK_RUNTIMES.map(async (id) => {
      const {
        version: flinkVersion,
        java: { supported, experimental },
      } = CATALOGUE[id]
      const [found, java] = await Promise.all([distributions.find(flinkVersion), javaFor(flinkVersion, javaHome)])
      const s3Plugin = found && (await s3PluginOfHome(found.home))
      return {
        id,
        flinkVersion,
        ...(found && { installed: { ...found, ...defined({ s3Plugin }) } }),
        java: { supported, experimental, ...java },
      }
    }),
  )
}

async function javaFor(
  flinkVersion: string,
  javaHome: string | undefined,
): Promise<Pick<RuntimeOnMachine['java'], 'used' | 'note'>> {
  try {
    const { major, version, home } = await findJava(
      flinkVersion,
      javaHome === undefined ? {} : { candidates: [javaHome] },
    )
    const note = javaConcern(flinkVersion, major)?.message
    return { used: { version, home }, ...defined({ note }) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { note: error.message }
  }
}
