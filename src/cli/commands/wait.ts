/** `wait --for=STATE --timeout=TIME`. */
import type { Definition } from '../command.ts'
import { usageError } from '../errors.ts'
import { find } from '../nouns/find.ts'
import type { Resources, Row } from '../nouns/row.ts'
import { within } from '../options.ts'
import { duration, WAITABLE, waitFor } from '../wait.ts'

interface Flags {
  for: string
  timeout: string
  session?: string
}

const STATES = WAITABLE.join(', ')

export const define = (row: Row<Resources>): Definition<Flags, [string]> => ({
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [['--for <state>', `one of ${STATES}`, 'RUNNING'], within('10m'), ...row.where, ...row.server],
  examples: [
    [`weir ${row.noun} wait ${row.example}`, 'until it is RUNNING'],
    [`weir ${row.noun} wait ${row.example} --for=DELETED --timeout=2m`, 'until it is gone'],
  ],
  async run(context, flags, text) {
    const it = await find(context, row, text, flags.session)
    const wanted = flags.for.toUpperCase()
    if (!WAITABLE.includes(wanted))
      throw usageError(`--for=${flags.for} is no state to wait for`, `--for with one of ${STATES}`)
    const last = await waitFor(context, it, { for: wanted, timeoutMs: duration(flags.timeout) })
    const { io, output } = context
    const { id, name } = it
    const state = last?.state ?? 'DELETED'
    if (output.json) output.data(last ?? { id, name, state })
    else output.line(io.outTty ? `${row.noun} ${name} is ${output.state(state)}` : [id, name, state].join('\t'))
  },
})
