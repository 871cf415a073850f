/** Whether the disk holds a launch. A JVM on a full disk dies without a word, since its log is on that disk too. */
import { constants } from 'node:fs'
import { access, mkdir, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

import { Failure } from '../../domain/failure.ts'
import { flinkFilePath } from '../../domain/paths.ts'

const MIB = 2 ** 20
/** Logs, and what JobManager and TaskManagers unpack for themselves: some 40 MB each. */
const FOR_A_LAUNCH = 128 * MIB
/** With less than this a start that failed without a reason failed for this one. */
const FULL = 8 * MIB

async function freeDisk(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const ADVICE = 'Free space there, or give Weir another data folder (--data-dir).'

/** Throws Failure DISK_FULL. */
export async function requireDisk(folder: string): Promise<void> {
  const free = await freeDisk(folder)
  if (free >= FOR_A_LAUNCH) return
  throw new Failure(
    'DISK_FULL',
    `The disk of ${folder} has ${Math.floor(free / MIB)} MiB free; a launch needs ${FOR_A_LAUNCH / MIB} MiB. ${ADVICE}`,
  )
}

/** For people, when nothing more can be written there. */
export async function diskFull(folder: string): Promise<string | undefined> {
  const free = await freeDisk(folder)
  return free < FULL ? `The disk of ${folder} is full (${Math.floor(free / MIB)} MiB free). ${ADVICE}` : undefined
}

const TROUBLES: Record<string, string> = {
  EROFS: 'is mounted read-only: look at the log of the kernel (dmesg)',
  EACCES: 'may not be written to: check who owns it',
  EPERM: 'may not be written to: check who owns it',
  EIO: 'fails: look at the log of the kernel (dmesg)',
  ENOTDIR: 'is no folder',
}

/** What is wrong with the disk of a folder as Flink names it, for people; undefined for what is not on this machine. */
export async function diskTrouble(folder: string): Promise<string | undefined> {
  const path = flinkFilePath(folder)
  if (path === undefined) return undefined
  const there = await nearestThere(path)
  try {
    await access(there, constants.W_OK)
    const { bavail, bsize, blocks, files, ffree } = await statfs(there)
    if (blocks > 0 && bavail * bsize < FULL)
      return `The disk of ${path} is full (${Math.floor((bavail * bsize) / MIB)} MiB free): free some space there`
    return files > 0 && ffree === 0 ? `The disk of ${path} takes no more files: remove some there` : undefined
  } catch (error) {
    const trouble = TROUBLES[(error as NodeJS.ErrnoException).code ?? '']
    return trouble && `${path} ${trouble}`
  }
}

/** Flink makes the folder, if it can. */
async function nearestThere(path: string): Promise<string> {
  const gone = await access(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )
  return gone && dirname(path) !== path ? nearestThere(dirname(path)) : path
}
