/** What everything about one workspace's clusters on Kubernetes needs. */
import type { Artifacts, FetchedFile } from '../../artifacts/artifacts.ts'
import type { Clock } from '../../domain/clock.ts'
import type { EffectiveClusterSpec } from '../../domain/cluster.ts'
import type { KubeLedger, KubeTarget } from '../../domain/kubernetes.ts'
import type { KubeApi } from './client/api.ts'
import type { KubeConnection } from './client/connection.ts'
import type { Images } from './images.ts'

/** Flink's file systems, as one cluster would have them. */
export interface FlinkHere {
  /** Puts the file into `folder`. Throws Failure (FILE_UNAVAILABLE, DISK_FULL, JAVA_MISSING). */
  fetch(uri: string, folder: string): Promise<FetchedFile>
}

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
  /**
   * Flink on this machine with the plugins of a cluster, put below `folder`: for jars that a job brings along from one
   * of Flink's file systems. Throws Failure (FLINK_UNAVAILABLE, JAVA_MISSING, FILE_UNAVAILABLE).
   */
  flinkHere(spec: EffectiveClusterSpec, folder: string): Promise<FlinkHere>
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
