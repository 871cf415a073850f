/** Whether the disk holds a launch. A JVM on a full disk dies without a word, since its log is on that disk too. */
import { mkdir, statfs } from 'node:fs/promises'

import { Failure } from '../../domain/failure.ts'

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
