/** What either of the two databases does for the store. */
import type { Kysely } from 'kysely'
import type { Reserve } from './reserve.ts'
import type { Tables } from './tables.ts'

export type Database = 'sqlite' | 'postgres'

/** An open database. sqlite.ts and postgres.ts make one each. */
export interface Backend {
  readonly database: Database
  readonly kysely: Kysely<Tables>
  /** For messages: the file or the address, without a password. */
  readonly address: string
  /** From now on this installation's: after a time without the database it has to be still that one. */
  bind(installation: string): void
  /** Finds out whether it could be written to, without writing. @throws StoreError */
  probe(): Promise<void>
  /** The first statement of a writing transaction: from here to its commit it is the only one that writes. */
  serialise(trx: Kysely<Tables>): Promise<void>
  /** Runs a write that need not survive a power cut (but survives `kill -9`), without waiting for the disk. */
  relaxed(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>
  /** Within a transaction that changed a resource: tells other processes once it is committed. */
  announce(trx: Kysely<Tables>): Promise<void>
  /** Calls back when another process announced something. */
  onAnnounced(callback: () => void): void
  /** Where the database is a file of this machine's. */
  reserve?: Reserve
  close(): Promise<void>
}
