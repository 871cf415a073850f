/**
 * What the cache keeps: files by their SHA-256, bounded in sum, the least recently used going first. A blob's access
 * time is when it was last used, so that the order outlives the server; its modification time never moves, since
 * archives of classes depend on it.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

export interface BlobFile {
  path: string
  sizeBytes: number
}

export interface Blobs {
  /**
   * The blob if it is here and intact, pinned: it stays until `unpin`. Its size is compared each time, its SHA-256 when
   * it is first used since the start of the server and whenever it was touched since; what is damaged goes.
   */
  pin(sha256: string, signal?: AbortSignal): Promise<BlobFile | undefined>
  unpin(sha256: string): void
  /**
   * Moves the whole file `part` in and pins it; others go to make room. Undefined where it is larger than all that may
   * be kept. Throws what the disk throws, `part` being where it was.
   */
  keep(part: string, sha256: string, sizeBytes: number): Promise<BlobFile | undefined>
  /**
   * Removes what is neither in use here nor linked from elsewhere, which would free nothing. Answers whether there was
   * any.
   */
  free(): Promise<boolean>
  /** What is kept now. */
  bytes(): number
  has(sha256: string): boolean
}

interface Held {
  sizeBytes: number
  usedAtMs: number
  /** Modification time and inode that the file had when its SHA-256 was checked. */
  checked?: string
}

/** Reads what is there. Throws where `folder` can't be made or listed. */
export async function openBlobs(folder: string, maxBytes: number): Promise<Blobs> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const held = new Map<string, Held>()
  for (const name of (await readdir(folder)).filter((entry) => /^[0-9a-f]{64}$/.test(entry))) {
    const stats = await stat(join(folder, name))
    held.set(name, { sizeBytes: stats.size, usedAtMs: stats.atimeMs })
  }
  return new BlobFolder(folder, maxBytes, held)
}

class BlobFolder implements Blobs {
  readonly #folder: string
  readonly #maxBytes: number
  readonly #held: Map<string, Held>
  /** How many use each. */
  readonly #pins = new Map<string, number>()

  constructor(folder: string, maxBytes: number, held: Map<string, Held>) {
    this.#folder = folder
    this.#maxBytes = maxBytes
    this.#held = held
  }

  async pin(sha256: string, signal?: AbortSignal): Promise<BlobFile | undefined> {
    const blob = this.#held.get(sha256)
    if (!blob) return undefined
    this.#addPin(sha256)
    const intact = await this.#isIntact(sha256, blob, signal).catch(() => false)
    if (intact) return { path: this.#pathOf(sha256), sizeBytes: blob.sizeBytes }
    this.unpin(sha256)
    signal?.throwIfAborted()
    // A whole one may have taken its place meanwhile.
    if (this.#held.get(sha256) === blob) await this.#drop(sha256)
    return undefined
  }

  unpin(sha256: string): void {
    const left = (this.#pins.get(sha256) ?? 1) - 1
    if (left > 0) this.#pins.set(sha256, left)
    else this.#pins.delete(sha256)
  }

  async keep(part: string, sha256: string, sizeBytes: number): Promise<BlobFile | undefined> {
    if (sizeBytes > this.#maxBytes) return undefined
    this.#addPin(sha256)
    const before = this.#held.get(sha256)
    try {
      const blob = { sizeBytes, usedAtMs: Date.now(), checked: await flushed(part) }
      // Counted before it is there, so that two that come at once find room for both.
      this.#held.set(sha256, blob)
      await this.#makeRoom()
      // In place of one that is there too: this one is known to be whole, and whoever uses that one keeps it.
      await rename(part, this.#pathOf(sha256))
      this.#held.set(sha256, blob)
      return { path: this.#pathOf(sha256), sizeBytes }
    } catch (error) {
      if (before) this.#held.set(sha256, before)
      else this.#held.delete(sha256)
      this.unpin(sha256)
      throw error
    }
  }

  async free(): Promise<boolean> {
    let freed = false
    for (const sha256 of this.#idle()) {
      const stats = await stat(this.#pathOf(sha256)).catch(() => undefined)
      if ((stats && stats.nlink > 1) || this.#pins.has(sha256)) continue
      await this.#drop(sha256)
      freed = true
    }
    return freed
  }

  bytes(): number {
    return [...this.#held.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  has(sha256: string): boolean {
    return this.#held.has(sha256)
  }

  #pathOf(sha256: string): string {
    return join(this.#folder, sha256)
  }

  #addPin(sha256: string): void {
    this.#pins.set(sha256, (this.#pins.get(sha256) ?? 0) + 1)
  }

  /** Those that nobody uses, the longest unused first. */
  #idle(): string[] {
    return [...this.#held]
      .filter(([sha256]) => !this.#pins.has(sha256))
      .sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)
      .map(([sha256]) => sha256)
  }

  async #drop(sha256: string): Promise<void> {
    this.#held.delete(sha256)
    await rm(this.#pathOf(sha256), { force: true }).catch(() => {})
  }

  async #makeRoom(): Promise<void> {
    for (const sha256 of this.#idle()) {
      if (this.bytes() <= this.#maxBytes) return
      // Somebody may have come for it while its elder went.
      if (!this.#pins.has(sha256)) await this.#drop(sha256)
    }
  }

  async #isIntact(sha256: string, blob: Held, signal: AbortSignal | undefined): Promise<boolean> {
    const path = this.#pathOf(sha256)
    const stats = await stat(path).catch(() => undefined)
    if (!stats?.isFile() || stats.size !== blob.sizeBytes) return false
    const present = `${stats.ino} ${stats.mtimeMs}`
    if (blob.checked !== present && (await sha256Of(path, signal)) !== sha256) return false
    blob.checked = present
    blob.usedAtMs = Date.now()
    // A file system that does not take it is no reason to fetch the file again.
    await utimes(path, new Date(blob.usedAtMs), stats.mtime).catch(() => {})
    return true
  }
}

/**
 * On the disk, read-only, with a modification time in whole seconds, which every file system and `utimes` keep as it
 * is.
 */
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
