/**
 * What the cache keeps: files by their SHA-256, bounded in sum, the least recently used going first. A blob's access time is when it
 * was last used, so that the order outlives the server; its modification time never moves, since archives of classes depend on it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface Blobs {
  /**
   * The blob if it is here and intact, pinned: it stays until `unpin`. Its size is compared each time, its SHA-256 when it
   * is first used since the start of the server and whenever it was touched since; what is damaged goes.
   */
  pin(sha256: string, signal?: AbortSignal): Promise<{ path: string; sizeBytes: number } | undefined>
  unpin(sha256: string): void
  /**
   * Moves the whole file `part` in and pins it; others go to make room. Undefined where it is larger than all that may be kept.
   * Throws what the disk throws, `part` being where it was.
   */
  keep(part: string, sha256: string, sizeBytes: number): Promise<{ path: string; sizeBytes: number } | undefined>
  /** Removes what is neither in use here nor linked from elsewhere, which would free nothing. Answers whether there was any. */
  free(): Promise<boolean>
  /** What is kept now. */
  bytes(): number
  has(sha256: string): boolean
}

interface Held {
  sizeBytes: number
  usedAtMs: number
  /** Modification time and inode that the SHA-256 was seen with. */
  seen?: string
}

/** Reads what is there. Throws where `folder` can't be made or listed. */
export async function openBlobs(folder: string, maxBytes: number): Promise<Blobs> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const held = new Map<string, Held>()
  const pins = new Map<string, number>()
  const pathOf = (sha256: string): string => join(folder, sha256)
  for (const name of (await readdir(folder)).filter((entry) => /^[0-9a-f]{64}$/.test(entry))) {
    const stats = await stat(pathOf(name))
    held.set(name, { sizeBytes: stats.size, usedAtMs: stats.atimeMs })
  }
  const total = (): number => [...held.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

  const unpin = (sha256: string): void => {
    const left = (pins.get(sha256) ?? 1) - 1
    if (left > 0) pins.set(sha256, left)
    else pins.delete(sha256)
  }
  const pinned = (sha256: string): void => void pins.set(sha256, (pins.get(sha256) ?? 0) + 1)

  /** Those that nobody uses, the longest unused first. */
  const idle = (): string[] =>
    [...held]
      .filter(([sha256]) => !pins.has(sha256))
      .sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
      .map(([sha256]) => sha256)
  const drop = async (sha256: string): Promise<void> => {
    held.delete(sha256)
    await rm(pathOf(sha256), { force: true }).catch(() => {})
  }
  async function makeRoom(): Promise<void> {
    for (const sha256 of idle()) {
      if (total() <= maxBytes) return
      // Somebody may have come for it while its elder went.
      if (!pins.has(sha256)) await drop(sha256)
    }
  }

  async function isIntact(sha256: string, blob: Held, signal: AbortSignal | undefined): Promise<boolean> {
    const stats = await stat(pathOf(sha256)).catch(() => undefined)
    if (!stats?.isFile() || stats.size !== blob.sizeBytes) return false
    const seen = `${stats.ino} ${stats.mtimeMs}`
    if (blob.seen !== seen && (await sha256Of(pathOf(sha256), signal)) !== sha256) return false
    blob.seen = seen
    blob.usedAtMs = Date.now()
    // A file system that does not take it is no reason to fetch the file again.
    await utimes(pathOf(sha256), new Date(blob.usedAtMs), stats.mtime).catch(() => {})
    return true
  }

  return {
    async pin(sha256, signal) {
      const blob = held.get(sha256)
      if (!blob) return undefined
      pinned(sha256)
      const intact = await isIntact(sha256, blob, signal).catch(() => false)
      if (intact) return { path: pathOf(sha256), sizeBytes: blob.sizeBytes }
      unpin(sha256)
      signal?.throwIfAborted()
      // A whole one may have taken its place meanwhile.
      if (held.get(sha256) === blob) await drop(sha256)
      return undefined
    },

    unpin,

    async keep(part, sha256, sizeBytes) {
      if (sizeBytes > maxBytes) return undefined
      pinned(sha256)
      const before = held.get(sha256)
      try {
        const blob = { sizeBytes, usedAtMs: Date.now(), seen: await flushed(part) }
        // Counted before it is there, so that two that come at once find room for both.
        held.set(sha256, blob)
        await makeRoom()
        // In place of one that is there too: this one is known to be whole, and whoever uses that one keeps it.
        await rename(part, pathOf(sha256))
        held.set(sha256, blob)
        return { path: pathOf(sha256), sizeBytes }
      } catch (error) {
        if (before) held.set(sha256, before)
        else held.delete(sha256)
        unpin(sha256)
        throw error
      }
    },

    async free() {
      let freed = false
      for (const sha256 of idle()) {
        const stats = await stat(pathOf(sha256)).catch(() => undefined)
        if ((stats && stats.nlink > 1) || pins.has(sha256)) continue
        await drop(sha256)
        freed = true
      }
      return freed
    },

    bytes: total,
    has: (sha256) => held.has(sha256),
  }
}

/** On the disk, read-only, with a modification time in whole seconds, which every file system and `utimes` keep as it is. */
async function flushed(part: string): Promise<string> {
  const handle = await open(part, 'r+')
  try {
    await handle.utimes(Math.floor(Date.now() / 1000), Math.floor(Date.now() / 1000))
    await handle.chmod(0o444)
    await handle.sync()
    const { ino, mtimeMs } = await handle.stat()
    return `${ino} ${mtimeMs}`
  } finally {
    await handle.close()
  }
}

async function sha256Of(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, signal ? { signal } : {})
  return hash.digest('hex')
}
