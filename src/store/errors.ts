/**
 * What the store says when it cannot do its work: a code for the program, a message for people, never a password.
 * `CODES` is the one table of what each means, `RULES` the one of which driver's words lead to it.
 */

interface Meaning {
  /**
   * What those do who live on the store while a server runs. WAIT: nothing can be read or written, so that everybody
   * waits. GO_ON: this call failed, others may go well. END: the server may not go on with this store.
   */
  running: 'WAIT' | 'GO_ON' | 'END'
  /** A server that starts waits for what passes by itself; it ends where somebody has to change something. */
  starting: 'WAIT' | 'END'
}

export const CODES = {
  /** Nothing more can be written until there is room; reading goes on. */
  DISK_FULL: { running: 'GO_ON', starting: 'WAIT' },
  /** The database takes no writes: a standby, or a disk mounted read-only. Reading goes on. */
  READ_ONLY: { running: 'GO_ON', starting: 'WAIT' },
  /** Another process has locked the database. Nothing was done. */
  LOCKED: { running: 'WAIT', starting: 'WAIT' },
  /** The database had this transaction give way to another one. Nothing was done. */
  CONFLICT: { running: 'GO_ON', starting: 'WAIT' },
  /** The statement took longer than it may. Nothing was done. */
  TIMEOUT: { running: 'GO_ON', starting: 'WAIT' },
  /** The database cannot be reached. */
  UNAVAILABLE: { running: 'WAIT', starting: 'WAIT' },
  /** The connection was lost while it committed: it may or may not have happened. */
  OUTCOME_UNKNOWN: { running: 'GO_ON', starting: 'WAIT' },
  /** Wrong credentials, no such database, no rights, no TLS. A running server waits: they may have been right. */
  REFUSED: { running: 'WAIT', starting: 'END' },
  /** The address or the data folder can't be used as it stands. */
  UNUSABLE: { running: 'WAIT', starting: 'END' },
  /** The file or its pages are no database, or not any more. */
  DAMAGED: { running: 'GO_ON', starting: 'END' },
  /** Another server holds the data folder or the database. */
  IN_USE: { running: 'END', starting: 'END' },
  /** The schema is newer than this program. */
  SCHEMA_NEWER: { running: 'END', starting: 'END' },
  /** The database is not the one that the data folder belongs to. */
  OTHER_STORE: { running: 'END', starting: 'END' },
  /** The hold on the database was lost to somebody else; this store writes nothing any more. */
  LOST: { running: 'END', starting: 'END' },
  /** The key that secrets are sealed with is missing or another; all else goes on. */
  SECRETS_UNREADABLE: { running: 'GO_ON', starting: 'END' },
} as const satisfies Record<string, Meaning>

export type StoreErrorCode = keyof typeof CODES

export class StoreError extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StoreError'
    this.code = code
  }
}

/**
 * Codes of Node, of SQLite and of PostgreSQL (its appendix A). SQLITE_IOERR_SHMSIZE: the index of the write-ahead log
 * could not grow. EDQUOT is a full disk to the one whose quota it is. PostgreSQL: class 08 is the connection, 57P01 to
 * 57P03 a server that goes or comes, 53 its resources, 58 its system, XX001 and XX002 damaged data and index, 25P03 a
 * session that waited too long within a transaction.
 */
