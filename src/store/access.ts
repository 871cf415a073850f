/** How the groups reach the database: alike on both, and alike inside and outside a caller's transaction. */
import type { Kysely } from 'kysely'
import type { Clock } from '../domain/clock.ts'
import type { Backend } from './backend.ts'
import { listedResources } from './listed.ts'
import { patiently } from './patience.ts'
import type { Tables } from './tables.ts'
import { createNotes, type UnreadableNotes } from './unreadable.ts'
import { type Memory, type Tx, writeQueue } from './write-queue.ts'

export type { Tx } from './write-queue.ts'

export interface Access extends Memory {
  readonly clock: Clock
  readonly unreadable: UnreadableNotes
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
export function accessTo(backend: Backend, clock: Clock, { committed, failed }: Written, memory: Memory): Access {
  const telling = <T>(write: Promise<T>): Promise<T> =>
    write.catch((error) => {
      failed()
      throw error
    })
  const write = writeQueue(backend, memory, committed)
  return {
    clock,
    unreadable: createNotes(),
    ...memory,
    db: backend.kysely,
    relaxed: (work) => telling(patiently(() => backend.relaxed(work))),
    write: (work) => telling(write(work)),
  }
}

/** Access for groups that are bound to a transaction. */
export const accessWithin = (tx: Tx, { clock, unreadable, times }: Access): Access => ({
  clock,
  unreadable,
  times,
  // What is not committed is for nobody else's lists.
  listed: listedResources(),
  db: tx.db,
  write: (work) => work(tx),
  relaxed: (work) => work(tx.db),
})
