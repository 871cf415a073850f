/** How the groups reach the database: alike on both, and alike inside and outside a caller's transaction. */
import type { Kysely } from 'kysely'
import type { Clock } from '../domain/clock.ts'
import type { Backend } from './backend.ts'
import { codeOf } from './errors.ts'
import { createObservedTimes, type ObservedTimes } from './observed-times.ts'
import { patiently } from './patience.ts'
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
  readonly observedTimes: ObservedTimes
  /** For reading: the database, or the transaction that surrounds the call. */
  readonly db: Kysely<Tables>
  /**
   * All or nothing; durable when the promise resolves. `work` is done again where the database says that nothing of it
   * was done. Inside a caller's transaction it is a part of that one.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  relaxed(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>
}

/** What is told of writes: that one changed a resource, and that one failed. */
export interface Written {
  committed(): void
  failed(): void
}

/** Access from outside of any transaction. */
export function accessTo(backend: Backend, clock: Clock, { committed, failed }: Written): Access {
  const telling = <T>(write: Promise<T>): Promise<T> =>
    write.catch((error) => {
      failed()
      throw error
    })
  return {
    clock,
    unreadable: createNotes(),
    observedTimes: createObservedTimes(),
    db: backend.kysely,
    relaxed: (work) => telling(patiently(() => backend.relaxed(work))),
    async write(work) {
      const transaction = () =>
        backend.kysely.transaction().execute(async (trx) => {
          await backend.serialise(trx)
          const tx: Tx = { db: trx, changed: false }
          const result = await work(tx)
          if (tx.changed) await backend.announce(trx)
          return { result, changed: tx.changed }
        })
      try {
        const { result, changed } = await telling(patiently(transaction))
        if (changed) committed()
        return result
      } catch (error) {
        // It may have happened: whoever lives on changes looks for himself.
        if (codeOf(error) === 'OUTCOME_UNKNOWN') committed()
        throw error
      }
    },
  }
}

/** Access for groups that are bound to a transaction. */
export const accessWithin = (tx: Tx, { clock, unreadable, observedTimes }: Access): Access => ({
  clock,
  unreadable,
  observedTimes,
  db: tx.db,
  write: (work) => work(tx),
  relaxed: (work) => work(tx.db),
})
