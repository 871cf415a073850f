/**
 * What the plan needs to know of the world, in its own words. The runtime's and Flink's answers fit these shapes as
 * they are; the plan knows neither of them.
 */
import type { ProcessExit, ProcessRole } from './process.ts'

/** The end of a JobManager or TaskManager. */
export interface SeenExit {
  /** Unique for ever, so that an end is told once. */
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

export interface SeenCluster {
  phase: 'ABSENT' | 'PREPARING' | 'UP' | 'FAILED' | 'ENDED'
  detail: string
  incarnation?: string
  endpoint?: string
  taskManagers: readonly { id: string; ordinal: number }[]
  exits: readonly SeenExit[]
  failure?: { code: string; message: string; retryable: boolean }
  /** Why the TaskManagers that were asked for could not all be started. */
  shortage?: string
  /** What people should know of the cluster's jars; absent while that isn't known. */
  warnings?: readonly string[]
  /** Flink's own high availability brings jobs back under their IDs when this generation's JobManager is replaced. */
  recovers?: boolean
}

/** Flink's own answer about a session cluster. */
export interface SeenFlink {
  flinkVersion: string
  /** What the JobManager runs on. `concern`: what is to be said of this Flink on it; `tested` where that is known to work. */
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
