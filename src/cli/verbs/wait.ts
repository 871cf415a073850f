/** `wait --for=STATE --timeout=TIME`, the same for sessions and jobs. */
import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { usageError } from '../errors.ts'
import type { Located } from '../resources.ts'
import { duration, WAITABLE, waitFor } from '../wait.ts'

export interface WaitFlags {
  for: string
  timeout: string
}

export const waitOptions = (command: Command): Command =>
  command
    .option('--for <state>', `one of ${WAITABLE.join(', ')}`, 'RUNNING')
    .option('--timeout <time>', 'give up after this long: 90s, 5m, 1h', '10m')

export async function waitUntil(context: Context, it: Located, flags: WaitFlags): Promise<void> {
  const wanted = flags.for.toUpperCase()
  if (!WAITABLE.includes(wanted)) {
    throw usageError(`--for=${flags.for} is no state to wait for`, `--for with one of ${WAITABLE.join(', ')}`)
  }
  const seen = await waitFor(context, it, { for: wanted, timeoutMs: duration(flags.timeout) })
  const { io, output } = context
  const state = seen?.state ?? 'DELETED'
  if (output.json) output.data(seen ?? { id: it.id, name: it.name, state })
  else output.line(io.outTty ? `${it.kind} ${it.name} is ${output.state(state)}` : [it.id, it.name, state].join('\t'))
}
