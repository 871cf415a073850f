/**
 * Keeps what JVMs print within bounds: user code may print without end, and the files (`.out`, `.err`) are the JVMs'
 * own standard output, which outlives this program. So they are cut at their beginning while they are written: file
 * systems that can take blocks out of a file (ext4, xfs) lose no byte of the newest part. Elsewhere the newest part is
 * copied and the file emptied; what is printed in between is lost. docs/decisions/bounded-output.md has the reasons.
 */
import { execFile } from 'node:child_process'
import { open, rename, stat, truncate } from 'node:fs/promises'
import { promisify } from 'node:util'

import type { Clock } from '../../domain/clock.ts'
import type { ProcessLedger, ProcessRecord } from '../../domain/process.ts'
import type { Log } from './log.ts'
import { launchFolder, logFiles } from './paths.ts'

const MIB = 2 ** 20

/** In bytes. `kept`: what stays of a file that has grown beyond `most`. */
export interface Bounds {
  most: number
  kept: number
}

const BOUNDS: Bounds = { most: 64 * MIB, kept: 32 * MIB }

/** Often enough for a disk, at 100 MB/s, and cheap: two `stat` a process. */
const EVERY_MS = 5_000
/** A multiple of every file system's block. */
const STEP = MIB

/** Cuts a file that is too large, which may be written meanwhile. Answers whether it was; a missing one is not. */
export async function boundFile(path: string, { most, kept }: Bounds = BOUNDS): Promise<boolean> {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0
  if (size <= most) return false
  const superfluous = Math.floor((size - kept) / STEP) * STEP
  if (superfluous > 0 && !(await collapse(path, superfluous))) await copyAndEmpty(path, kept)
  return superfluous > 0
}

/** util-linux' program, since Node.js has no such call. Answers false where program or file system can't. */
const collapse = (path: string, length: number): Promise<boolean> =>
  promisify(execFile)('fallocate', ['--collapse-range', '--offset', '0', '--length', String(length), path]).then(
    () => true,
    () => false,
  )

/** Reading is quicker than printing: after so many rounds there is little left that could be lost. */
const ROUNDS = 3

/** The newest part, and a little more, goes to `PATH.1`. Writers append, so they go on at the new end. */
export async function copyAndEmpty(path: string, kept: number): Promise<void> {
  const older = `${path}.1`
  const [from, to] = await Promise.all([open(path), open(`${older}.new`, 'w', 0o600)])
  try {
    let at = Math.max(0, (await from.stat()).size - kept)
    for (let round = 0; round < ROUNDS; round++) {
      const { size } = await from.stat()
      const { buffer, bytesRead } = await from.read(Buffer.alloc(Math.max(1, size - at)), 0, size - at, at)
      await to.write(buffer, 0, bytesRead)
      at += bytesRead
    }
    await truncate(path)
  } finally {
    await Promise.all([from.close(), to.close()])
  }
  await rename(`${older}.new`, older)
}

export interface Outputs {
  close(): void
}

/** Looks after the files of all living processes, and once after those of the dead: this server may have been away. */
export function createOutputs(options: { dataDir: string; ledger: ProcessLedger; clock: Clock; log: Log }): Outputs {
  const { dataDir, ledger, clock, log } = options
  const reported = new Set<string>()
  let closed = false
  let cancel = (): void => {}

  async function bound(record: ProcessRecord): Promise<void> {
    const { out, err } = logFiles(launchFolder(dataDir, record), record.role, record.ordinal)
    for (const path of [out, err]) {
      if (closed || !(await boundFile(path)) || reported.has(path)) continue
      reported.add(path)
      log.info({ process: record.uuid, path }, `what is printed there is cut to its newest ${BOUNDS.kept / MIB} MiB`)
    }
  }

  async function boundAll(all: boolean): Promise<void> {
    for (const record of await ledger.list(all ? {} : { live: true })) await bound(record)
  }

  const again = (): void => {
    if (!closed) cancel = clock.after(EVERY_MS, () => round(false))
  }
  const round = (all: boolean): void => {
    boundAll(all)
      .catch((error) => {
        if (!closed) log.error({ err: error }, 'output files could not be looked after; trying again')
      })
      .finally(again)
  }
  round(true)
  return {
    close() {
      closed = true
      cancel()
    },
  }
}
