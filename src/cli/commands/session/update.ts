import type { FlinkSessionUpdate } from '../../../api/client/generated/types.gen.ts'
import { apiError } from '../../api.ts'
import { readBody } from '../../body.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { usageError } from '../../errors.ts'
import { examples } from '../../program.ts'
import { findSession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { commandsFor } from '../../wait.ts'

interface Flags extends ServerOptions {
  file?: string
  name?: string
  ifMatch?: string
}

export const define: Define = (command, io) => {
  command
    .description('Change a session. Each top-level field that is given is replaced whole, the others stay.')
    .argument('<session>', 'ID or name')
    .option('-f, --file <file>', 'the fields to change: a JSON or YAML file, - for stdin')
    .option('--name <name>', 'a new name')
    .option('--if-match <revision>', 'only if this is still its revision')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir session update demo --name "Demo, old"', 'rename'],
        ['weir session update demo -f change.json --if-match 3', 'unless somebody else was faster'],
      ),
    )
    .action(async (name: string, flags: Flags) => {
      const body = {
        ...(flags.file ? await readBody(io, flags.file) : {}),
        ...(flags.name === undefined ? {} : { name: flags.name }),
      }
      if (Object.keys(body).length === 0) {
        throw usageError('what is to change? Give --name, or -f FILE with fields', 'weir session update --help')
      }
      const context = openContext(io, flags)
      const session = await findSession(context, name)
      const headers = flags.ifMatch === undefined ? {} : { 'if-match': `"${flags.ifMatch.replaceAll('"', '')}"` }
      const path = { ws: await context.workspace(), session: session.id }
      const answer = await context.weir.updateFlinkSession({ path, body: body as FlinkSessionUpdate, headers })
      if (!answer.ok) throw apiError(answer.error, commandsFor(session, ['describe']))
      const { output } = context
      if (output.json) output.data(answer.data)
      else if (io.outTty) output.line(`session ${answer.data.name} is at revision ${answer.data.revision}`)
      else output.line([answer.data.id, answer.data.name, answer.data.revision].join('\t'))
    })
}
