/**
 * The embedded database: one file, one connection, write-ahead log, every commit on disk before it is acknowledged.
 * better-sqlite3 works synchronously: a statement blocks the event loop for as long as it takes, so keep them small.
 * SQLite's own wait for a lock is off for that reason (sqlite-driver.ts, patience.ts).
 */

import { chmodSync } from 'node:fs'
import SqliteFile from 'better-sqlite3'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import { Kysely } from 'kysely'
import type { Backend } from './backend.ts'
import { messageOf, StoreError, translated, translatedOfCommit } from './errors.ts'
import { makePrivateFile } from './folder.ts'
import { patiently } from './patience.ts'
import { hasReserve, takeReserve } from './reserve.ts'
import { PatientSqliteDialect } from './sqlite-driver.ts'
import type { Tables } from './tables.ts'

/** Others may have the lock for moments. */
const PROBE_MS = 500

/** More statements than the groups have, so that the cache never really evicts. */
const CACHED_STATEMENTS = 300

export interface SqliteBackend extends Backend {
  /** The connection itself, for pragmas. */
  readonly file: SqliteFile.Database
}

/** Opens or makes the database file, readable by its owner only. @throws StoreError UNAVAILABLE, DISK_FULL */
export function openSqlite(path: string): SqliteBackend {
  const file = openFile(path)
  const kysely = new Kysely<Tables>({ dialect: new PatientSqliteDialect({ database: driven(file, path) }) })
  return {
    database: 'sqlite',
    kysely,
    address: path,
    file,
    bind: () => {},
    probe: () => patiently(() => kysely.transaction().execute(async () => {}), PROBE_MS),
    // There is one connection, and Kysely lends it to one transaction at a time.
    serialise: async () => {},
    relaxed: (work) =>
      kysely.connection().execute(async (connection) => {
        file.pragma('synchronous = NORMAL')
        try {
          await work(connection)
        } finally {
          file.pragma('synchronous = FULL')
        }
      }),
    announce: async () => {},
    onAnnounced: () => {},
    reserve: {
      there: () => hasReserve(file),
      take: () =>
        takeReserve(file, (step) =>
          kysely.connection().execute(async () => {
            // Nothing of it has to survive a power cut.
            file.pragma('synchronous = NORMAL')
            try {
              translating(path, step)
            } finally {
              file.pragma('synchronous = FULL')
            }
          }),
        ),
    },
    async close() {
      await kysely.destroy()
      file.close()
    },
  }
}

function openFile(path: string): SqliteFile.Database {
  let file: SqliteFile.Database | undefined
  try {
    // SQLite gives its log and index the mode of the database file.
    makePrivateFile(path)
    chmodSync(path, 0o600)
    file = new SqliteFile(path, { timeout: 0 })
    file.pragma('journal_mode = WAL')
    file.pragma('synchronous = FULL')
    file.pragma('foreign_keys = ON')
    // macOS only: its fsync alone does not reach the disk.
    file.pragma('fullfsync = ON')
    file.pragma('journal_size_limit = 67108864')
    return file
  } catch (error) {
    file?.close()
    const known = translated(error, path)
    if (known instanceof StoreError && known.code !== 'UNAVAILABLE') throw known
    throw new StoreError('UNUSABLE', `The database ${path} cannot be opened: ${messageOf(error)}.`, error)
  }
}

/** What Kysely drives: statements are prepared once, errors get a code and a message. */
function driven(file: SqliteFile.Database, address: string): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>()
  const prepare = (sql: string): SqliteStatement => {
    if (sql === 'rollback') return rollback(file)
    const cached = cache.get(sql)
    if (cached) return cached
    // Taking the write lock at the start: a transaction never fails half way because another began.
    const statement = guarded(file.prepare(sql === 'begin' ? 'begin immediate' : sql), sql === 'commit', address)
    if (cache.size >= CACHED_STATEMENTS) cache.clear()
    cache.set(sql, statement)
    return statement
  }
  return {
    prepare: (sql) => translating(address, () => prepare(sql)),
    close: () => file.close(),
  }
}

/** A full disk makes SQLite roll back by itself; to roll back once more would hide the reason. */
function rollback(file: SqliteFile.Database): SqliteStatement {
  const run = () => {
    if (file.inTransaction) file.exec('rollback')
    return { changes: 0, lastInsertRowid: 0 }
  }
  return { reader: false, run, all: () => [], iterate: () => [][Symbol.iterator]() }
}

function guarded(statement: SqliteFile.Statement, commits: boolean, address: string): SqliteStatement {
  const translate = commits ? translatedOfCommit : translated
  return {
    reader: statement.reader,
    all: (parameters) => translating(address, () => statement.all(...parameters), translate),
    run: (parameters) => translating(address, () => statement.run(...parameters), translate),
    iterate: (parameters) => statement.iterate(...parameters),
  }
}

function translating<T>(address: string, work: () => T, translate = translated): T {
  try {
    return work()
  } catch (error) {
    throw translate(error, address)
  }
}
