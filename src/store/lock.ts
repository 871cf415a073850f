/**
 * One server a data folder. The lock is an exclusive transaction on a small database: the kernel frees it when the
 * process ends, however it ends, so nothing stale is left to clear up. (It is a POSIX lock: no other code of this
 * process may open and close that file. Child processes do not inherit it.)
 */

import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import SqliteFile from 'better-sqlite3'
import { messageOf, StoreError, translated } from './errors.ts'
import { makePrivateFile } from './folder.ts'

export const LOCK_FILE = 'weir.lock'
/** Who holds the lock, for messages only. */
const HOLDER_FILE = 'weir.pid'

/**
 * Takes the data folder, which must exist, for this process. The answer gives it back.
 * @throws StoreError IN_USE, naming the folder and the process that has it
 */
export function lockDataFolder(dataDir: string): () => void {
  const path = join(dataDir, LOCK_FILE)
  const lock = hold(path, dataDir)
  const { ino } = statSync(path)
  const holder = join(dataDir, HOLDER_FILE)
  try {
    writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 })
  } catch {
    // A full disk: the lock itself holds, only the message for a second server will be poorer.
  }
  return () => {
    if (!lock.open) return
    // In a folder that has taken the place of this one it is another server's.
    if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(holder, { force: true })
    lock.close()
  }
}

function hold(path: string, dataDir: string): SqliteFile.Database {
  let lock: SqliteFile.Database | undefined
  try {
    makePrivateFile(path)
    lock = new SqliteFile(path, { timeout: 0 })
    lock.exec('begin exclusive')
    return lock
  } catch (error) {
    lock?.close()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')) {
      throw new StoreError(
        'IN_USE',
        `The data folder ${dataDir} is in use by another Weir server${holderOf(dataDir)}. ` +
          'Stop that one, or give this one a folder of its own (--data-dir).',
      )
    }
    const known = translated(error, dataDir)
    if (known instanceof StoreError && known.code === 'DISK_FULL') throw known
    throw new StoreError(
      'UNUSABLE',
      `The data folder ${dataDir} cannot be locked (${path}): ${messageOf(error)}.`,
      error,
    )
  }
}

function holderOf(dataDir: string): string {
  try {
    const pid = readFileSync(join(dataDir, HOLDER_FILE), 'utf8').trim()
    return /^\d+$/.test(pid) ? ` (process ${pid})` : ''
  } catch {
    return ''
  }
}
