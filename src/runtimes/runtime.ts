/**
 * What Weir asks of a target that clusters run in. A new runtime is one folder beside this file that passes
 * `conformance.ts`. The reconciler knows nothing of a runtime but this.
 *
 * Every call is short: long work (downloads, JVM starts) goes on in the background and shows in `observe`.
 * Every call may be repeated, also by the next server after a `kill -9`, without doubling anything.
 */
import type { ClusterRef, EffectiveClusterSpec } from '../domain/cluster.ts'
import type { Where } from '../domain/configuration.ts'
import type { TargetObservation } from '../domain/kubernetes.ts'
import type { ClusterObservation } from '../domain/observation.ts'
import type { ProcessRole } from '../domain/process.ts'
import type { SessionSpec } from '../domain/spec.ts'
import type { FlinkRest } from '../flink/rest.ts'

export interface RemoveProgress {
  done: boolean
  /** What is still waited for ("TaskManager 2 (pid 4711) to stop"). */
  waitingOn: string
  /** Done only in that nothing more can be done from here: what may be left, and where. */
  leftBehind?: string
}

export interface Capacity {
  /** TaskManagers that may run when the caller sets no `max`; Infinity where only the cluster itself can tell. */
  taskManagers: number
  /** TaskManagers that are kept when the caller sets no `min`. */
  least: number
  /** Flink itself starts and stops TaskManagers as its jobs need them: `scale` is not called. */
  selfScaling?: boolean
}

/** What all logs of one answer may have together. */
export const LOG_BYTES = 8 * 1024 ** 2

export interface LogQuery {
  /** Lines from the end of each process's log. */
  tail: number
  role?: ProcessRole
  ordinal?: number
}

export interface MemberLog {
  role: ProcessRole
  ordinal: number
  generation: number
  alive: boolean
  startedAt: string
  endedAt?: string
  /** Oldest first. */
  lines: string[]
}

/** JVMs that were started before anybody needed them. */
export interface WarmPoolStats {
  /** JVMs that wait now. */
  waiting: number
  /** Since this server has started. */
  started: number
  taken: number
  /** JVMs that had to be started for want of one that waited. */
  missed: number
  /** Ended without having been taken. */
  discarded: number
}

export interface CheckpointLocation {
  /** `chk-N`'s N. */
  id: number
  /** As Flink takes it for a restore. */
  location: string
}

/** One attempt at a session job, as the operator is to run it. */
export interface OperatorJob {
  /** ID of the job. */
  job: string
  attempt: number
  jarUri: string
  entryClass?: string
  args: string[]
  /** The operator wants to be told what Flink would take from the configuration. */
  parallelism: number
  flinkConfiguration: Record<string, string>
  /** A savepoint or checkpoint. */
  startedFrom?: string
  allowNonRestoredState?: boolean
}

/** `refused`: why the job won't run, for people. */
export type Submitted = { flinkJobId: string } | { refused: string }

/**
 * Session jobs that an operator beside the cluster submits, since only it can read their jars; it chooses their Flink
 * job IDs.
 */
export interface OperatorJobs {
  /** Whether a job with that jar is one of them. Such a jar is never staged. */
  takes(jarUri: string): boolean

  /**
   * Has the operator submit that attempt; a repetition, also by the next server, changes nothing. Resolves once
   * `isKnown` says that Flink has the job, or once nothing more is to be expected: `signal` ends the waiting. What is
   * refused may still be there: withdraw it. Throws Failure.
   */
  submit(
    cluster: ClusterRef,
    job: OperatorJob,
    how: { signal: AbortSignal; isKnown(flinkJobId: string): Promise<boolean> },
  ): Promise<Submitted>

  /**
   * Takes all attempts of a job away from the operator, which cancels what runs of them and starts none again. Call
   * until done.
   */
  withdraw(job: string, options: { force: boolean }): Promise<RemoveProgress>
}

/** A job about to be submitted. */
export interface EntryClassQuestion {
  entryClass?: string
  /** The job's own jar, as a file of the control plane. */
  jar?: string
  /** The cluster's with the job's own. */
  flinkConfiguration: Record<string, string>
}

/** Where a job's own jar comes from when it is sent. */
export type JarSource =
  | {
      /** A file of the control plane. */
      path: string
    }
  | {
      path?: never
      /**
       * Has the JobManager fetch it; answers the ID of the jar there, which is listed as `name`. May be repeated.
       * Throws Failure (FILE_UNAVAILABLE, DISK_FULL) or FlinkRestError.
       */
      intoJobManager(flink: FlinkRest, name: string, signal: AbortSignal): Promise<string>
    }

export interface Runtime {
  readonly name: string

  /** This machine, whose processes share its ports, when absent. */
  readonly where?: Where

