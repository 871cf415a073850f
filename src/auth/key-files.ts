/**
 * The two keys of a first start, each in a file that only its owner can read: the administrator's, which the CLI
 * finds, and the root key. The file comes first and the store second: a crash between the two leaves a key that
 * the next start makes known, never one that is known and lost.
 */
import { constants } from 'node:fs'
import { chmod, lstat, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hashKey, isKey, newKey } from './keys.ts'

type KeyOwner = { kind: 'root' } | { kind: 'service-account'; id: string }

/** The accounts of the store, as far as keys need them. */
export interface KeyRegistry {
  bootstrap(): Promise<{ admin: { id: string } }>
  /** False where that key was revoked. */
  ensureKey(key: { hash: string; owner: KeyOwner }): Promise<boolean>
}

export interface KeyFiles {
  adminKeyFile: string
  rootKeyFile: string
  /** For people: what was found wrong and put right. */
  warnings: string[]
}

/** A key file that can't be used. The message says which and what to do; it never holds the key. */
export class KeyFileUnusable extends Error {}

/**
 * Reads both key files below `dataDir`, or makes them, and sees to it that the store knows their keys. A key that was
 * revoked gets a successor in its file: whoever may read the file may go on.
 * The data folder must be locked by this server. Throws KeyFileUnusable, or what the file system or store throws.
 */
export async function ensureKeyFiles(options: {
  dataDir: string
  store: { accounts: KeyRegistry }
}): Promise<KeyFiles> {
  const adminKeyFile = join(options.dataDir, 'admin.key')
  const rootKeyFile = join(options.dataDir, 'root.key')
  const warnings: string[] = []
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const { accounts } = options.store
  const { admin } = await accounts.bootstrap()
  const owners: [string, KeyOwner][] = [
    [adminKeyFile, { kind: 'service-account', id: admin.id }],
    [rootKeyFile, { kind: 'root' }],
  ]
  for (const [file, owner] of owners) {
    const key = await ensureKeyFile(file, options.dataDir, warnings)
    if (await accounts.ensureKey({ hash: hashKey(key), owner })) continue
    const successor = newKey()
    await writeKeyFile(file, options.dataDir, successor)
    await accounts.ensureKey({ hash: hashKey(successor), owner })
    warnings.push(`the key of ${file} was revoked; a new one is in its place`)
  }
  return { adminKeyFile, rootKeyFile, warnings }
}

async function ensureKeyFile(file: string, folder: string, warnings: string[]): Promise<string> {
  const existing = await readKeyFile(file, warnings)
  if (existing !== undefined) return existing
  const key = newKey()
  await writeKeyFile(file, folder, key)
  return key
}

/** Undefined when there is none. A file that others could read is made private again, with a warning. */
async function readKeyFile(file: string, warnings: string[]): Promise<string | undefined> {
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!found) return undefined
  if (!found.isFile())
    throw new KeyFileUnusable(`${file} is not a plain file; move it away, and a new key is made at the next start`)
  if (process.getuid && found.uid !== process.getuid()) {
    throw new KeyFileUnusable(
      `${file} belongs to another user (uid ${found.uid}); run the server as that user or move the file away`,
    )
  }
  if ((found.mode & 0o077) !== 0) {
    await chmod(file, 0o600)
    warnings.push(
      `${file} could be read by other users of this machine; its mode is 600 now, but its key may be known to them`,
    )
  }
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const [firstLine = ''] = (await handle.readFile('utf8')).split('\n', 1)
    if (isKey(firstLine.trim())) return firstLine.trim()
  } finally {
    await handle.close()
  }
  throw new KeyFileUnusable(
    `the first line of ${file} is not a key; delete the file, and a new key is made at the next start`,
  )
}

/** Whole or not at all: written beside its place, flushed, then renamed into it. */
async function writeKeyFile(file: string, folder: string, key: string): Promise<void> {
  const unfinished = `${file}.new`
  await rm(unfinished, { force: true }) // left by a crash; nobody ever saw that key
  const handle = await open(unfinished, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(`${key}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(unfinished, file)
  const directory = await open(folder, constants.O_RDONLY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
