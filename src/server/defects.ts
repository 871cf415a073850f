/**
 * What nobody has caught is a defect, after which nothing that this process has in memory can be relied on: it says so
 * and ends. Clusters go on, and the next server takes them over, as after a `kill -9`.
 */
import { createLog } from './log.ts'

/** For a process that is a server and nothing else. */
export function endOnDefects(logLevel: string): void {
  const log = createLog(logLevel)
  const end = (error: unknown): void => {
    log.fatal({ err: error }, 'a defect of the server: it ends; start it again, its clusters go on')
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
