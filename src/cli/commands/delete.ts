/** Deleting with a question on a terminal, a --yes in scripts, and the wait until it is gone. */
import { apiError } from '../api.ts'
import type { Definition } from '../command.ts'
import { confirm } from '../confirm.ts'
import { find } from '../nouns/find.ts'
import type { RemoveQuery, Row } from '../nouns/row.ts'
import { YES } from '../options.ts'
import { duration } from '../wait.ts'

interface Flags extends RemoveQuery {
  session?: string
  wait?: boolean
  timeout?: string
  yes?: boolean
}

export const define = (row: Row): Definition<Flags, [string]> => ({
  ...row.delete,
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [...row.where, ...(row.delete.options ?? []), YES, ...row.server],
  async run(context, flags, text) {
    const { io, output } = context
    const { consequence, refused, untilGone } = row.delete
    const it = await find(context, row, text, flags.session)
    const timeoutMs = duration(flags.timeout ?? '0')
    if (!flags.yes) await confirm(context, it, consequence(flags))
    const answer = await it.in.remove(it.id, flags)
    if (!answer.ok) throw apiError(answer.error, refused(it, answer.error.status, flags))
    if (flags.wait) await untilGone?.(context, it, timeoutMs)
    const gone = flags.wait || !untilGone
    if (output.json) output.data({ id: it.id, name: it.name, state: gone ? 'DELETED' : 'DELETING' })
    else if (io.outTty) output.line(`${row.noun} ${it.name} (${it.id}) is ${gone ? 'gone' : 'being deleted'}`)
  },
})
