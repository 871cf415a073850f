/** The change feed as its readers know it: what was written, in the order of commits. */
import type { Kind } from '../domain/kinds.ts'

/** What the change feed tells of. */
export type FeedKind = Kind | 'workspace' | 'kubeCluster'

/** One entry of the change feed; `sequence` grows in the order of commits. */
export interface Change {
  sequence: number
  kind: FeedKind
  id: string
  /** Of a workspace its own ID; empty for a cluster. */
  workspace: string
  parent?: string
  what: 'CREATED' | 'UPDATED' | 'OBSERVED' | 'REMOVED'
}

export interface Changes {
  /** Entries after a sequence, oldest first. */
  since(sequence: number, limit: number): Promise<Change[]>
  /** The newest sequence; 0 when nothing was ever written. */
  head(): Promise<number>
  /** Calls back after commits of this process (and, on PostgreSQL, of others). The answer unsubscribes. */
  onChange(callback: () => void): () => void
}
