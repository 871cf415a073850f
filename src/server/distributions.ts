/** Flink distributions on this machine, as the server and the command line share them. */
import { CATALOGUE } from '../flink/distributions/catalogue.ts'
import type { Distributions } from '../flink/distributions/distribution.ts'
import { createDistributions } from '../flink/distributions/distributions.ts'

export function openDistributions(): {
  catalogue: { runtime: string; version: string }[]
  distributions: Distributions
} {
  return {
    catalogue: Object.entries(CATALOGUE).map(([runtime, { version }]) => ({ runtime, version })),
    distributions: createDistributions(),
  }
}
