/**
 * The end of a server whose data folder was taken. It can record nothing any more, so it touches nothing either: its
 * clusters go on, as after `kill -9`. A folder that was only moved has all that is needed to take them over again.
 */
import { writeSync } from 'node:fs'
import type { FolderLost } from '../store/open.ts'
import type { Logger } from './log.ts'

/** For the supervisor: something on this machine went wrong. */
const EXIT_CODE = 1

export function endWithoutFolder({ reason, installation }: FolderLost, log: Pick<Logger, 'fatal' | 'level'>): never {
  const mark = `weir.installation=${installation}`
  const advice =
    'The server ends, since nothing more can be recorded; its Flink processes go on. If the folder was moved, start ' +
    `again with --data-dir at its new place, which takes them over. If it is gone, nobody looks after them any more: ` +
    `\`pgrep -f ${mark}\` lists those of this machine, \`pkill -f ${mark}\` ends them.`
  log.fatal({ installation }, `${reason} ${advice}`)
  // On a terminal a sentence is easier to read than JSON, and a log that is silent would tell nothing.
  if (process.stderr.isTTY || log.level === 'silent') tell(`weir: ${reason}\n  ${advice}\n`)
  process.exit(EXIT_CODE)
}

function tell(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // The terminal is gone, too.
  }
}
