/**
 * The Kubernetes objects of a cluster, as far as they are read here, and the names and labels by which they are ours.
 */
import type { ClusterRef } from '../../domain/cluster.ts'
import type { KubeObject } from './client/api.ts'

/** The one field manager of everything that is applied from here. */
export const FIELD_MANAGER = 'weir'

export const LABELS = {
  /** The store that an object belongs to: what carries another installation's is never touched. */
  installation: 'weir.dev/installation',
  resource: 'weir.dev/resource',
  generation: 'weir.dev/generation',
} as const

export const MAIN_CONTAINER = 'flink-main-container'
export const FILES_CONTAINER = 'weir-files'

export interface FlinkDeployment extends KubeObject {
  spec: Record<string, unknown>
  status?: {
    /** MISSING, DEPLOYING, DEPLOYED_NOT_READY, READY, ERROR. */
    jobManagerDeploymentStatus?: string
    lifecycleState?: string
    /** JSON in a string: {type, message, throwableList}. */
    error?: string
  }
}

export interface ContainerStatus {
  name: string
  image?: string
  ready?: boolean
  restartCount: number
  state?: ContainerState
  lastState?: ContainerState
}

export interface ContainerState {
  running?: { startedAt?: string }
  waiting?: { reason?: string; message?: string }
  terminated?: Terminated
}

export interface Terminated {
  exitCode: number
  signal?: number
  reason?: string
  message?: string
  finishedAt?: string
}

export interface Pod extends KubeObject {
  metadata: KubeObject['metadata'] & { deletionGracePeriodSeconds?: number }
  status?: {
    phase?: string
    /** `Evicted` and its like. */
    reason?: string
    message?: string
    startTime?: string
    conditions?: { type: string; status: string; reason?: string; message?: string }[]
    containerStatuses?: ContainerStatus[]
    initContainerStatuses?: ContainerStatus[]
  }
}

/**
 * The name of a generation's FlinkDeployment, and of what Flink derives from it: a DNS label of at most 45 characters,
 * which is the most that Flink's native mode takes. A resource's ID has 20 at most, so that 10^14 generations have
 * room.
 */
export const clusterName = ({ resource, generation }: ClusterRef): string =>
  `weir-${resource.toLowerCase()}-${generation}`

export const clusterLabels = (installation: string, { resource, generation }: ClusterRef): Record<string, string> => ({
  [LABELS.installation]: installation,
  [LABELS.resource]: resource,
  [LABELS.generation]: String(generation),
})

/** The cluster whose name a Flink pod or a FlinkDeployment of ours bears; undefined for anything else. */
export function clusterOfName(name: string): ClusterRef | undefined {
  const [, resource, generation] = /^weir-([a-z0-9]{1,20})-([1-9]\d{0,14})$/.exec(name) ?? []
  return resource === undefined ? undefined : { resource: resource.toUpperCase(), generation: Number(generation) }
}

export const paths = {
  deployments: (namespace: string) => `/apis/flink.apache.org/v1beta1/namespaces/${namespace}/flinkdeployments`,
  deployment: (namespace: string, name: string) =>
    `/apis/flink.apache.org/v1beta1/namespaces/${namespace}/flinkdeployments/${name}`,
  pods: (namespace: string) => `/api/v1/namespaces/${namespace}/pods`,
  pod: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`,
  podLog: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}/log`,
  secrets: (namespace: string) => `/api/v1/namespaces/${namespace}/secrets`,
  secret: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/secrets/${name}`,
  configMap: (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/configmaps/${name}`,
  configMaps: (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`,
} as const

/**
 * Flink's native mode labels its pods itself; those labels are what its own controllers find them by, so nobody takes
 * them away.
 */
export const FLINK_PODS = 'type=flink-native-kubernetes'

export const appOf = (pod: Pod): string => pod.metadata.labels?.['app'] ?? ''
export const isJobManager = (pod: Pod): boolean => pod.metadata.labels?.['component'] === 'jobmanager'
export const isTaskManager = (pod: Pod): boolean => pod.metadata.labels?.['component'] === 'taskmanager'

export const mainContainer = (pod: Pod): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === MAIN_CONTAINER)

/** One life of a pod's Flink process. */
export const lifeOf = (pod: Pod, container: ContainerStatus): string =>
  `${pod.metadata.uid ?? ''}/${container.restartCount}`

/** Attempts of the resource manager beyond the first (a JobManager that came back) count on in the thousands. */
const ORDINALS_OF_AN_ATTEMPT = 1000

/** `NAME-taskmanager-ATTEMPT-INDEX`, as Flink's resource manager names its pods. */
export function taskManagerOrdinal(pod: Pod): number {
  const [, attempt, index] = /-taskmanager-(\d+)-(\d+)$/.exec(pod.metadata.name) ?? []
  return (Number(attempt ?? 1) - 1) * ORDINALS_OF_AN_ATTEMPT + Number(index ?? 0)
}
