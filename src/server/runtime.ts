/**
 * Chooses what "on this machine" means: real Flink processes, or a runtime that only pretends; and makes what
 * Kubernetes needs.
 */
import type { Artifacts } from '../artifacts/artifacts.ts'
import type { Clock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { flinkVersionOf } from '../flink/distributions/catalogue.ts'
import type { Distributions } from '../flink/distributions/distribution.ts'
import type { FlinkFiles } from '../runtimes/flink-files/flink-files.ts'
import type { KubernetesTargets } from '../runtimes/kubernetes/targets.ts'
import type { JavaSearch } from '../runtimes/local/java.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import type { Logger } from './log.ts'

export interface RuntimeParts {
  config: ServerConfig
  store: Store
  distributions: Distributions
  artifacts: Artifacts
  flinkFiles: FlinkFiles
  clock: Clock
  log: Logger
  passed(where: string): void
}

export async function createRuntime({
  config,
  store,
  distributions,
  artifacts,
  flinkFiles,
  clock,
  log,
  passed,
}: RuntimeParts): Promise<Runtime> {
  if (config.runtime === 'fake') {
    const { createFakeRuntime } = await import('../runtimes/fake/fake.ts')
    return createFakeRuntime({ clock, dataDir: config.dataDir, ...defined({ flinkPort: config.fakeFlinkPort }) })
  }
  const { createLocalRuntime } = await import('../runtimes/local/runtime.ts')
  return createLocalRuntime({
    installation: store.installation,
    dataDir: config.dataDir,
    ledger: store.processes,
    spares: store.spares,
    distributions,
    artifacts,
    flinkFiles,
    clock,
    log,
    flinkVersionOf,
    passed,
    cds: config.cds,
    memoryReserve: config.memoryReserve,
    warmPairs: config.warmPairs,
    java: javaSearch(config),
  })
}

const javaSearch = ({ javaHome }: ServerConfig): JavaSearch =>
  javaHome === undefined ? {} : { candidates: [javaHome] }

/** The largest file that is fetched from anywhere. */
export const MAX_FILE_BYTES = 2 * 1024 ** 3

/** Targets on Kubernetes, loaded when there is the first one. */
export async function kubernetesTargets({
  config,
  store,
  artifacts,
  clock,
  log,
}: Pick<RuntimeParts, 'config' | 'store' | 'artifacts' | 'clock' | 'log'>): Promise<KubernetesTargets> {
  const [{ createKubernetesTargets }, { imageTable }] = await Promise.all([
    import('../runtimes/kubernetes/targets.ts'),
    import('../runtimes/kubernetes/images.ts'),
  ])
  return createKubernetesTargets({
    installation: store.installation,
    ledger: store.kubeLaunches,
    artifacts,
    clock,
    log,
    images: imageTable(flinkVersionOf, config.images),
    dataDir: config.dataDir,
    allowAddresses: config.allowAddresses,
    maxFileBytes: MAX_FILE_BYTES,
    flinkAccess: config.flinkAccess,
  })
}
