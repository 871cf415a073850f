/** The question before something is deleted. */
import { createInterface } from 'node:readline/promises'
import type { Context } from './context.ts'
import { CliError, EXIT, usageError } from './errors.ts'
import type { Named } from './wait.ts'
import { commandsFor } from './wait.ts'

/** Throws unless a person says yes. */
export async function confirm({ io }: Context, it: Named, consequence: string): Promise<void> {
  const next = `${commandsFor(it, ['delete'])[0]} --yes`
  if (!io.inTty || !io.errTty)
    throw usageError(`deleting ${it.noun} ${it.name} needs --yes where nobody can be asked`, next)
  const questions = createInterface({ input: io.stdin, output: process.stderr })
  const reply = await questions
    .question(`Delete ${it.noun} ${it.name} (${it.id})? ${consequence} [y/N] `)
    .finally(() => questions.close())
  if (!/^y(es)?$/i.test(reply.trim())) throw new CliError(EXIT.failed, 'nothing was deleted', { next })
}
