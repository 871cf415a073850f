/** The end of every create: the request, then what came of it, then the wait if that was asked for. */
import { randomUUID } from 'node:crypto'
import { apiError } from '../api.ts'
import type { Collection, Kind } from '../collections.ts'
import type { Context } from '../context.ts'
import { pasteable, shellWord } from '../errors.ts'
import type { Located } from '../resources.ts'
import { located } from '../resources.ts'
import { commandsFor, duration, waitFor } from '../wait.ts'

export interface CreateOptions {
  wait?: boolean
  timeout: string
}

export async function createIn(
  context: Context,
  kind: Kind,
  collection: Collection,
  body: Record<string, unknown>,
  options: CreateOptions,
  session?: Located,
): Promise<void> {
  const timeoutMs = duration(options.timeout)
  const answer = await collection.create(body, randomUUID())
  if (!answer.ok) throw apiError(answer.error, nextAfter(answer.error.status, kind, body))
  const { data: made } = answer
  const it: Located = { ...located(kind, made, collection), ...(session ? { session } : {}) }
  const { io, output } = context
  // On a terminal the ID comes at once; a script gets its one line of output at the end, when it is true.
  if (options.wait && io.outTty && !output.json)
    output.line(`${kind} ${made.name} has the ID ${made.id}; waiting until it is RUNNING`)
  const seen = options.wait ? await waitFor(context, it, { for: 'RUNNING', timeoutMs }) : made
  if (output.json) return output.data(seen ?? made)
  if (!io.outTty) return output.line(made.id)
  output.line(
    `${kind} ${made.name} is ${output.state(seen?.state ?? made.state)}${options.wait ? '' : `, ID ${made.id}`}`,
  )
  if (!options.wait) io.err(`  next: ${pasteable(commandsFor(it, ['wait'])[0] ?? '')}\n`)
}

function nextAfter(status: number, kind: Kind, body: Record<string, unknown>): string {
  if (status === 409 && typeof body.name === 'string') return `weir ${kind} describe ${shellWord(body.name)}`
  if (status === 404 && kind === 'job') return 'weir session list'
  return `weir ${kind} create --help   (shows a body that is accepted)`
}
