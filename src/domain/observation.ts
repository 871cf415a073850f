/**
 * What the plan needs to know of the world, in its own words. The runtime's and Flink's answers fit these shapes as
 * they are; the plan knows neither of them.
 */
import type { FailureCode } from './failure.ts'
import type { ProcessExit, ProcessRole } from './process.ts'

/** The end of a JobManager or TaskManager. */
export interface MemberExit {
  /** Unique for ever, so that an end is reported once. */
  id: string
  role: ProcessRole
  ordinal: number
  at: string
  exit: ProcessExit
  /** The runtime stopped it on request. */
  requested: boolean
  /** The machine restarted under it. */
  rebooted: boolean
  /** Flink's own last words, if it left any: a line or two of its log for people. */
  message?: string
}

/**
 * ABSENT: nothing is there and nothing is under way (call `launch`, again if need be).
 * PREPARING: files are fetched or processes started. UP: a JobManager lives (it may not answer yet).
 * FAILED: the launch failed, `failure` says why. ENDED: the JobManager's life is over, `exits` says how.
 */
export type ClusterPhase = 'ABSENT' | 'PREPARING' | 'UP' | 'FAILED' | 'ENDED'

export interface TaskManagerObservation {
  /** Flink's resource ID: the `id` of its REST API. */
  id: string
  ordinal: number
}

export interface ClusterObservation {
  phase: ClusterPhase
  /** One line for people about what goes on ("downloading Flink 1.17.1: 45 %"). */
  detail: string
  /** One life of the JobManager: a new value whenever another process answers. Present while UP and ENDED. */
  incarnation?: string
  /** Base URL of Flink's REST API, for people and proxies; the program itself uses `Runtime.flink`. */
  endpoint?: string
  /** Those alive now, registered with Flink or not. */
  taskManagers: readonly TaskManagerObservation[]
  exits: readonly MemberExit[]
  failure?: { code: FailureCode; message: string; retryable: boolean }
  /** While UP: why not all TaskManagers that are wanted could be started, for people. */
  shortage?: string
  /** What people should know of the cluster's jars; absent while that isn't known. */
  warnings?: readonly string[]
  /** While UP, where several processes share a machine: which ports of a range each has taken, as far as it has. */
  ports?: readonly PortObservation[]
  /** Flink's own high availability brings jobs back under their IDs when this generation's JobManager is replaced. */
  recovers?: boolean
}

/** A port of this machine that one process of a cluster listens on because its configuration says so. */
export interface PortObservation {
  /** `jobmanager`, `taskmanager-2`. */
  process: string
  /** The configuration key: `metrics.reporter.prom.port`. */
  name: string
  port: number
}

/** Flink's own answer about a cluster. */
export interface FlinkObservation {
  flinkVersion: string
  /**
   * What the JobManager runs on. `concern`: what is to be said of this Flink on it; `tested` where that is known to
   * work.
   */
  java?: { version: string; concern?: { tested: boolean; message: string } }
  slotsTotal: number
  slotsAvailable: number
  /** Registered TaskManagers. `idleSince`: milliseconds since the epoch; absent while a slot is in use. */
  taskManagers: readonly { id: string; slots: number; freeSlots: number; idleSince?: number }[]
  jobs: readonly { id: string; state: string }[]
  /** Slots that all live jobs need together. */
  slotsNeeded: number
  /** Since when subtasks wait although no slot is free; absent when none does. */
  waitingSince?: number
}
