/** The last lines of each process, dead ones included. */
import { expectOk } from '../api.ts'
import type { Definition } from '../command.ts'
import { usageError } from '../errors.ts'
import { find } from '../nouns/find.ts'
import type { Resources, Row } from '../nouns/row.ts'

interface Flags {
  tail: string
  process?: string
  session?: string
}

export const define = (row: Row<Resources>): Definition<Flags, [string]> => ({
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [
    ['--tail <lines>', 'how many last lines of each process', '200'],
    ['--process <name>', 'only this one: jobmanager, taskmanager-1, ...'],
    ...row.where,
    ...row.server,
  ],
  examples: [
    [`weir ${row.noun} logs ${row.example}`, 'JobManager and TaskManagers, the newest last'],
    [`weir ${row.noun} logs ${row.example} --process jobmanager --tail 1000`, 'more of one of them'],
  ],
  async run(context, { tail, process, session }, text) {
    const { io, output } = context
    const it = await find(context, row, text, session)
    const lines = Number(tail)
    if (!Number.isInteger(lines) || lines < 1)
      throw usageError(`--tail ${tail}: it must be a number of lines`, '--tail 1000')
    const { items } = expectOk(await it.in.logs(it.id, { tail: lines, process }), `weir ${row.noun} list`)
    if (output.json) return output.data({ items })
    // Newest at the bottom, where a terminal ends up.
    for (const log of items.toReversed()) {
      const ended = log.endedAt ? `, ended ${log.endedAt}` : ''
      const title = `== ${log.process}, launch ${log.generation}: ${log.state}, started ${log.startedAt}${ended} ==`
      if (io.outTty) output.line(output.style('bold', title))
      for (const line of log.lines) output.line(io.outTty ? line : `${log.process}\t${line}`)
    }
    if (items.length === 0) io.err(`${row.noun} ${it.name} has written no logs yet\n`)
  },
})
