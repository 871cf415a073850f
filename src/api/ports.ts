/** What the API needs beyond the store; the composition root gives it. The API itself never touches a runtime. */
import type { Clock } from '../domain/clock.ts'
import type { FlinkRuntime } from '../domain/spec.ts'
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
  /** Present where it is installed on the server's machine, with the version of the S3 plugin that came with it, if one did. */
  installed?: { s3Plugin?: string }
  java: {
    /** Releases by Flink's own documentation: 17. */
    supported: readonly number[]
    experimental: readonly number[]
    /** What sessions on the server's machine would be run with; the home is for whoever can use that machine, not for callers. */
    used?: { version: string }
    note?: string
  }
}

export interface ApiPorts {
  store: Store
  clock: Clock
  logs: LogSource
  runtimes(): Promise<RuntimeInfo[]>
  /** How old an observation may be before it is called stale, in milliseconds. */
  staleAfterMs: number
  /** The same for clusters and workspaces, where they are looked at less often. */
  placeStaleAfterMs?: number
  version: string
}
