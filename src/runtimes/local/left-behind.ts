/**
 * What another installation has left in this very folder: it was emptied, or restored from a copy, while its clusters
 * ran. They are not this installation's to stop, and nobody else will.
 */
import { realpathSync } from 'node:fs'
import type { Log } from './log.ts'
import { findStrangers } from './proc.ts'

/** Warns of such processes; `dataDir` is there. */
export function warnOfLeftBehind({ installation, dataDir, log }: { installation: string; dataDir: string; log: Log }) {
  const pids = findStrangers(installation, realpathSync(dataDir))
  if (pids.length === 0) return
  log.warn(
    { pids },
    `${pids.length} Flink process(es) still run that were started from ${dataDir} before it was emptied or restored; ` +
      `nobody looks after them. If nothing needs them any more: kill ${pids.join(' ')}`,
  )
}
