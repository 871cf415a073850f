/** The server's log: one JSON line an event on standard error, times in UTC. Credentials are never among them. */
import { pino, destination, stdTimeFunctions, type Logger } from 'pino'

export type { Logger }

export function createLog(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['req.headers.authorization', 'headers.authorization', '*.password', '*.token'], censor: '(masked)' },
    },
    destination({ fd: 2, sync: true }),
  )
}
