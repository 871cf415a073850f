/** A file system of its own of so many MiB, since the machine's own disk is no test's to fill. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Goes with the test. Must be called before whatever uses the folder is started. */
export function smallDisk(sizeMib: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-disk-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m,mode=700`, 'weir-test', folder], { stdio: 'pipe' })
  } catch (error) {
    throw new Error(
      'This test mounts a small tmpfs, for which it must be root (in a container: with CAP_SYS_ADMIN; without either: ' +
        `under \`unshare -Urm\`): ${String(error)}`,
      { cause: error },
    )
  }
  onTestFinished(() => {
    execFileSync('umount', ['--lazy', folder])
  })
  return folder
}

/** Takes all room but so many MiB. The answer gives all of it back, of earlier calls too. */
export function fill(folder: string, leaveMib: number): () => void {
  const file = join(folder, 'filling')
  const handle = openSync(file, 'a')
  try {
    for (const size of [2 ** 20, 4096]) writeUntilFull(handle, Buffer.alloc(size))
  } finally {
    closeSync(handle)
  }
  if (leaveMib > 0) execFileSync('truncate', ['-s', `-${leaveMib}M`, file])
  return () => rmSync(file)
}

function writeUntilFull(handle: number, block: Buffer): void {
  try {
    while (writeSync(handle, block) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
}
