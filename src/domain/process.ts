/** The identity of a JVM that a runtime on this machine starts, and the ledger it is written into before it exists. */
import type { ClusterRef } from './cluster.ts'

export type ProcessRole = 'jobmanager' | 'taskmanager'

export interface ProcessExit {
  /** Absent when the process ended while nobody could read its exit code. */
  code?: number
  signal?: string
  /** For people: "exited with code 137", "was gone after the machine had restarted". */
  reason: string
}

/**
 * INTENDED: recorded, maybe spawned. RUNNING: its pid is known. EXITED: it is gone.
 * A process is recognised by pid + start time + boot ID + UUID together, never by its pid alone.
 */
export interface ProcessRecord extends ClusterRef {
  uuid: string
  role: ProcessRole
  /** Counts the TaskManagers of a generation from 1; 0 for the JobManager. */
  ordinal: number
  state: 'INTENDED' | 'RUNNING' | 'EXITED'
  memoryBytes: number
  /** We asked it to stop: its end is no failure. */
  stopRequested: boolean
  pid?: number
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  startTime?: string
  bootId?: string
  /** Port of Flink's REST API; the JobManager's only. */
  restPort?: number
  /** Port that TaskManagers find the JobManager at; the JobManager's only. */
  rpcPort?: number
  createdAt: string
  exitedAt?: string
  exit?: ProcessExit
}

/** A JVM that was started before anybody needed it, and belongs to no resource yet. */
export interface SpareRecord {
  uuid: string
  role: ProcessRole
  memoryBytes: number
  createdAt: string
}

/** Where spares are written down before they exist. Each call is durable when its promise resolves. */
export interface SpareLedger {
  intend(record: SpareRecord): Promise<void>
  list(): Promise<SpareRecord[]>
  /** Moves that spare, by its UUID, into the ledger of processes: at once or not at all. False when it is not there. */
  assign(record: ProcessRecord): Promise<boolean>
  forget(uuid: string): Promise<void>
}

/** What the store offers a runtime on this machine. Each call is durable when its promise resolves. */
export interface ProcessLedger {
  intend(record: ProcessRecord): Promise<void>
  update(
    uuid: string,
    change: Partial<Omit<ProcessRecord, 'uuid' | 'resource' | 'generation' | 'role' | 'ordinal'>>,
  ): Promise<void>
  /** All of the installation's processes; narrowed by cluster and to those not EXITED. */
  list(filter?: { cluster?: ClusterRef; resource?: string; live?: boolean }): Promise<ProcessRecord[]>
  /** Forgets a removed resource's processes. */
  forget(resource: string): Promise<void>
}
