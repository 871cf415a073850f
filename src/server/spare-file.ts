/**
 * Room for a start on a full disk: the database's log, which a server that was stopped took away, the ready file and
 * the like. A file holds it while a server runs, and the next start gives it back where there is too little.
 */
import { randomBytes } from 'node:crypto'
import { rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The log has 4 MiB. */
const BYTES = 6 * 2 ** 20
const STEP_BYTES = 2 ** 20

const fileIn = (dataDir: string): string => join(dataDir, 'reserve')

/** Does nothing on a disk that has as much, or in a folder that is not there yet. */
export async function giveBackSpareFile(dataDir: string): Promise<void> {
  const free = await statfs(dataDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  )
  if (free < BYTES) await rm(fileIn(dataDir), { force: true }).catch(() => {})
}

/** Makes it, unless it is there. Whole or not at all. Throws what the disk says. */
export async function makeSpareFile(dataDir: string): Promise<void> {
  const file = fileIn(dataDir)
  if ((await stat(file).catch(() => undefined))?.size === BYTES) return
  const unfinished = `${file}.new`
  try {
    await rm(unfinished, { force: true })
    // Random, since a file system that compresses would keep no room for zeros.
    for (let at = 0; at < BYTES; at += STEP_BYTES)
      await writeFile(unfinished, randomBytes(STEP_BYTES), { flag: 'a', mode: 0o600 })
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {})
    throw error
  }
}