const RULES: readonly (readonly [RegExp, StoreErrorCode])[] = [
  [/^(SQLITE_FULL|SQLITE_IOERR_SHMSIZE|53100|ENOSPC|EDQUOT)$/, 'DISK_FULL'],
  [/^(SQLITE_READONLY.*|25006|EROFS)$/, 'READ_ONLY'],
  [/^(SQLITE_BUSY.*|SQLITE_LOCKED.*|SQLITE_PROTOCOL)$/, 'LOCKED'],
  [/^(40001|40P01|55P03)$/, 'CONFLICT'],
  [/^57014$/, 'TIMEOUT'],
  [/^(SQLITE_CORRUPT.*|SQLITE_NOTADB|XX00[12])$/, 'DAMAGED'],
  [/^(28...|3D000|42501|ERR_TLS_.*|CERT_.*|UNABLE_TO_.*|SELF_SIGNED_.*|DEPTH_ZERO_SELF_SIGNED_CERT)$/, 'REFUSED'],
  [/^(08...|57...|53...|58...|25P03|SQLITE_IOERR.*|SQLITE_CANTOPEN.*|SQLITE_NOMEM)$/, 'UNAVAILABLE'],
  [/^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|EIO|EMFILE|ENFILE)$/, 'UNAVAILABLE'],
  [/^(ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|ENOBUFS)$/, 'UNAVAILABLE'],
]

/** What `pg` says without a code, or with one that means something else elsewhere. */
const WORDS: readonly (readonly [RegExp, StoreErrorCode])[] = [
  [/timeout exceeded when trying to connect|Connection terminated|Query read timeout/, 'UNAVAILABLE'],
  // Its Unix socket is not there.
  [/^connect ENOENT /, 'UNAVAILABLE'],
  [/Client has encountered a connection error|Client was closed|Connection ended/, 'UNAVAILABLE'],
  [/does not support SSL|SSL connections/, 'REFUSED'],
]

/** The store's word for a driver's error, by its code or its message. */
export function codeOf(error: unknown): StoreErrorCode | undefined {
  if (error instanceof StoreError) return error.code
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  const found = RULES.find(([pattern]) => pattern.test(code)) ?? WORDS.find(([pattern]) => pattern.test(error.message))
  if (found) return found[1]
  return error instanceof AggregateError ? error.errors.map(codeOf).find((known) => known !== undefined) : undefined
}

const MAX_DEPTH = 5

/** The error itself or what caused it, where that is the store's own: others fail with the same codes of Node. */
export function storeErrorIn(thrown: unknown): StoreError | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < MAX_DEPTH; error = error.cause, depth++)
    if (error instanceof StoreError) return error
  return undefined
}

/** The store's word for an error where nothing but the store can have failed, however it was wrapped on its way. */
export function storeCodeOf(thrown: unknown): StoreErrorCode | undefined {
  for (let error = thrown, depth = 0; error instanceof Error && depth < MAX_DEPTH; error = error.cause, depth++) {
    const code = codeOf(error)
    if (code !== undefined) return code
  }
  return undefined
}

/** What is said of a driver's error; where nothing is, it says that the database does not answer. */
const SAID: Partial<Record<StoreErrorCode, (address: string) => string>> = {
  DISK_FULL: (address) => `The disk of ${address} is full: nothing was written. Free some space; reading goes on.`,
  READ_ONLY: (address) => `${address} is read-only: nothing was written; reading goes on.`,
  LOCKED: (address) => `${address} is locked by another process; it is tried again.`,
  CONFLICT: (address) => `${address} had the transaction give way to another; nothing was written.`,
  TIMEOUT: (address) => `A statement took too long at ${address}; nothing was written.`,
  DAMAGED: (address) => `${address} is no database, or is damaged. Restore it from a backup.`,
  REFUSED: (address) => `${address} refuses this server`,
}

/** Gives a driver's error a code and a message for people, where it is one that people can do something about. */
export function translated(error: unknown, address: string): unknown {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  if (code === undefined) return error
  const said = SAID[code]?.(address) ?? `${address} does not answer`
  return new StoreError(code, said.endsWith('.') ? said : `${said}: ${messageOf(error)}`, error)
}

/** Losing the connection, or the disk's word, while committing leaves it open whether it happened. */
export function translatedOfCommit(error: unknown, address: string): unknown {
  if (codeOf(error) !== 'UNAVAILABLE') return translated(error, address)
  return new StoreError(
    'OUTCOME_UNKNOWN',
    `${address} did not answer a commit (${messageOf(error)}): whether it happened is not known.`,
    error,
  )
}

/** An AggregateError (one failure for each address of a host name) has an empty message of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
