/** Which Java a Flink version is run with, from what its documentation says and what Weir's own tests run. Pure. */
import { CATALOGUE, runtimeOf } from './catalogue.ts'

/** Before it there are no module options, which every JVM is started with. */
export const OLDEST_JAVA = 11
/** The release that Weir's tests run every Flink version on. */
export const TESTED_JAVA = 17

/** Releases that a Flink version may be run with without a second thought, the best first; known by its minor alone. */
export function preferredJava(flinkVersion: string): number[] {
  const { supported, experimental } = documentedJava(flinkVersion)
  const documented = [...supported, ...experimental]
  const tested = documented.includes(TESTED_JAVA)
  return tested
    ? [TESTED_JAVA, ...documented.filter((release) => release !== TESTED_JAVA)]
    : [...documented, TESTED_JAVA]
}

/**
 * What is to be said of a Flink version on a Java release that its documentation does not name, and what to do;
 * undefined where it does.
 */
export function javaConcern(flinkVersion: string, release: number): { tested: boolean; message: string } | undefined {
  const { supported, experimental } = documentedJava(flinkVersion)
  const documented = [...supported, ...experimental].sort((a, b) => a - b)
  if (documented.length === 0 || documented.includes(release)) return undefined
  const said = `Flink ${flinkVersion} officially supports Java ${documented.join(', ')}, not ${release}`
  return release === TESTED_JAVA
    ? { tested: true, message: `${said}; it works in Weir's own tests` }
    : { tested: false, message: `${said}: run it with Java ${preferredJava(flinkVersion)[0]} instead` }
}

const UNKNOWN = { supported: [], experimental: [] }

function documentedJava(flinkVersion: string): { supported: readonly number[]; experimental: readonly number[] } {
  const runtime = runtimeOf(flinkVersion)
  return runtime ? CATALOGUE[runtime].java : UNKNOWN
}
