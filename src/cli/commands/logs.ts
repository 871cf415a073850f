/** The last lines of each process, dead ones included; then, if asked for, whatever comes. */
import { setTimeout as delay } from 'node:timers/promises'
import type { ProcessLog } from '../../api/client/generated/types.gen.ts'
import { apiError, expectOk } from '../api.ts'
import type { Definition } from '../command.ts'
import type { Context } from '../context.ts'
import { usageError } from '../errors.ts'
import { createFollower, type NewLines } from '../follow.ts'
import { find } from '../nouns/find.ts'
import type { Located, Resources, Row } from '../nouns/row.ts'
import { plain, plainLine } from '../output.ts'

interface Flags {
  tail: string
  process?: string
  follow?: boolean
  session?: string
}

const POLL_MS = 1000
/** What is written between two questions has to fit: more than that is told as a gap. */
const FOLLOWED_LINES = 2000

export const define = (row: Row<Resources>): Definition<Flags, [string]> => ({
  arguments: [[`<${row.noun}>`, 'ID or name']],
  options: [
    ['--tail <lines>', 'how many last lines of each process', '200'],
    ['--process <name>', 'only this one: jobmanager, taskmanager-1, ...'],
    ['--follow', `go on with what is written from now on, until Ctrl-C or the ${row.noun} is gone`],
    ...row.where,
    ...row.server,
  ],
  examples: [
    [`weir ${row.noun} logs ${row.example}`, 'JobManager and TaskManagers, the newest last'],
    [`weir ${row.noun} logs ${row.example} --process jobmanager --tail 1000`, 'more of one of them'],
    [`weir ${row.noun} logs ${row.example} --follow --process taskmanager-1`, 'what one of them writes, as it does'],
  ],
  async run(context, { tail, process, follow = false, session }, text) {
    const { io, output } = context
    const lines = Number(tail)
    if (!Number.isInteger(lines) || lines < 1)
      throw usageError(`--tail ${tail}: it must be a number of lines`, '--tail 1000')
    if (follow && output.json) throw usageError('--follow has no --json: it never ends', 'leave one of them out')
    const it = await find(context, row, text, session)
    const query = { tail: follow ? Math.max(lines, FOLLOWED_LINES) : lines, process }
    const { items } = expectOk(await it.in.logs(it.id, query), `weir ${row.noun} list`)
    if (output.json) return output.data({ items })
    // Newest at the bottom, where a terminal ends up.
    for (const log of items.toReversed())
      print(context, { log, lines: log.lines.slice(-lines), isNew: true, gap: false })
    if (follow) return followed(context, it, query, items)
    if (items.length === 0) io.err(`${row.noun} ${it.name} has written no logs yet\n`)
  },
})

function print({ io, output }: Context, { log, lines, isNew, gap }: NewLines): void {
  const ended = log.endedAt ? `, ended ${log.endedAt}` : ''
  const title = `== ${log.process}, launch ${log.generation}: ${log.state}, started ${log.startedAt}${ended} ==`
  if (io.outTty && isNew) output.line(output.style('bold', title))
  if (gap) io.err(`${log.process}: more was written than could be followed; some lines are missing here\n`)
  for (const line of lines.map(plainLine)) output.line(io.outTty && isNew ? line : `${log.process}\t${line}`)
}

/** Until there is no such thing any more. What passes by itself, as a server that is restarted, is waited out. */
async function followed(
  context: Context,
  it: Located<Resources>,
  query: { tail: number; process: string | undefined },
  shown: readonly ProcessLog[],
): Promise<void> {
  const follower = createFollower()
  follower.next(shown)
  for (let silent = false; ; ) {
    await delay(POLL_MS)
    const answer = await it.in.logs(it.id, query)
    if (answer.ok) {
      for (const added of follower.next(answer.data.items)) print(context, added)
      silent = false
      continue
    }
    const { status, message } = answer.error
    if (status === 404) return context.io.err(`${it.noun} ${it.name} is gone\n`)
    if (status !== 0 && status < 500 && status !== 429) throw apiError(answer.error)
    if (!silent) context.io.err(`${plain(message)}; trying again\n`)
    silent = true
  }
}
