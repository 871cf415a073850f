/**
 * What callers upload, on this machine's disk: each content once, under its SHA-256. An upload is a file of its own
 * until it is whole and safe on the disk; only then is it told of in the store, so that what was acknowledged survives
 * `kill -9` and what was not leaves nothing but a temporary file, which the next start removes.
 */

import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { chmod, mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { UploadRefused } from '../domain/artifact.ts'
import type { Clock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { Failure } from '../domain/failure.ts'
import type { JarInspection } from '../domain/jar.ts'
import type { Pace } from './pace.ts'
import { arrivingAtPace } from './pace.ts'
import { receiveInto } from './receive.ts'

export interface UploadsOptions {
  /** Made if need be, for its owner only. */
  folder: string
  /** The largest file that is taken. */
  maxBytes: number
  clock: Clock
  /** Whether any version has that content. */
  isUsed(sha256: string): Promise<boolean>
  /** Looks into a file that has come; a Failure refuses the upload. */
  inspect?: (path: string) => Promise<JarInspection>
  pace?: Partial<Pace>
}

export interface Announced {
  /** By the caller's word. */
  totalBytes?: number
  /** Hex; what comes must have it. */
  sha256?: string
}

/** A whole file that is not kept yet. */
export interface Upload {
  path: string
  sizeBytes: number
  sha256: string
  inspection?: JarInspection
}

export interface Uploads {
  readonly maxBytes: number
  /**
   * Takes the bytes to the disk, holding a few chunks at a time. Whole or not at all.
   * Throws UploadRefused, Failure DISK_FULL, and what the disk says.
   */
  receive(chunks: AsyncIterable<Buffer>, announced?: Announced): Promise<Upload>
  /** Makes it last while `record` tells the store of it; what the store does not have after that is gone. */
  keep<T>(upload: Upload, record: () => Promise<T>): Promise<T>
  /** Has the store forget a version by `forget`, and removes its content when no other has it. */
  drop<T>(sha256: string, forget: () => Promise<T>): Promise<T>
  /** Undefined when the content is not there. */
  read(sha256: string): Promise<Readable | undefined>
  path(sha256: string): string
  /** Removes contents that no version has: those of workspaces that are gone. */
  sweep(): Promise<void>
  /** Ends uploads that are under way; they are answered that the server stops. */
  close(): void
}

/** Room that an upload leaves on the disk, which the store most often shares. */
const RESERVE_BYTES = 64 * 1024 ** 2
/** How often that is looked at while an upload comes of which nobody has said how long it is. */
const MEASURE_EVERY_BYTES = 16 * 1024 ** 2

const CONTENT = /^[0-9a-f]{64}$/

/** Removes what an earlier life has left half done. Throws what the disk says. */
export async function createUploads({
  folder,
  maxBytes,
  clock,
  isUsed,
  inspect,
  pace,
}: UploadsOptions): Promise<Uploads> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const name of await readdir(folder))
    if (!CONTENT.test(name)) await rm(join(folder, name), { recursive: true, force: true })
  const stopping = new AbortController()
  const alone = oneAtATime()
  const path = (sha256: string): string => join(folder, sha256)
  const dropUnused = async (sha256: string): Promise<void> => {
    if (!(await isUsed(sha256))) await rm(path(sha256), { force: true })
  }

  return {
    maxBytes,
    path,

    async receive(chunks, { totalBytes, sha256 } = {}) {
      if (totalBytes !== undefined) await requireRoom(folder, totalBytes)
      const file = join(folder, `${randomUUID()}.upload`)
      const bytes = arrivingAtPace(chunks, { maxBytes, clock, stopping: stopping.signal, ...defined({ pace }) })
      const chunksWithRoom = leavingRoom(folder, bytes)
      const came = await receiveInto(file, { uri: 'the upload', chunks: chunksWithRoom, maxBytes: Infinity })
      try {
        if (came.sizeBytes === 0) throw new UploadRefused('EMPTY', 'The body is empty: it must be the file itself.')
        if (sha256 !== undefined && sha256.toLowerCase() !== came.sha256) {
          throw new UploadRefused(
            'CHECKSUM',
            `What came has the SHA-256 ${came.sha256}, not ${sha256.toLowerCase()}: it was changed on its way.`,
          )
        }
        const inspection = await inspect?.(file)
        return { path: file, ...came, ...defined({ inspection }) }
      } catch (error) {
        await rm(file, { force: true })
        throw error instanceof Failure ? new UploadRefused('UNUSABLE', error.message, error) : error
      }
    },

    keep: (upload, record) =>
      alone(async () => {
        try {
          await chmod(upload.path, 0o400)
          await rename(upload.path, path(upload.sha256))
          await syncFolder(folder)
          return await record()
        } finally {
          await rm(upload.path, { force: true })
          // A store that does not answer may have it all the same: the next sweep decides.
          await dropUnused(upload.sha256).catch(() => {})
        }
      }),

    drop: (sha256, forget) =>
      alone(async () => {
        const answer = await forget()
        await dropUnused(sha256)
        return answer
      }),

    async read(sha256) {
      const handle = await open(path(sha256)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined
        throw error
      })
      return handle?.createReadStream()
    },

    sweep: () =>
      alone(async () => {
        for (const name of await readdir(folder)) if (CONTENT.test(name)) await dropUnused(name)
      }),

    close: () => stopping.abort(),
  }
}

/**
 * Runs one piece of work after the other: content that one upload finds in place must not be removed by a deletion
 * before the store is told of it.
 */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}

/** Throws Failure DISK_FULL. */
async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder)
  const room = { freeBytes: blocks > 0 ? bavail * bsize : Infinity, neededBytes: bytes + RESERVE_BYTES }
  if (room.neededBytes <= room.freeBytes) return
  const cause = Object.assign(new Error(`${bytes} bytes are to come and ${room.freeBytes} are free`), {
    code: 'ENOSPC',
    ...room,
  })
  throw new Failure('DISK_FULL', `The disk of ${folder} has too little room: ${cause.message}.`, { cause })
}

/** The bytes as they come, as long as they leave others room. */
async function* leavingRoom(folder: string, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let unseen = 0
  for await (const chunk of chunks) {
    unseen += chunk.length
    if (unseen >= MEASURE_EVERY_BYTES) {
      await requireRoom(folder, 0)
      unseen = 0
    }
    yield chunk
  }
}

/** The name must be as safe as the content: a power cut may otherwise forget the renaming. */
async function syncFolder(folder: string): Promise<void> {
  const handle: FileHandle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
