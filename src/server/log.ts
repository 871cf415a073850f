/** The server's log: one JSON line an event on standard error, times in UTC. Credentials are never among them. */
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { printable } from '../domain/printable.ts'
import { logOutput } from './log-output.ts'

export type { Logger }

export function createLog(level: string, to: DestinationStream = logOutput()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A log may end on a terminal, and what callers sent is in it.
      hooks: { streamWrite: printable },
      redact: {
        // Whatever is logged with a resource or a cluster: specifications hold the credentials of file systems.
        paths: [
          'req.headers.authorization',
          'headers.authorization',
          '*.password',
          '*.token',
          'spec',
          '*.spec',
          'flinkConfiguration',
          '*.flinkConfiguration',
        ],
        censor: '(masked)',
      },
    },
    to,
  )
}
