/** Chooses what "on this machine" means: real Flink processes, or a runtime that only pretends. */
import { createArtifacts } from '../artifacts/fetch.ts'
import type { Clock } from '../domain/clock.ts'
import { flinkVersionOf } from '../flink/distributions/catalogue.ts'
import type { Distributions } from '../flink/distributions/distribution.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import type { Logger } from './log.ts'

export interface RuntimeParts {
  config: ServerConfig
  store: Store
  distributions: Distributions
  clock: Clock
  log: Logger
  passed(where: string): void
}

export async function createRuntime({ config, store, distributions, clock, log, passed }: RuntimeParts): Promise<Runtime> {
  if (config.runtime === 'fake') {
    const { createFakeRuntime } = await import('../runtimes/fake/fake.ts')
    return createFakeRuntime({ clock, dataDir: config.dataDir })
  }
  const { createLocalRuntime } = await import('../runtimes/local/runtime.ts')
  return createLocalRuntime({
    installation: store.installation,
    dataDir: config.dataDir,
    ledger: store.processes,
    distributions,
    artifacts: createArtifacts({ fileRoots: config.fileRoots, allowAddresses: config.allowAddresses }),
    clock,
    log,
    flinkVersionOf,
    passed,
    cds: config.cds,
    ...(config.javaHome !== undefined && { java: { candidates: [config.javaHome] } }),
  })
}
