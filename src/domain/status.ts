/** What was seen of a resource, and the one word that sums it up for people. Times are ISO 8601 in UTC. */

import type { PortObservation } from './observation.ts'

export const STATES = [
  'PENDING',
  'RUNNING',
  'UPDATING',
  'SUSPENDED',
  'FINISHED',
  'CANCELED',
  'FAILED',
  'DELETING',
] as const
export type State = (typeof STATES)[number]

/** States in which nothing more happens without a caller's change. */
export const ENDED_STATES: readonly State[] = ['FINISHED', 'CANCELED', 'FAILED']

export interface StatusError {
  code: string
  /** For people: what went wrong and what to do about it. Never holds a secret. */
  message: string
  at: string
  /** When it is tried again by itself; absent when it is not. */
  retryAt?: string
}

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  since: string
}

export interface CheckpointSummary {
  id: number
  completedAt: string
  sizeBytes?: number
  location?: string
}

/** The one that was completed later. */
export function newerCheckpoint(
  a: CheckpointSummary | undefined,
  b: CheckpointSummary | undefined,
): CheckpointSummary | undefined {
  return a && b ? (b.completedAt > a.completedAt ? b : a) : (a ?? b)
}

export interface Status {
  observedAt?: string
  /** One line about what is happening right now ("downloading Flink 1.17.1: 45 %"). */
  detail: string
  error?: StatusError
  /**
   * What people should know of the configuration and of a session's jars: sentences that say what to do. Absent where
   * there is nothing.
   */
  warnings?: string[]
  flinkVersion?: string
  /** `17.0.15`: the Java that the JobManager runs on. */
  javaVersion?: string
  /** Flink's own web UI and REST API, as reached from the server's machine. */
  flinkUrl?: string
  /** Ports of the server's machine that processes listen on because `flinkConfiguration` says so. */
  ports?: PortObservation[]
  /** The name that a job has in Flink, once Flink has told it. */
  flinkJobName?: string
  taskManagers?: { running: number; wanted: number }
  slots?: { total: number; available: number }
  /** Flink's own word for a job's state. */
  jobState?: string
  jobs?: { running: number; finished: number; failed: number; canceled: number }
  lastCheckpoint?: CheckpointSummary
  /** How often the cluster (or, for a job, the job) had to be started again. */
  restarts: number
  conditions: Condition[]
}

export const NEW_STATUS: Status = { detail: 'accepted', restarts: 0, conditions: [] }
