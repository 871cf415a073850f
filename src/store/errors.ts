/** What the store says when it cannot do its work: a code for the program, a message for people, never a password. */

export type StoreErrorCode =
  /** Nothing more can be written until there is room; reading goes on. */
  | 'DISK_FULL'
  /** Another server holds the data folder or the database. */
  | 'IN_USE'
  /** The schema is newer than this program. */
  | 'SCHEMA_NEWER'
  /** The database cannot be opened or reached. */
  | 'UNAVAILABLE'
  /** The hold on the database was lost; this store writes nothing any more. */
  | 'LOST'
  /** The key that secrets are sealed with is missing or another; all else goes on. */
  | 'SECRETS_UNREADABLE'

export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreError'
    this.code = code
  }
}

/**
 * SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow. 53100: PostgreSQL's disk_full.
 * EDQUOT is a full disk to the one whose quota it is.
 */
const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', '53100', 'ENOSPC', 'EDQUOT'])

/** Node's and PostgreSQL's words for a server that is not there (class 08, 57P01..57P03: shutting down or starting). */
const UNREACHABLE = /^(ECONNREFUSED|ECONNRESET|ENOENT|ENOTFOUND|EPIPE|ETIMEDOUT|EHOSTUNREACH|08...|57P0[123]|53300)$/

/** Gives a driver's error a code and a message for people, where it is one that people can do something about. */
export function translated(error: unknown, address: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (FULL.has(code)) {
    return new StoreError(
      'DISK_FULL',
      `The disk of ${address} is full: nothing was written. Free some space; reading goes on.`,
      error,
    )
  }
  if (
    UNREACHABLE.test(code) ||
    /timeout exceeded when trying to connect|Connection terminated|Query read timeout/.test(error.message)
  ) {
    return new StoreError('UNAVAILABLE', `${address} does not answer: ${messageOf(error)}`, error)
  }
  return error
}

/** An AggregateError (one failure for each address of a host name) has an empty message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
