/**
 * The store: what was asked for, what was intended, what was seen. One schema on two databases (SQLite, PostgreSQL).
 * It may import domain only, and must never start, stop or call anything: it remembers. `openStore` of open.ts makes
 * one. It fails with a StoreError (errors.ts) where people can do something about it: a full disk, a second server,
 * a newer schema, a database that does not answer.
 *
 * Every promise resolves when its change is durable: what was acknowledged survives `kill -9`. Groups are plain
 * objects of functions; `transaction` gives the same groups bound to one transaction.
 */
import type { KubeLedger } from '../domain/kubernetes.ts'
import type { ProcessLedger, SpareLedger } from '../domain/process.ts'
import type { Accounts } from './accounts.ts'
import type { Artifacts } from './artifact-records.ts'
import type { Attempts } from './attempts.ts'
import type { Events } from './events.ts'
import type { Changes } from './feed.ts'
import type { Generations } from './generations.ts'
import type { Reserve } from './reserve.ts'
import type { Resources } from './resource-records.ts'
import type { KubeClusters, Workspaces } from './targets.ts'
import type { UnreadableRecords } from './unreadable.ts'

// What other rooms say with the groups; they know this file, not who has which group.
export type { Change, Changes, FeedKind } from './feed.ts'
export type { IdempotencyClaim } from './idempotency.ts'
export { SORTS } from './listed-views.ts'
export type { Page } from './marker.ts'
export { BadMarker } from './marker.ts'
export type { Reserve } from './reserve.ts'
export type { ChangeOutcome, CreateOutcome, ResourceSummary } from './resource-records.ts'
export { UnreadableRecord } from './unreadable.ts'

export interface StoreGroups {
  resources: Resources
  generations: Generations
  attempts: Attempts
  events: Events
  accounts: Accounts
  workspaces: Workspaces
  kubeClusters: KubeClusters
  processes: ProcessLedger
  spares: SpareLedger
  kubeLaunches: KubeLedger
  artifacts: Artifacts
}

export interface Store extends StoreGroups {
  /** One per store, bound to its data folder: a copied folder gets a new one. */
  readonly installation: string
  /**
   * Since when (ISO 8601). What was recorded before is the business of the installation that this store was copied
   * from.
   */
  readonly installedAt: string
  changes: Changes
  unreadable: UnreadableRecords
  /**
   * All that `work` does through the groups it is given happens, or none of it. Keep it short, it holds up every
   * other writer; and call no function of the store itself inside, which would wait for this very transaction.
   */
  transaction<T>(work: (groups: StoreGroups) => Promise<T>): Promise<T>
  /** Why the database can't be used, in words for anybody (for /readyz); undefined when it can. */
  problem(): Promise<string | undefined>
  /** Present where the store is on the disk of the data folder; see Backend. */
  reserve?: Reserve
  close(): Promise<void>
}
