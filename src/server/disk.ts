/**
 * The disk of the data folder: how much room it has, whether it can be written to, and that the store keeps room for
 * deletions while there is any to spare. Below a threshold nothing new is taken, so that what deletions need is left.
 */
import { constants } from 'node:fs'
import { access, statfs } from 'node:fs/promises'
import type { Clock } from '../domain/clock.ts'
import type { Reserve } from '../store/store.ts'
import type { Logger } from './log.ts'
import type { Readiness } from './readiness.ts'
import { makeSpareFile } from './spare-file.ts'

const MIB = 2 ** 20
/** As much as an upload leaves, too. */
export const LOW_BYTES = 64 * MIB
const FULL_BYTES = MIB
/** Files that a disk can still take by their number. */
const LOW_FILES = 100
/** Room for deletions is only taken from what is left above the threshold. */
const TO_SPARE_BYTES = LOW_BYTES + 32 * MIB
const EVERY_MS = 5000

/** What a new thing would need and does not find. */
export interface Shortage {
  freeBytes: number
  neededBytes: number
}

export interface Disk {
  /** Undefined where there is room for something new; a disk that can't be asked has none to refuse for. */
  shortage(): Promise<Shortage | undefined>
  /** NaN where it can't be asked. */
  freeBytes(): Promise<number>
  /** Why it can't be worked with, in words without paths. */
  problem(): Promise<string | undefined>
  close(): void
}

/** What is asked of the system. */
export interface DiskCalls {
  statfs(path: string): Promise<{ bavail: number; bsize: number; blocks: number; files: number; ffree: number }>
  /** Throws where the folder can't be written to. */
  writable(path: string): Promise<void>
  /** Makes it, unless it is there. */
  spareFile(path: string): Promise<void>
}

const SYSTEM: DiskCalls = {
  statfs: (path) => statfs(path),
  writable: (path) => access(path, constants.W_OK),
  spareFile: makeSpareFile,
}

interface Options {
  dataDir: string
  reserve?: Reserve | undefined
  readiness: Pick<Readiness, 'tell' | 'ask'>
  clock: Clock
  log: Pick<Logger, 'warn'>
  calls?: DiskCalls
}

export function watchDisk({ dataDir, reserve, readiness, clock, log, calls = SYSTEM }: Options): Disk {
  let warned = false
  let cancel = (): void => {}
  let closed = false

  const disk: Disk = {
    async shortage() {
      const room = await roomOf(calls, dataDir).catch(() => undefined)
      return room && isLow(room) ? { freeBytes: room.bytes, neededBytes: LOW_BYTES } : undefined
    },
    freeBytes: () =>
      roomOf(calls, dataDir).then(
        ({ bytes }) => bytes,
        () => Number.NaN,
      ),
    problem: () => problemOf(calls, dataDir),
    close() {
      closed = true
      cancel()
    },
  }

  async function keepReserve(): Promise<void> {
    if (closed || !((await disk.freeBytes()) >= TO_SPARE_BYTES)) return
    try {
      if (reserve && !reserve.there()) await reserve.take()
      await calls.spareFile(dataDir)
      warned = false
    } catch (error) {
      if (!closed && !warned) log.warn({ err: error }, 'no room could be kept for deletions yet; it is tried again')
      warned = true
    }
  }

  async function inspect(): Promise<void> {
    readiness.tell('disk', await disk.problem())
    await keepReserve()
    if (!closed) cancel = clock.after(EVERY_MS, () => void inspect())
  }

  readiness.ask('disk', disk.problem)
  void inspect()
  return disk
}

interface Room {
  bytes: number
  /** Infinity where the file system doesn't count them. */
  files: number
}

/** Some file systems tell nothing: those have room until a write fails. */
async function roomOf(calls: DiskCalls, folder: string): Promise<Room> {
  const { bavail, bsize, blocks, files, ffree } = await calls.statfs(folder)
  return { bytes: blocks > 0 ? bavail * bsize : Infinity, files: files > 0 ? ffree : Infinity }
}

const isLow = ({ bytes, files }: Room): boolean => bytes < LOW_BYTES || files < LOW_FILES

const ONLY = 'nothing new is taken, deletions go on'

async function problemOf(calls: DiskCalls, folder: string): Promise<string | undefined> {
  try {
    await calls.writable(folder)
    const { bytes, files } = await roomOf(calls, folder)
    if (bytes < FULL_BYTES) return `the disk of the data folder is full: ${ONLY}`
    if (bytes < LOW_BYTES) return `the disk of the data folder has less than ${LOW_BYTES / MIB} MiB left: ${ONLY}`
    return files < LOW_FILES ? `the disk of the data folder can take hardly any more files: ${ONLY}` : undefined
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    return TROUBLES[code] ?? `the data folder cannot be used (${code})`
  }
}

const GONE = 'the data folder is gone'

const TROUBLES: Record<string, string> = {
  EROFS: 'the disk of the data folder is mounted read-only',
  EACCES: 'the data folder may not be written to by this server',
  EPERM: 'the data folder may not be written to by this server',
  EIO: 'the disk of the data folder fails (input/output error)',
  ENOENT: GONE,
  ENOTDIR: GONE,
  ESTALE: GONE,
}
