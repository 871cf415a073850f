/** The question before something is deleted or revoked. */
import { createInterface } from 'node:readline/promises'
import type { Context } from './context.ts'
import { CliError, EXIT, usageError } from './errors.ts'
import type { Named } from './wait.ts'
import { commandsFor } from './wait.ts'

const VERBS = {
  delete: { doing: 'deleting', ask: 'Delete', done: 'deleted' },
  revoke: { doing: 'revoking', ask: 'Revoke', done: 'revoked' },
}

/** Throws unless a person says yes. */
export async function confirm(
  { io }: Context,
  it: Named,
  consequence: string,
  verb: keyof typeof VERBS = 'delete',
): Promise<void> {
  const { doing, ask, done } = VERBS[verb]
  const next = `${commandsFor(it, [verb])[0]} --yes`
  if (!io.inTty || !io.errTty)
    throw usageError(`${doing} ${it.noun} ${it.name} needs --yes where nobody can be asked`, next)
  const questions = createInterface({ input: io.stdin, output: process.stderr })
  const what = it.name === it.id ? it.id : `${it.name} (${it.id})`
  const reply = await questions
    .question(`${ask} ${it.noun} ${what}? ${consequence} [y/N] `)
    .finally(() => questions.close())
  if (!/^y(es)?$/i.test(reply.trim())) throw new CliError(EXIT.failed, `nothing was ${done}`, { next })
}
