/** The last lines of each process, dead ones included; with --follow what they write from then on. */
import type { Command } from 'commander'
import { expectOk } from '../api.ts'
import type { Context } from '../context.ts'
import type { Located } from '../resources.ts'

export interface LogFlags {
  tail: string
  process?: string
}

/** As the API answers it: one process of one generation of the cluster. */
export interface ProcessLog {
  process: string
  generation: number
  state: string
  startedAt: string
  endedAt?: string
  lines: string[]
}

export const logOptions = (command: Command): Command => command
  .option('--tail <lines>', 'how many last lines of each process', '200')
  .option('--process <name>', 'only this one: jobmanager, taskmanager-1, ...')

export async function printLogs(context: Context, it: Located, flags: LogFlags): Promise<void> {
  const query = { tail: flags.tail, process: flags.process }
  const { items } = expectOk(await context.call<{ items: ProcessLog[] }>('GET', `${it.path}/logs`, { query }), `weir ${it.kind} list`)
  const { io, output } = context
  if (output.json) return output.data({ items })
  // Newest at the bottom, where a terminal ends up.
  for (const log of items.toReversed()) {
    if (io.outTty) {
      const ended = log.endedAt ? `, ended ${log.endedAt}` : ''
      output.line(output.style('bold', `== ${log.process}, launch ${log.generation}: ${log.state}, started ${log.startedAt}${ended} ==`))
    }
    for (const line of log.lines) output.line(io.outTty ? line : `${log.process}\t${line}`)
  }
  if (items.length === 0) io.err(`${it.kind} ${it.name} has written no logs yet\n`)
}
