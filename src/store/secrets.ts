/**
 * Secrets at rest: sealed by AES-256-GCM with a key that is in a file and never in the database, so that a database,
 * its backup or its replica tells nothing. Each text is bound to the ID of what it belongs to: moved to another row it
 * can't be opened. The form is `1.KEY.IV.DATA` in base64url; KEY is the key's fingerprint, which tells a wrong key from
 * a damaged row.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { messageOf, StoreError, translated } from './errors.ts'

const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
const WAY_OUT =
  'Put the right file back, or give the cluster new credentials (weir cluster update CLUSTER --kubeconfig FILE).'

export interface Sealer {
  seal(id: string, text: string): string
  /** Tells equal texts from different ones without telling anything of them. */
  digest(text: string): string
}

export interface Secrets {
  /** @throws StoreError SECRETS_UNREADABLE, also when there is no key yet and `mayMakeKey` is false; DISK_FULL */
  sealer(mayMakeKey: boolean): Promise<Sealer>
  /** @throws StoreError SECRETS_UNREADABLE, naming the file and what to do */
  unseal(id: string, sealed: string): Promise<string>
}

/** The file is read at each use: it may be put back while the server runs. */
export function secretsIn(keyFile: string): Secrets {
  let making: Promise<Buffer> | undefined
  const unreadable = (what: string, cause?: unknown) =>
    new StoreError('SECRETS_UNREADABLE', `${what} ${WAY_OUT}`, cause)

  async function keyFor(mayMakeKey: boolean): Promise<Buffer> {
    const key = await readKey(keyFile, unreadable)
    if (key) return key
    if (!mayMakeKey)
      throw unreadable(`The file ${keyFile} is missing; the credentials of clusters are encrypted with the key in it.`)
    // Two keys made at once would make one of them useless for what it has sealed.
    making ??= makeKey(keyFile).finally(() => {
      making = undefined
    })
    return making
  }

  return {
    async sealer(mayMakeKey) {
      const key = await keyFor(mayMakeKey)
      return {
        seal: (id, text) => seal(key, id, text),
        digest: (text) => createHmac('sha256', key).update(text).digest('hex'),
      }
    },
    async unseal(id, sealed) {
      const [version, fingerprint, iv = '', data = ''] = sealed.split('.')
      const key = await keyFor(false)
      if (version !== '1') throw unreadable(`The credentials of the cluster ${id} were encrypted by a newer Weir.`)
      if (fingerprint !== fingerprintOf(key)) {
        throw unreadable(
          `The key in ${keyFile} is not the one with which the credentials of the cluster ${id} were encrypted.`,
        )
      }
      try {
        return decipher(key, id, Buffer.from(iv, 'base64url'), Buffer.from(data, 'base64url'))
      } catch (error) {
        throw unreadable(`The encrypted credentials of the cluster ${id} are damaged.`, error)
      }
    },
  }
}

/** Eight hex digits of a hash: enough to tell keys apart, and of no help in finding one. */
const fingerprintOf = (key: Buffer): string =>
  createHash('sha256').update('weir-secrets').update(key).digest('hex').slice(0, 8)

function seal(key: Buffer, id: string, text: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return ['1', fingerprintOf(key), iv.toString('base64url'), data.toString('base64url')].join('.')
}

function decipher(key: Buffer, id: string, iv: Buffer, data: Buffer): string {
  const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(id))
  cipher.setAuthTag(data.subarray(-TAG_BYTES))
  return Buffer.concat([cipher.update(data.subarray(0, -TAG_BYTES)), cipher.final()]).toString('utf8')
}

/** Undefined when there is no file. */
async function readKey(
  file: string,
  unreadable: (what: string, cause?: unknown) => StoreError,
): Promise<Buffer | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw unreadable(
      `The file ${file}, whose key encrypts the credentials of clusters, cannot be read: ${messageOf(error)}.`,
      error,
    )
  }
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === KEY_BYTES) return key
  throw unreadable(`The file ${file} holds no key: ${KEY_BYTES} bytes in base64 were expected.`)
}

/** Whole or not at all: written beside its place, flushed, then renamed into it, for its owner only. */
async function makeKey(file: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES)
  const unfinished = `${file}.new`
  try {
    await rm(unfinished, { force: true }) // left by a crash; nothing was ever sealed with that key
    await writeAndFlush(unfinished, `${key.toString('base64')}\n`)
    await rename(unfinished, file)
    await flush(dirname(file))
    return key
  } catch (error) {
    const known = translated(error, file)
    if (known instanceof StoreError && known.code === 'DISK_FULL') throw known
    throw new StoreError(
      'SECRETS_UNREADABLE',
      `The key that encrypts the credentials of clusters cannot be written to ${file}: ` +
        `${messageOf(error)}. Make its folder writable, or name another file.`,
      error,
    )
  }
}

async function writeAndFlush(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
