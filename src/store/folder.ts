/** The data folder: readable by its owner only, with a file in it that tells the folder from its copies. */

import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { defined } from '../domain/defined.ts'
import { messageOf, StoreError, translated } from './errors.ts'

export const ANCHOR_FILE = 'installation'
const ANCHOR_TEXT = `Weir recognises its data folder by this file, and a copy of the folder by the copy of this file.
Without it, the clusters that were started from this folder are not recognised any more. Leave it here.
`

export interface DataFolder {
  /** Identity of the anchor file: the same for a folder that was moved on its disk, another for a copy. */
  anchor: string
  /** Something about the folder that its owner should know. */
  warning?: string
  belongsTo: Belonging
}

/** Which store the folder belongs to, as the folder itself says it. */
export interface Belonging {
  /** The ID that was written, or USED where an older Weir has left keys and none; undefined: a new folder. */
  read(): string | typeof USED | undefined
  write(store: string): void
  readonly dataDir: string
}

export const USED = Symbol('used')

const STORE_FILE = 'store.id'
/** A server makes them once the store has been written to (auth/key-files.ts). */
const KEY_FILES = ['admin.key', 'root.key']

/** Makes the folder or takes an existing one. @throws StoreError UNAVAILABLE, DISK_FULL */
export function openDataFolder(dataDir: string): DataFolder {
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 }) !== undefined
    const warning = made ? undefined : closeToOthers(dataDir)
    const anchor = anchorOf(join(dataDir, ANCHOR_FILE))
    return { anchor, belongsTo: belongingOf(dataDir), ...defined({ warning }) }
  } catch (error) {
    const known = translated(error, dataDir)
    if (known instanceof StoreError && known.code === 'DISK_FULL') throw known
    throw new StoreError('UNUSABLE', `The data folder ${dataDir} cannot be used: ${messageOf(error)}.`, error)
  }
}

function belongingOf(dataDir: string): Belonging {
  const file = join(dataDir, STORE_FILE)
  return {
    dataDir,
    read() {
      if (existsSync(file)) return readFileSync(file, 'utf8').trim()
      return KEY_FILES.some((name) => existsSync(join(dataDir, name))) ? USED : undefined
    },
    write(store) {
      if (existsSync(file) && readFileSync(file, 'utf8').trim() === store) return
      // Whole or not at all: half of an ID would be another store's.
      writeFileSync(`${file}.new`, `${store}\n`, { mode: 0o600, flush: true })
      renameSync(`${file}.new`, file)
    },
  }
}

/** Makes an empty file for its owner only, unless it is there; never opens one that is (see lock.ts on POSIX locks). */
export function makePrivateFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** A folder of somebody else's things (`--data-dir /tmp`) is not ours to lock others out of. */
function closeToOthers(dataDir: string): string | undefined {
  const { mode } = statSync(dataDir)
  if ((mode & 0o077) === 0) return undefined
  const entries = readdirSync(dataDir)
  if (entries.length === 0 || entries.includes(ANCHOR_FILE)) {
    chmodSync(dataDir, 0o700)
    return undefined
  }
  return (
    `The data folder ${dataDir} holds other files and can be entered by other users ` +
    `(mode ${(mode & 0o777).toString(8)}); ` +
    'a folder of its own is safer.'
  )
}

/**
 * Device, inode and time of birth. A copy, whatever tool makes it, is a new inode born later, even when the inode's
 * number is given again; a snapshot of a file system keeps both but is mounted as another device. Where a file system
 * keeps no times of birth, Node answers 0 and the other two have to do.
 */
function anchorOf(path: string): string {
  if (makePrivateFile(path)) fill(path)
  const { dev, ino, birthtimeNs } = statSync(path, { bigint: true })
  return `${dev}:${ino}:${birthtimeNs}`
}

function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    writeSync(file, ANCHOR_TEXT)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
