/** The last lines of each process, dead ones included. */
import type { Command } from 'commander'
import { expectOk } from '../api.ts'
import type { Context } from '../context.ts'
import { usageError } from '../errors.ts'
import type { Located } from '../resources.ts'

export interface LogFlags {
  tail: string
  process?: string
}

export const logOptions = (command: Command): Command =>
  command
    .option('--tail <lines>', 'how many last lines of each process', '200')
    .option('--process <name>', 'only this one: jobmanager, taskmanager-1, ...')

export async function printLogs(context: Context, it: Located, flags: LogFlags): Promise<void> {
  const tail = Number(flags.tail)
  if (!Number.isInteger(tail) || tail < 1)
    throw usageError(`--tail ${flags.tail}: it must be a number of lines`, '--tail 1000')
  const { items } = expectOk(await it.in.logs(it.id, { tail, process: flags.process }), `weir ${it.kind} list`)
  const { io, output } = context
  if (output.json) return output.data({ items })
  // Newest at the bottom, where a terminal ends up.
  for (const log of items.toReversed()) {
    if (io.outTty) {
      const ended = log.endedAt ? `, ended ${log.endedAt}` : ''
      output.line(
        output.style(
          'bold',
          `== ${log.process}, launch ${log.generation}: ${log.state}, started ${log.startedAt}${ended} ==`,
        ),
      )
    }
    for (const line of log.lines) output.line(io.outTty ? line : `${log.process}\t${line}`)
  }
  if (items.length === 0) io.err(`${it.kind} ${it.name} has written no logs yet\n`)
}
