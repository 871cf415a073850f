/**
 * When resources were observed again as their rows have them. That is most of what is ever observed, and it is kept in
 * memory: once a minute, and when the store is closed, a thousand of those times are written as one row, without
 * waiting for the disk. A server that is killed loses a minute of them, which makes no time more recent than it was.
 * docs/decisions/observed-times.md tells why.
 */
import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { type Clock, isoTime } from '../domain/clock.ts'
import { type ObservedAt, packTimes, unpackTimes } from './packed-times.ts'
import type { ResourceRow, Tables } from './tables.ts'

type Identified = Pick<ResourceRow, 'id' | 'sequence'>

export interface ObservedTimes {
  /** Memory only. `at` is ISO 8601. */
  again(ids: readonly string[], at: string): void
  /** When the resource was last observed, by memory or by its row. */
  of(row: Identified & Pick<ResourceRow, 'observed_at'>): string | null
  /** The row is written, or gone: what is known here is not newer. */
  forget(row: Identified): void
}

/** As much of a store's access as is needed here. */
interface Access {
  readonly clock: Clock
  readonly db: Kysely<Tables>
  relaxed(work: (db: Kysely<Tables>) => Promise<void>): Promise<void>
}

export interface KeptTimes extends ObservedTimes {
  /** What earlier servers have written. */
  load(db: Kysely<Tables>): Promise<void>
  /** Writes what is not written yet. */
  write(access: Access): Promise<void>
}

/** Resources in a row of the table. */
const IN_A_ROW = 1_000
/** How many are asked for, or written, in one statement. */
const AT_ONCE = { asked: 500, rows: 100 }

export function keptTimes(): KeptTimes {
  const times = new Map<string, { ms: number; sequence: number }>()
  /** By sequence: of an earlier server, until this one has found out whose they are. */
  const earlier = new Map<number, number>()
  const written: string[] = []
  let changed = false
  return {
    again(ids, at) {
      const ms = Date.parse(at)
      for (const id of ids) {
        const known = times.get(id)
        if (known) known.ms = ms
        else times.set(id, { ms, sequence: UNKNOWN })
      }
      changed ||= ids.length > 0
    },

    of({ id, sequence, observed_at: at }) {
      const ms = times.get(id)?.ms ?? earlier.get(sequence)
      return ms === undefined || (at !== null && Date.parse(at) >= ms) ? at : isoTime(ms)
    },

    forget({ id, sequence }) {
      times.delete(id)
      earlier.delete(sequence)
    },

    async load(db) {
      for (const { part, times } of await db.selectFrom('observed_times').selectAll().orderBy('part').execute()) {
        written[part] = times
        for (const { sequence, ms } of unpackTimes(times)) earlier.set(sequence, ms)
      }
    },

    async write(access) {
      if (!changed) return
      changed = false
      try {
        await adopt(access.db, earlier, times)
        await number(access.db, times)
        await writeParts(access, partsOf([...times.values()]), written)
      } catch (error) {
        changed = true
        throw error
      }
    },
  }
}

/** Of a resource whose row was not looked up yet. */
const UNKNOWN = 0

type TimesById = Map<string, ObservedAt>

/** Finds out whose the times of an earlier server are, once: those of resources that are gone go. */
async function adopt(db: Kysely<Tables>, earlier: Map<number, number>, times: TimesById): Promise<void> {
  for (const sequences of slices([...earlier.keys()], AT_ONCE.asked)) {
    const rows = await db
      .selectFrom('resources')
      .select(['id', 'sequence'])
      .where('sequence', 'in', sequences)
      .execute()
    for (const { id, sequence } of rows) {
      const ms = earlier.get(sequence)
      if (ms !== undefined && !times.has(id)) times.set(id, { ms, sequence })
    }
    for (const sequence of sequences) earlier.delete(sequence)
    await setImmediate()
  }
}

/** Looks up the sequences that are not known yet, each once; times of resources that are gone go. */
async function number(db: Kysely<Tables>, times: TimesById): Promise<void> {
  const unknown = [...times].filter(([, { sequence }]) => sequence === UNKNOWN).map(([id]) => id)
  for (const ids of slices(unknown, AT_ONCE.asked)) {
    const rows = await db.selectFrom('resources').select(['id', 'sequence']).where('id', 'in', ids).execute()
    const found = new Map(rows.map(({ id, sequence }) => [id, sequence]))
    for (const id of ids) {
      const [entry, sequence] = [times.get(id), found.get(id)]
      if (entry && sequence !== undefined) entry.sequence = sequence
      else times.delete(id)
    }
    await setImmediate()
  }
}

function partsOf(times: ObservedAt[]): string[] {
  const numbered = times.filter(({ sequence }) => sequence !== UNKNOWN).sort((a, b) => a.sequence - b.sequence)
  return slices(numbered, IN_A_ROW).map(packTimes)
}

/** Writes the rows that are not as they were. `written` has what the table has. */
async function writeParts(access: Access, parts: string[], written: string[]): Promise<void> {
  const rows = parts.map((times, part) => ({ part, times })).filter(({ part, times }) => written[part] !== times)
  for (const some of slices(rows, AT_ONCE.rows)) {
    await access.relaxed(async (db) => {
      await db
        .insertInto('observed_times')
        .values(some)
        .onConflict((conflict) => conflict.column('part').doUpdateSet((row) => ({ times: row.ref('excluded.times') })))
        .execute()
    })
    for (const { part, times } of some) written[part] = times
  }
  if (written.length <= parts.length) return
  await access.relaxed(async (db) => {
    await db.deleteFrom('observed_times').where('part', '>=', parts.length).execute()
  })
  written.length = parts.length
}

function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) => items.slice(n * size, (n + 1) * size))
}

const EVERY_MS = 60_000

/** Writes once a minute until the answer is called, which writes for the last time. What fails is tried again. */
export function keepTimesWritten(access: Access, times: KeptTimes): () => Promise<void> {
  let writing = Promise.resolve()
  const write = () => (writing = writing.then(() => times.write(access)).catch(() => {}))
  let cancel = access.clock.after(EVERY_MS, again)
  function again(): void {
    void write().then(() => {
      if (!ended) cancel = access.clock.after(EVERY_MS, again)
    })
  }
  let ended = false
  return () => {
    ended = true
    cancel()
    return write()
  }
}
