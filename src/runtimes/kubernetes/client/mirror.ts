/**
 * A collection of the API server, held here and kept up to date: listed once, then watched. What goes wrong is told by
 * `trouble` and `seenAt` and never by an empty mirror; it goes on trying until it is closed. Lists that come again,
 * every `resyncMs` and after a gap in the watches, count the differences that no watch had brought.
 */
import type { Clock } from '../../../domain/clock.ts'
import type { KubeApi } from './api.ts'
import type { KubeTrouble } from './errors.ts'
import type { KubeObject } from './object.ts'

export interface MirrorStats {
  lists: number
  watches: number
  /** Without bookmarks. */
  events: number
  /** Differences that lists found after the first one: what watches should have brought. */
  corrected: number
  /** `onChange` and `onTrouble` that threw; they are called again at the next change as if nothing had been. */
  thrown: number
}

export interface Mirror<T extends KubeObject> {
  /** By name; `NAMESPACE/NAME` where the path is that of a namespaced kind in all namespaces. */
  get(name: string): T | undefined
  all(): T[]
  /**
   * When (ms) this last agreed with the API server: while a watch is open, the last sign of life of the API server,
   * which is some 10 seconds old at most when all is well. undefined: never.
   */
  readonly observedAt: number | undefined
  /** Why this can't be relied on now; undefined while a watch is open and the API server answers. */
  readonly trouble: KubeTrouble | undefined
  /** Resolves once the first list is in; rejects with the first trouble before it, or the present one. */
  ready(): Promise<void>
  /**
   * Lists once more, asked for after this call: what its caller has written before is in it. Rejects with KubeTrouble.
   */
  refresh(): Promise<void>
  stats(): Readonly<MirrorStats>
  /** Nothing is called back afterwards. */
  close(): void
}

export interface MirrorOptions<T extends KubeObject> {
  api: KubeApi
  /** Of the collection: `/api/v1/namespaces/NS/pods`. */
  path: string
  query?: { labelSelector?: string; fieldSelector?: string }
  clock: Clock
  /** An object that was replaced by another one of its name is told as gone, then as new. */
  onChange(before: T | undefined, after: T | undefined): void
  /** At each change of `trouble`. */
  onTrouble?(trouble: KubeTrouble | undefined): void
  resyncMs?: number
  watchSeconds?: number
  /** A watch on which nothing, not even a bookmark, came for so long is made anew. */
  stallMs?: number
  /** Drops what isn't needed; `metadata.name`, `uid` and `resourceVersion` are. */
  keep?(object: T): T
  random?: () => number
}
