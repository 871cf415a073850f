/**
 * Kubernetes as Weir needs to know it: how a cluster is reached, where in it a workspace's clusters run, and what was
 * found when that target was inspected. The API's schemas describe the same shapes for the wire.
 */
import type { Condition } from './status.ts'

/** How the API server of a cluster is reached; the words are those of a kubeconfig. */
export interface KubeServer {
  /** `https://HOST:PORT`, a path prefix is fine. Left out, and only then, with `inCluster`. */
  server?: string
  /** Certificates in PEM form, base64 of the whole text. */
  certificateAuthorityData?: string
  tlsServerName?: string
  insecureSkipTlsVerify?: boolean
  /** `http://`, `https://` or `socks5://`. */
  proxyUrl?: string
  disableCompression?: boolean
}

/** Exactly one. All but `inCluster` hold secrets. */
export interface KubeAuth {
  /** PEM in base64. */
  clientCertificate?: { clientCertificateData: string; clientKeyData: string }
  bearerToken?: { token: string }
  basic?: { username: string; password: string }
  /** A short-lived token is signed for each quarter of an hour. */
  awsEksIam?: {
    clusterName: string
    region: string
    accessKeyId: string
    secretAccessKey: string
    sessionToken?: string
  }
  /** The server runs in that cluster: address and token are those of its pod's service account. */
  inCluster?: Record<string, never>
}

export interface KubeClusterConfig {
  cluster: KubeServer
  auth: KubeAuth
}

/** Where the clusters of a workspace run. */
export interface KubeTarget {
  /** ID of the cluster. */
  cluster: string
  namespace: string
  /** What Flink's pods run as. */
  serviceAccount: string
  /**
   * A folder that Flink reaches from every pod (`s3://bucket/weir`): below it go checkpoints, savepoints and the
   * metadata of high availability, unless a session says otherwise.
   */
  storage?: string
}

/** What was found when a cluster or a workspace was last inspected. */
export interface TargetStatus {
  /** ISO 8601; absent before the first inspection. */
  observedAt?: string
  kubernetesVersion?: string
  /** The `flinkVersion`s that the operator's CRD allows (`v1_18`). */
  flinkVersions?: string[]
  conditions: Condition[]
}

/** One finding of an inspection; a condition without its past. */
export type TargetFinding = Omit<Condition, 'since'>

export interface TargetObservation {
  findings: TargetFinding[]
  kubernetesVersion?: string
  flinkVersions?: string[]
  /** The namespace is nobody's yet. */
  claimable?: boolean
}

export const NEW_TARGET_STATUS: TargetStatus = { conditions: [] }

/** What a runtime on Kubernetes keeps of each generation, written before anything is applied. */
export interface KubeLaunch {
  resource: string
  generation: number
  namespace: string
  /** Name of the FlinkDeployment, and of whatever else belongs to it. */
  name: string
  /** What is applied, as JSON: rendered once, never anew. */
  manifest: string
  /** Of the FlinkDeployment, once it is there. */
  uid?: string
  /** The first life of its JobManager. */
  incarnation?: string
  /** Flink's REST API has answered at least once. */
  reached: boolean
  createdAt: string
}

/** What the store offers a runtime on Kubernetes. Each call is durable when its promise resolves. */
export interface KubeLedger {
  get(cluster: { resource: string; generation: number }): Promise<KubeLaunch | undefined>
  list(resource: string): Promise<KubeLaunch[]>
  /** Keeps what is there already, and answers what is kept then. */
  begin(launch: KubeLaunch): Promise<KubeLaunch>
  update(
    cluster: { resource: string; generation: number },
    change: Partial<Pick<KubeLaunch, 'uid' | 'incarnation' | 'reached'>>,
  ): Promise<void>
  /** Forgets one generation once nothing of it is left in the world. */
  remove(cluster: { resource: string; generation: number }): Promise<void>
}
