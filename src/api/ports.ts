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
  installed: boolean
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
