/** Changing fields, and only if nobody else was faster where that is asked for. */
import { defined } from '../../domain/defined.ts'
import { apiError } from '../api.ts'
import { readBody } from '../body.ts'
import type { Definition } from '../command.ts'
import { usageError } from '../errors.ts'
import { find } from '../nouns/find.ts'
import type { Row, UpdateColumn } from '../nouns/row.ts'
import { commandsFor } from '../wait.ts'

interface Flags {
  file?: string
  name?: string
  ifMatch?: string
}

export const define = (row: Row & { update: UpdateColumn }): Definition<Flags, [string]> => ({
  ...row.update,
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [...(row.update.options ?? []), ...row.server],
  async run(context, flags, text) {
    const { io, output } = context
    const fields = flags.file === undefined ? {} : await readBody(io, flags.file)
    const body = { ...fields, ...(await row.update.read?.(context, flags)), ...defined({ name: flags.name }) }
    if (Object.keys(body).length === 0)
      throw usageError(`what is to change? Give ${row.update.changes}`, `weir ${row.noun} update --help`)
    const it = await find(context, row, text)
    const ifMatch = flags.ifMatch?.replaceAll('"', '')
    const answer = await it.in.update(it.id, body, ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` })
    if (!answer.ok) throw apiError(answer.error, commandsFor(it, ['describe']))
    const { id, name, revision } = answer.data
    if (output.json) output.data(answer.data)
    else output.line(io.outTty ? `${row.noun} ${name} is at revision ${revision}` : [id, name, revision].join('\t'))
  },
})