  /** Absent where Weir submits every job itself. */
  readonly operatorJobs?: OperatorJobs

  observe(cluster: ClusterRef): Promise<ClusterObservation>

  /** Starts the cluster of that generation. A second call while it is there, or under way, does nothing. */
  launch(cluster: ClusterRef, spec: EffectiveClusterSpec): Promise<void>

  /**
   * Makes TaskManagers be `wanted` in number: starts what is missing; of what is too many stops only those in
   * `idle` (ids), since the runtime can't know which ones hold a job's slots. Never touches another generation.
   * Does nothing where Flink scales itself (`Capacity.selfScaling`).
   */
  scale(cluster: ClusterRef, wanted: number, idle: readonly string[]): Promise<void>

  /**
   * Stops that generation, TaskManagers too, and frees what it held but its logs. Call until done. `force`: kill at
   * once.
   */
  remove(cluster: ClusterRef, options: { force: boolean }): Promise<RemoveProgress>

  /**
   * After the last generation was removed: deletes what the resource had here (logs, checkpoints in the default folder;
   * never savepoints).
   */
  forget(resource: string): Promise<void>

  /** Flink's REST API of an UP cluster. */
  flink(cluster: ClusterRef, observed: ClusterObservation): FlinkRest

  /**
   * Configuration that this runtime wants by default (where checkpoints go, if it knows a target); the caller's keys
   * win.
   */
  defaults(resource: string): Record<string, string>

  /** How many TaskManagers of this size there are here beside the JobManager when the caller sets no bounds. */
  capacity(spec: SessionSpec): Promise<Capacity>

  /**
   * Makes a session job's own jar a file on the control plane's disk, or says how the cluster gets it. Throws Failure
   * (FILE_UNAVAILABLE, ...).
   */
  stageJar(cluster: ClusterRef, spec: EffectiveClusterSpec, uri: string): Promise<JarSource>

  /**
   * What people should know of a jar that was staged for that cluster, in sentences. Absent where a runtime never can.
   */
  jarWarnings?(cluster: ClusterRef, spec: EffectiveClusterSpec, jar: string): Promise<string[]>

  /**
   * Why main() of that job can't even begin (its class is in no jar, or none is named), for people; undefined where it
   * can, or where that can't be told. Absent where a runtime never can.
   */
  checkEntryClass?(cluster: ClusterRef, question: EntryClassQuestion): Promise<string | undefined>

  /**
   * Complete checkpoints of one Flink job below a checkpoint folder, newest first; undefined where this runtime can't
   * look.
   */
  checkpoints(folder: string, flinkJobId: string): Promise<CheckpointLocation[] | undefined>

  /** Whether `checkpoints` can look below that folder. Absent where a runtime never can. */
  findsCheckpoints?(folder: string): boolean

  /**
   * What is wrong with the disk of a folder of Flink's, for people; undefined where nothing is, or where that can't be
   * told. Absent where a runtime never can.
   */
  diskTrouble?(folder: string): Promise<string | undefined>

  /** Deletes one Flink job's checkpoints below that folder, if it can be reached from here. */
  discardCheckpoints(folder: string, flinkJobId: string): Promise<void>

  /** Logs of a resource's processes, newest generation first, also of dead ones. */
  logs(resource: string, query: LogQuery): Promise<MemberLog[]>

  /**
   * Calls back when something happened to a cluster (a process ended, a download moved on): look there. The answer
   * unsubscribes.
   */
  onSignal(callback: (cluster: ClusterRef) => void): () => void

  /** Stops background work of this server; clusters go on. */
  /** Where it has any. */
  warmPool?(): WarmPoolStats
  close(): Promise<void>
}

/** The runtimes of all workspaces. */
export interface Runtimes {
  /**
   * The one that a workspace's clusters run on. Where none can be had, its calls fail with RUNTIME_UNREACHABLE, which
   * says why.
   */
  of(workspace: string): Promise<Runtime>
  /** Like `Runtime.onSignal`, of all of them. */
  onSignal(callback: (cluster: ClusterRef) => void): () => void
  /**
   * Looks at the target that a workspace's clusters run in; undefined where there is nothing to look at: this machine.
   */
  inspectWorkspace(workspace: string): Promise<TargetObservation | undefined>
  /** The same for a Kubernetes cluster. */
  inspectCluster(cluster: string): Promise<TargetObservation>
  /** Marks a target as the workspace's own. Throws Failure where it is somebody else's. */
  claim(workspace: string): Promise<void>
  /** Lets go of it. Throws Failure RUNTIME_UNREACHABLE. */
  release(workspace: string): Promise<void>
  /** Of Kubernetes: requests to API servers so far, and differences that only a resync found. */
  counts(): Promise<{ requests: number; corrections: number }>
  close(): Promise<void>
}
