/** Pods and FlinkDeployments as the API server shows them, made by hand. */

import type { ClusterRef } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import type { KubeLaunch } from '../../domain/kubernetes.ts'
import {
  type ContainerState,
  type ContainerStatus,
  clusterLabels,
  clusterName,
  FILES_CONTAINER,
  type FlinkDeployment,
  MAIN_CONTAINER,
  type Pod,
} from './objects.ts'

export const CLUSTER: ClusterRef = { resource: 'SESSION', generation: 1 }
const NAME = clusterName(CLUSTER)
/** Times of Kubernetes have seconds. */
export const timeAt = (seconds: number): string =>
  new Date(Date.parse('2026-01-05T08:00:00Z') + seconds * 1000).toISOString().replace('.000Z', 'Z')
export const nowAt = (seconds: number): number => Date.parse(timeAt(seconds))

export const launchOf = (change: Partial<KubeLaunch> = {}): KubeLaunch => ({
  ...CLUSTER,
  namespace: 'flink',
  name: NAME,
  manifest: '{}',
  uid: 'deployment-1',
  reached: false,
  createdAt: timeAt(0),
  ...change,
})

export const deploymentOf = (
  metadata: Partial<FlinkDeployment['metadata']> = {},
  status: FlinkDeployment['status'] = { jobManagerDeploymentStatus: 'DEPLOYING' },
): FlinkDeployment => ({
  metadata: {
    name: NAME,
    namespace: 'flink',
    uid: 'deployment-1',
    creationTimestamp: timeAt(0),
    labels: clusterLabels('installation-1', CLUSTER),
    ...metadata,
  },
  spec: {},
  status,
})

export const RUNNING: ContainerState = { running: { startedAt: timeAt(5) } }
export const waiting = (reason: string, message?: string): ContainerState => ({
  waiting: { reason, ...defined({ message }) },
})
export const terminated = (
  exitCode: number,
  more: Partial<NonNullable<ContainerState['terminated']>> = {},
): ContainerState => ({ terminated: { exitCode, finishedAt: timeAt(60), ...more } })

export const mainOf = (state: ContainerState | undefined, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: MAIN_CONTAINER,
  image: 'flink:1.18.1',
  restartCount: 0,
  ...defined({ state }),
  ...more,
})
export const filesOf = (state: ContainerState, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  ...mainOf(state, more),
  name: FILES_CONTAINER,
})

interface PodOptions {
  uid?: string
  createdAt?: number
  metadata?: Partial<Pod['metadata']>
  main?: ContainerStatus
  files?: ContainerStatus
  status?: Pod['status']
}

const podOf = (name: string, component: string, options: PodOptions): Pod => ({
  metadata: {
    name,
    namespace: 'flink',
    uid: options.uid ?? `uid-of-${name}`,
    creationTimestamp: timeAt(options.createdAt ?? 1),
    labels: { app: NAME, component, type: 'flink-native-kubernetes', ...clusterLabels('installation-1', CLUSTER) },
    ...options.metadata,
  },
  status: {
    phase: 'Running',
    startTime: timeAt(2),
    ...(options.main && { containerStatuses: [options.main] }),
    ...(options.files && { initContainerStatuses: [options.files] }),
    ...options.status,
  },
})

export const jobManager = (options: PodOptions = {}): Pod =>
  podOf(`${NAME}-5d8f9c7b4-abcde`, 'jobmanager', { uid: 'jm-1', ...options })
export const taskManager = (index: number, options: PodOptions = {}): Pod =>
  podOf(`${NAME}-taskmanager-1-${index}`, 'taskmanager', options)

export const NOT_SCHEDULED: NonNullable<Pod['status']> = {
  phase: 'Pending',
  conditions: [
    {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message:
        '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims ' +
        'found for incoming pod.',
    },
  ],
}
