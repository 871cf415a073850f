/** Deleting with a question on a terminal, a --yes in scripts, and the wait until it is gone. */
import { createInterface } from 'node:readline/promises'
import { apiError } from '../api.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT, usageError } from '../errors.ts'
import type { Located } from '../resources.ts'
import type { Named } from '../wait.ts'
import { commandsFor, duration, waitFor } from '../wait.ts'

export interface DeleteOptions {
  cascade?: boolean
  force?: boolean
  wait?: boolean
  yes?: boolean
  timeout: string
}

export async function deleteResource(
  context: Context,
  it: Located,
  options: DeleteOptions,
  consequence: string,
): Promise<void> {
  const timeoutMs = duration(options.timeout)
  if (!options.yes) await confirm(context, it, consequence)
  const answer = await it.in.remove(it.id, { cascade: options.cascade, force: options.force })
  if (!answer.ok) {
    const cascade = answer.error.status === 409 && it.kind === 'session' && !options.cascade
    throw apiError(
      answer.error,
      cascade ? `${commandsFor(it, ['delete'])[0]} --cascade   (deletes its jobs too)` : `weir ${it.kind} list`,
    )
  }
  if (options.wait) await waitFor(context, it, { for: 'DELETED', timeoutMs })
  const { io, output } = context
  if (output.json) output.data({ id: it.id, name: it.name, state: options.wait ? 'DELETED' : 'DELETING' })
  else if (io.outTty) output.line(`${it.kind} ${it.name} (${it.id}) is ${options.wait ? 'gone' : 'being deleted'}`)
}

export async function confirm(context: Context, it: Named, consequence: string): Promise<void> {
  const { io } = context
  if (!io.inTty || !io.errTty) {
    throw usageError(
      `deleting ${it.kind} ${it.name} needs --yes where nobody can be asked`,
      `${commandsFor(it, ['delete'])[0]} --yes`,
    )
  }
  const questions = createInterface({ input: io.stdin, output: process.stderr })
  const reply = await questions
    .question(`Delete ${it.kind} ${it.name} (${it.id})? ${consequence} [y/N] `)
    .finally(() => questions.close())
  if (/^y(es)?$/i.test(reply.trim())) return
  throw new CliError(EXIT.failed, 'nothing was deleted', { next: `${commandsFor(it, ['delete'])[0]} --yes` })
}
