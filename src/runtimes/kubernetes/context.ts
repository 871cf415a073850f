/** What everything about one workspace's clusters on Kubernetes needs. */
import type { Artifacts } from '../../artifacts/artifacts.ts'
import type { Clock } from '../../domain/clock.ts'
import type { KubeLedger, KubeTarget } from '../../domain/kubernetes.ts'
import type { KubeApi } from './client/api.ts'
import type { KubeConnection } from './client/connection.ts'
import type { Images } from './images.ts'

export interface KubeContext {
  /** The store's identity: only what bears its label is ours. */
  installation: string
  /** ID of the workspace. */
  workspace: string
  target: KubeTarget
  connection: KubeConnection
  api: KubeApi
  ledger: KubeLedger
  artifacts: Artifacts
  clock: Clock
  log: { warn(data: object, message: string): void }
  images: Images
  /** Absolute: logs of clusters that are gone, and jars on their way to a JobManager, lie below it. */
  dataDir: string
  /** Ranges of private addresses that jars may come from all the same. */
  allowAddresses: string[]
  maxFileBytes: number
  /** How Flink's REST API is reached: through the API server, or by its service's name from within the cluster. */
  flinkAccess: 'proxy' | 'direct'
}
