/**
 * What another installation has left in this very folder: it was emptied, or restored from a copy, while its clusters
 * ran. They are not this installation's to stop, and nobody else will.
 */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from './log.ts'
import { findStrangers } from './proc.ts'

/** Warns of such processes; `dataDir` is there. */
export function warnOfLeftBehind({ installation, dataDir, log }: { installation: string; dataDir: string; log: Log }) {
  const root = realpathSync(dataDir)
  const pids = ['clusters', 'spares'].flatMap((name) => findStrangers(installation, join(root, name)))
  if (pids.length === 0) return
  log.warn(
    { pids },
    `${pids.length} Flink process(es) still run that were started from ${dataDir} before it was emptied or restored; ` +
      `nobody looks after them. If nothing needs them any more: kill ${pids.join(' ')}`,
  )
}
