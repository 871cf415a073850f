/** What the API needs beyond the store; the composition root gives it. The API itself never touches a runtime. */
import type { Readable } from 'node:stream'
import type { Clock } from '../domain/clock.ts'
import type { JarInspection } from '../domain/jar.ts'
import type { FlinkRuntime } from '../domain/spec.ts'
import type { CheckpointSummary } from '../domain/status.ts'
import type { Store } from '../store/store.ts'

export interface ProcessLog {
  /** `jobmanager` or `taskmanager-N`. */
  process: string
  generation: number
  state: 'RUNNING' | 'EXITED'
  startedAt: string
  endedAt?: string
  lines: string[]
}

export interface LogSource {
  /** The last `tail` lines of each process of a resource, newest generation first, dead ones included. */
  read(resource: string, query: { tail: number; process?: string }): Promise<ProcessLog[]>
}

export interface RuntimeInfo {
  id: FlinkRuntime
  /** The Flink version behind it. */
  flinkVersion: string
  /** Present where it is installed on the server's machine, with the version of the S3 plugin that came with it. */
  installed?: { s3Plugin?: string }
  java: {
    /** Releases by Flink's own documentation: 17. */
    supported: readonly number[]
    experimental: readonly number[]
    /** What sessions on the server's machine would be run with. Where that is installed is not for callers. */
    used?: { version: string }
    note?: string
  }
}

/** A whole file that is not kept yet. */
interface Upload {
  path: string
  sizeBytes: number
  sha256: string
  inspection?: JarInspection
}

/** The bytes of uploaded files; the store has the rest. */
export interface UploadFiles {
  readonly maxBytes: number
  /** Whole or not at all. Throws UploadRefused, and what the disk says. */
  receive(chunks: AsyncIterable<Buffer>, announced: { totalBytes?: number; sha256?: string }): Promise<Upload>
  /** Makes it last while `record` tells the store of it; what the store does not have after that is gone. */
  keep<T>(upload: Upload, record: () => Promise<T>): Promise<T>
  /** Has the store forget a version by `forget`, and removes its content when no other has it. */
  drop<T>(sha256: string, forget: () => Promise<T>): Promise<T>
  /** Undefined when the content is not there. */
  read(sha256: string): Promise<Readable | undefined>
}

export interface ApiPorts {
  store: Store
  clock: Clock
  logs: LogSource
  uploads: UploadFiles
  runtimes(): Promise<RuntimeInfo[]>
  /** Called when a key was revoked, before the answer: a key file that held it gets another key. */
  keysRevoked(): Promise<void>
  /** What is missing on the disk for something new in the store, or for an uploaded file; undefined: nothing. */
  room?(what: 'store' | 'files'): Promise<{ freeBytes: number; neededBytes: number } | undefined>
  /** How old an observation may be before it is called stale, in milliseconds; grows with what there is to observe. */
  readonly staleAfterMs: number
  /** A run's newest checkpoint, where the store need not know of it yet. */
  lastCheckpoint?(id: string): CheckpointSummary | undefined
  /** The same for clusters and workspaces, where they are inspected less often. */
  targetStaleAfterMs?: number
  version: string
}
