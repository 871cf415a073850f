/**
 * A lock between processes of this machine that dies with its holder: an exclusive transaction on an empty SQLite
 * database. The kernel frees the file lock under it however the process ends, so that nothing ever has to be judged
 * stale.
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'

/** Waits until `file` is locked and answers its release. Aborted, it throws the signal's reason. */
export type Lock = (file: string, signal?: AbortSignal) => Promise<() => void>

const POLL_MS = 100

export const lockFile: Lock = async (file, signal) => {
  await mkdir(dirname(file), { recursive: true })
  for (;;) {
    signal?.throwIfAborted()
    const release = tryLock(file)
    if (release) return release
    await delay(POLL_MS, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
}

function tryLock(file: string): (() => void) | undefined {
  const database = new Database(file, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
    return () => database.close()
  } catch (error) {
    database.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}
