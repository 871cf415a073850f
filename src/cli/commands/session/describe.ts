import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findSession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { printDescription } from '../../verbs/describe.ts'

export const define: Define = (command, io) => {
  command.argument('<session>', 'ID or name')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir session describe demo', 'by name or ID'],
        ['weir session describe demo --json', 'with everything the API knows'],
      ),
    )
    .action(async (name: string, flags: ServerOptions) => {
      const context = openContext(io, flags)
      await printDescription(context, await findSession(context, name))
    })
}
