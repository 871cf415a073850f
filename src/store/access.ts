/** How the groups reach the database: alike on both, and alike inside and outside a caller's transaction. */
import type { Kysely } from 'kysely'
import type { Clock } from '../domain/clock.ts'
import type { Backend } from './backend.ts'
import type { Tables } from './tables.ts'
import { createNotes, type UnreadableNotes } from './unreadable.ts'

/** A writing transaction. `changed`: it appended to the feed. */
export interface Tx {
  db: Kysely<Tables>
  changed: boolean
}

export interface Access {
  readonly clock: Clock
  readonly unreadable: UnreadableNotes
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
    unreadable: createNotes(),
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
export const accessWithin = (tx: Tx, { clock, unreadable }: Access): Access => ({
  clock,
  unreadable,
  db: tx.db,
  write: (work) => work(tx),
  relaxed: (work) => work(tx.db),
})
