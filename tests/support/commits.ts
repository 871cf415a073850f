/**
 * Counts what SQLite is made to write, at the seam to its library: commits that changed something, with and without
 * waiting for the disk, and statements that did. Nothing of ours is replaced.
 */
import SqliteFile from 'better-sqlite3'
import { onTestFinished } from 'vitest'

export interface Commits {
  /** Waited for the disk: an fsync each. */
  durable: number
  /** Did not wait. */
  relaxed: number
  /** Statements that changed rows. */
  statements: number
}

type Files = { -readonly [Name in 'prepare' | 'exec']: (this: SqliteFile.Database, sql: string) => unknown }

/** From now on, on every connection, until the test ends. */
export function countCommits(): Commits {
  const counts: Commits = { durable: 0, relaxed: 0, statements: 0 }
  const prototype = SqliteFile.prototype as unknown as Files
  const { prepare, exec } = prototype
  const ask = (file: SqliteFile.Database, sql: string): number =>
    Number((prepare.call(file, sql) as SqliteFile.Statement).pluck().get())
  /** Rows changed so far, and so many of them committed. */
  const changed = new WeakMap<SqliteFile.Database, { rows: number; committed: number }>()
  const note = <T>(file: SqliteFile.Database, work: () => T): T => {
    const rowsBefore = changed.get(file)?.rows ?? ask(file, 'select total_changes()')
    const { committed } = changed.get(file) ?? { committed: rowsBefore }
    const result = work()
    const rows = ask(file, 'select total_changes()')
    if (rows > rowsBefore) counts.statements += 1
    const ends = !file.inTransaction && rows > committed
    if (ends) counts[ask(file, 'pragma synchronous') === FULL ? 'durable' : 'relaxed'] += 1
    changed.set(file, { rows, committed: ends ? rows : committed })
    return result
  }
  prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql) as SqliteFile.Statement
    if (/^\s*(select|pragma)\b/i.test(sql)) return statement
    for (const name of ['run', 'all', 'get'] as const) {
      const real = statement[name] as (...parameters: unknown[]) => unknown
      Object.assign(statement, { [name]: (...given: unknown[]) => note(this, () => real.apply(statement, given)) })
    }
    return statement
  }
  prototype.exec = function (sql) {
    return note(this, () => exec.call(this, sql))
  }
  onTestFinished(() => void Object.assign(prototype, { prepare, exec }))
  return counts
}

/** Of `pragma synchronous`. */
const FULL = 2
