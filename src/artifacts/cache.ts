/**
 * A cache of fetched files by content: `blobs/SHA256` read-only, `index/SHA256-OF-KEY` with what a source answered
 * last, `part/` for what is on its way. The source is asked each time whether its file is still the same. A server that
 * is killed leaves at most parts, which the next one removes. Where the folder can't be used, files are fetched as if
 * there were no cache.
 */
import { randomUUID } from 'node:crypto'
import { chmod, constants, copyFile, link, mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { FetchedFile } from './artifacts.ts'
import type { Blobs } from './blobs.ts'
import { openBlobs } from './blobs.ts'
import type { CacheIndex } from './cache-index.ts'
import { openIndex } from './cache-index.ts'
import { shareInFlight } from './in-flight.ts'
import { isDiskFull, notWritten, partBeside } from './receive.ts'

export interface FileCache {
  /**
   * Puts what `source` names at `target`, from the cache where its owner says that it is unchanged. Whoever asks while
   * the same is being fetched gets that fetch's file. `target` is often a hard link to the cache's own file: read-only,
   * not to be written to. Throws what the source throws, the signal's reason, and Failure: DISK_FULL, FILE_UNAVAILABLE
   * where `target` can't be written.
   */
  take(
    source: CacheSource,
    target: string,
    options?: { signal?: AbortSignal },
  ): Promise<FetchedFile & { cached: boolean }>
  stats(): CacheStats
}

export interface CacheSource {
  /**
   * What is fetched and by whom: the URI and whatever decides what is seen under it. Only its SHA-256 is kept, since it
   * may hold credentials.
   */
  key: string
  /** What the file must be: one that has this sum is placed without asking. The source refuses any other. */
  sha256?: string
  /** What the key names never changes: once it is here, the source is not asked again. */
  immutable?: boolean
  /**
   * Fetches into the file `part` (not there yet). `known`: the validator that was answered with the copy that the cache
   * has; answer `unchanged` when it still holds. Without a validator nothing is kept under the key.
   */
  fetch(
    known: string | undefined,
    part: string,
  ): Promise<'unchanged' | { sizeBytes: number; sha256: string; validator?: string }>
}

export interface CacheStats {
  /** Files placed from the cache, and files fetched. */
  hits: number
  misses: number
  /** What was placed from the cache, and what is kept now. */
  hitBytes: number
  bytes: number
}

export interface FileCacheOptions {
  folder: string
  /** What may be kept; 0 keeps nothing. */
  maxBytes: number
  /** Called when the folder can't be used. */
  warn?: (message: string) => void
}

interface Rooms {
  blobs: Blobs
  index: CacheIndex
  parts: string
}

/** A file that lies ready to be placed, until `release`. */
interface Ready {
  path: string
  sizeBytes: number
  sha256: string
  cached: boolean
  release(): void
}

type Fetched = Exclude<Awaited<ReturnType<CacheSource['fetch']>>, 'unchanged'>

export function createFileCache(options: FileCacheOptions): FileCache {
  const counts = { hits: 0, misses: 0, hitBytes: 0 }
  const shared = shareInFlight<Ready>((ready) => ready.release())
  let rooms: Rooms | undefined
  const opened = roomsOf(options, (made) => (rooms = made))

  const counted = (ready: Omit<Ready, 'path' | 'release'>, path: string): FetchedFile & { cached: boolean } => {
    const { sizeBytes, sha256, cached } = ready
    counts[cached ? 'hits' : 'misses'] += 1
    if (cached) counts.hitBytes += sizeBytes
    return { path, sizeBytes, sha256, cached }
  }

  return {
    async take(source, target, { signal } = {}) {
      const here = await opened()
      if (!here) return counted({ ...(await withoutCache(source, target, signal)), cached: false }, target)
      return shared({
        name: `${source.key}\n${source.sha256 ?? ''}`,
        begin: () => obtain(source, here, signal),
        async use(ready, joined) {
          await linkOrCopy(ready.path, target)
          return counted({ ...ready, cached: ready.cached || joined }, target)
        },
        signal,
      })
    },

    stats: () => ({ ...counts, bytes: rooms?.blobs.bytes() ?? 0 }),
  }
}

/** Opens the folder at once, and each time anew while it can't be used: somebody may mend it. */
function roomsOf(
  options: FileCacheOptions,
  made: (rooms: Rooms | undefined) => Rooms | undefined,
): () => Promise<Rooms | undefined> {
  let opening: Promise<Rooms | undefined> | undefined
  let warned = false
  const failed = (error: Error): undefined => {
    opening = undefined
    if (!warned)
      options.warn?.(
        `The cache of files in ${options.folder} can't be used (${error.message}); files are fetched each time`,
      )
    warned = true
  }
  const opened = (): Promise<Rooms | undefined> => (opening ??= openRooms(options).then(made, failed))
  void opened()
  return opened
}

async function openRooms({ folder, maxBytes }: FileCacheOptions): Promise<Rooms | undefined> {
  if (maxBytes === 0) return undefined
  const parts = join(folder, 'part')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  // Left by a server that was killed.
  await rm(parts, { recursive: true, force: true })
  await mkdir(parts, { mode: 0o700 })
  const blobs = await openBlobs(join(folder, 'blobs'), maxBytes)
  return { parts, blobs, index: await openIndex(join(folder, 'index'), (sha256) => blobs.has(sha256)) }
}

async function obtain(source: CacheSource, rooms: Rooms, signal: AbortSignal | undefined): Promise<Ready> {
  const { blobs, index } = rooms
  const held = async (sha256: string): Promise<Ready | undefined> => {
    const blob = await blobs.pin(sha256, signal)
    return blob && { ...blob, sha256, cached: true, release: () => blobs.unpin(sha256) }
  }
  const wanted = source.sha256 === undefined ? undefined : await held(source.sha256)
  if (wanted) return wanted
  // A copy with another sum is of no use, however unchanged.
  const entry = source.sha256 === undefined ? await index.read(source.key) : undefined
  const copy = entry && (await held(entry.sha256))
  if (copy && source.immutable) return copy
  const part = join(rooms.parts, randomUUID())
  try {
    const answer = await ask(source, copy && entry?.validator, part, () => blobs.free())
    if (answer !== 'unchanged') {
      const ready = await store(rooms, source, part, answer)
      copy?.release()
      return ready
    }
    if (copy) return copy
    throw new Error('The source says "unchanged" of a file that is not here')
  } catch (error) {
    copy?.release()
    throw error
  }
}

async function withoutCache(source: CacheSource, target: string, signal: AbortSignal | undefined): Promise<Fetched> {
  signal?.throwIfAborted()
  const part = partBeside(target)
  const answer = await ask(source, undefined, part, async () => false)
  if (answer === 'unchanged') throw new Error('The source says "unchanged" of a file that is not here')
  await putAt(target, part, () => rename(part, target))
  return answer
}

/**
 * Leaves no part when it fails. A disk that is full may be full of files that nobody needs just now: those go, and it
 * is tried once more.
 */
async function ask(
  source: CacheSource,
  known: string | undefined,
  part: string,
  free: () => Promise<boolean>,
): ReturnType<CacheSource['fetch']> {
  for (let again = true; ; again = false) {
    try {
      return await source.fetch(known, part)
    } catch (error) {
      await rm(part, { force: true })
      if (!again || !isDiskFull(error) || !(await free())) throw error
    }
  }
}

/** What can't be kept, because of its size or the disk's state, is served all the same. */
async function store({ blobs, index }: Rooms, source: CacheSource, part: string, fetched: Fetched): Promise<Ready> {
  const { sha256, sizeBytes, validator } = fetched
  const blob = await blobs.keep(part, sha256, sizeBytes).catch(() => undefined)
  if (!blob)
    return {
      path: part,
      sizeBytes,
      sha256,
      cached: false,
      release: () => void rm(part, { force: true }).catch(() => {}),
    }
  const known = validator ?? (source.immutable ? '' : undefined)
  // An entry that stays since the disk is broken does no harm: the source is asked about it.
  await (known === undefined ? index.forget(source.key) : index.write(source.key, { sha256, validator: known })).catch(
    () => {},
  )
  return { ...blob, sha256, cached: false, release: () => blobs.unpin(sha256) }
}

/**
 * Appears at `target` whole, in place of what may have been there: as a second name of the file, or as a copy where
 * that can't be.
 */
export async function linkOrCopy(path: string, target: string): Promise<void> {
  const part = partBeside(target)
  await putAt(target, part, async () => {
    await mkdir(dirname(target), { recursive: true })
    await link(path, part).catch(() => copyFile(path, part, constants.COPYFILE_FICLONE))
    await rename(part, target)
  })
}

async function putAt(target: string, part: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw notWritten(error as NodeJS.ErrnoException, basename(target), dirname(target))
  } finally {
    // Renaming one name of a file to another of the same file does nothing at all.
    await rm(part, { force: true }).catch(() => {})
  }
}
