/**
 * Room for deletions, inside of the database's own files, where no other program can take it: pages of the database
 * that are free, and a write-ahead log that is as long as it gets between two of SQLite's own checkpoints. On a full
 * disk a write needs no more than those. A file system that never writes in place (btrfs, ZFS) may want room all the
 * same. docs/decisions/room-for-deletions.md has the reasons.
 */
import { statSync } from 'node:fs'
import type SqliteFile from 'better-sqlite3'

/** Room in the store for deletions while its disk is full. */
export interface Reserve {
  /** Takes it, unless it is there: only from a disk that has more to spare. @throws StoreError */
  take(): Promise<void>
  there(): boolean
}

/** Some hundred deletions with what is noted of each; a checkpoint comes after 1000 pages of the log. */
const RESERVED_PAGES = 1280
const LOG_PAGES = 1000
/** It is taken in steps, between which others have their turn. */
const STEP_PAGES = 160

const numberOf = (file: SqliteFile.Database, pragma: string): number => Number(file.pragma(pragma, { simple: true }))

const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Half of it will do: it is filled up again before it is needed. */
const hasPages = (file: SqliteFile.Database): boolean =>
  numberOf(file, 'freelist_count') >= RESERVED_PAGES / 2 &&
  bytesOf(`${file.name}-wal`) >= LOG_PAGES * numberOf(file, 'page_size')

/** A page that is in the log alone has no room in the database yet. */
const isWritten = (file: SqliteFile.Database): boolean =>
  bytesOf(file.name) >= numberOf(file, 'page_count') * numberOf(file, 'page_size')

export const hasReserve = (file: SqliteFile.Database): boolean => hasPages(file) && isWritten(file)

/**
 * Takes the room, unless it is there; outside of any transaction. Only for a disk that has more to spare. `turn` runs
 * a step alone on the connection. A server that is killed in between leaves a table that the next one drops.
 */
export async function takeReserve(file: SqliteFile.Database, turn: (step: () => void) => Promise<void>): Promise<void> {
  if (!hasPages(file)) await takePages(file, turn)
  if (!isWritten(file)) await turn(() => void file.pragma('wal_checkpoint(PASSIVE)'))
}

async function takePages(file: SqliteFile.Database, turn: (step: () => void) => Promise<void>): Promise<void> {
  // Random, since a file system that compresses would keep no room for zeros.
  const step = numberOf(file, 'page_size') * STEP_PAGES
  try {
    await turn(() => file.exec('create table if not exists reserve (content blob not null)'))
    for (let pages = 0; pages < RESERVED_PAGES; pages += STEP_PAGES)
      await turn(() => void file.prepare('insert into reserve values (randomblob(?))').run(step))
  } finally {
    await turn(() => file.exec('drop table if exists reserve'))
  }
}
