/** Creating: the request, then what came of it, then the wait if that was asked for. */
import { randomUUID } from 'node:crypto'
import { defined } from '../../domain/defined.ts'
import { apiError } from '../api.ts'
import type { Definition } from '../command.ts'
import { pasteable, shellWord } from '../errors.ts'
import { located, onlyCollection } from '../nouns/find.ts'
import type { Row } from '../nouns/row.ts'
import { commandsFor, duration } from '../wait.ts'

interface Flags {
  session?: string
  wait?: boolean
  timeout?: string
}

export const define = (row: Row): Definition<Flags, [string[]?]> => ({
  ...row.create,
  options: [...(row.create.options ?? []), ...row.server],
  async run(context, flags, args = []) {
    const { io, output } = context
    const { create, noun } = row
    const body = await create.read(context, flags, args)
    const at = await onlyCollection(context, row, flags.session)
    await create.complete?.(context, body, flags)
    const timeoutMs = duration(flags.timeout ?? '0')
    const answer = await at.in.create(body, { 'idempotency-key': randomUUID() })
    if (!answer.ok) {
      const taken = answer.error.status === 409 && typeof body.name === 'string'
      const missing = answer.error.status === 404 ? create.missing : undefined
      const there = { noun, id: shellWord(`${body.name}`), ...defined({ session: at.session }) }
      const next = taken ? commandsFor(there, ['describe', 'delete']) : (missing ?? create.refused)
      throw apiError(answer.error, next)
    }
    const { data: made } = answer
    const it = located(noun, made, at)
    const wait = flags.wait ? create.untilRunning : undefined
    // On a terminal the ID comes at once; a script gets its one line of output at the end, when it is true.
    const words = io.outTty && !output.json
    if (wait && words) output.line(`${noun} ${made.name} has the ID ${made.id}; waiting until it is RUNNING`)
    const last = (await wait?.(context, it, timeoutMs)) ?? made
    if (output.json) return output.data(last)
    if (!io.outTty) return output.line(made.id)
    if (!create.untilRunning) output.line(`${noun} ${made.name} has the ID ${made.id}`)
    else output.line(`${noun} ${made.name} is ${output.state(last.state ?? '')}${wait ? '' : `, ID ${made.id}`}`)
    const next = commandsFor(it, [create.untilRunning ? 'wait' : 'check'])
    if (!wait) io.err(`  next: ${pasteable(next[0] ?? '')}\n`)
  },
})
