/** How the groups reach the database: alike on both, and alike inside and outside a caller's transaction. */
import type { Kysely } from 'kysely'
import type { Clock } from '../domain/clock.ts'
import type { Database } from './migrations/migrator.ts'
import type { Tables } from './tables.ts'

/** An open database. sqlite.ts and postgres.ts make one each. */
export interface Backend {
  readonly database: Database
  readonly kysely: Kysely<Tables>
  /** For messages: the file or the address, without a password. */
  readonly address: string
  /** The first statement of a writing transaction: from here to its commit it is the only one that writes. */
  serialise(trx: Kysely<Tables>): Promise<void>
  /** Runs a write that need not survive a power cut (but survives `kill -9`), without waiting for the disk. */
  relaxed(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>
  /** Within a transaction that changed a resource: tells other processes once it is committed. */
  announce(trx: Kysely<Tables>): Promise<void>
  /** Calls back when another process announced something. */
  onAnnounced(callback: () => void): void
  close(): Promise<void>
}

/** A writing transaction. `changed`: it appended to the feed. */
export interface Tx {
  db: Kysely<Tables>
  changed: boolean
}

export interface Access {
  readonly clock: Clock
  /** For reading: the database, or the transaction that surrounds the call. */
  readonly db: Kysely<Tables>
  /** All or nothing; durable when the promise resolves. Inside a caller's transaction it is a part of that one. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  relaxed(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>
}

/** Access from outside of any transaction. `committed` is called after each commit that changed a resource. */
export function accessTo(backend: Backend, clock: Clock, committed: () => void): Access {
  return {
    clock,
    db: backend.kysely,
    relaxed: (work) => backend.relaxed(work),
    async write(work) {
      const { result, changed } = await backend.kysely.transaction().execute(async (trx) => {
        await backend.serialise(trx)
        const tx: Tx = { db: trx, changed: false }
        const result = await work(tx)
        if (tx.changed) await backend.announce(trx)
        return { result, changed: tx.changed }
      })
      if (changed) committed()
      return result
    },
  }
}

/** Access for groups that are bound to a transaction. */
export const accessWithin = (tx: Tx, clock: Clock): Access => ({
  clock,
  db: tx.db,
  write: (work) => work(tx),
  relaxed: (work) => work(tx.db),
})
