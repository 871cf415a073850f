/** Tells a store that cannot answer from a defect of ours: by the store's own word, else by codes of databases. */

import type { StoreErrorCode } from '../store/errors.ts'
import { StoreError } from '../store/errors.ts'

const SYSTEM_UNAVAILABLE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EIO|EROFS)$/

/** SQLite: what a constraint or a wrong statement says is a defect; these are conditions of the machine. */
const SQLITE_UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|IOERR|CANTOPEN|READONLY|NOMEM|CORRUPT|NOTADB|PROTOCOL)/

/** PostgreSQL: classes 08 (connection), 57 (intervention), 58 (system), 53 (resources), 40 (give way to another). */
const POSTGRES_UNAVAILABLE = /^(08|57|58|53|40)[0-9A-Z]{3}$/

const FULL = /^(SQLITE_FULL|ENOSPC|EDQUOT|53100)$/

const CODES: Partial<Record<StoreErrorCode, 'STORE_FULL' | 'SECRETS_UNREADABLE'>> = {
  DISK_FULL: 'STORE_FULL',
  SECRETS_UNREADABLE: 'SECRETS_UNREADABLE',
}

/** Undefined: the store is not to blame. Drivers wrap errors, so the causes count, too. */
export function storeFailure(thrown: unknown): 'STORE_FULL' | 'STORE_UNAVAILABLE' | 'SECRETS_UNREADABLE' | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth++) {
    if (error instanceof StoreError) return CODES[error.code] ?? 'STORE_UNAVAILABLE'
    const code: unknown = Reflect.get(error, 'code')
    if (typeof code !== 'string') continue
    if (FULL.test(code)) return 'STORE_FULL'
    if (SQLITE_UNAVAILABLE.test(code) || POSTGRES_UNAVAILABLE.test(code) || SYSTEM_UNAVAILABLE.test(code))
      return 'STORE_UNAVAILABLE'
  }
  return undefined
}
