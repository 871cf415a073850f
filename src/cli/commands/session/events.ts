import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findSession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { printEvents } from '../../verbs/events.ts'

export const define: Define = (command, io) => {
  command.argument('<session>', 'ID or name')
  serverOptions(command)
    .addHelpText('after', examples(['weir session events demo', 'what happened, the newest last']))
    .action(async (name: string, flags: ServerOptions) => {
      const context = openContext(io, flags)
      await printEvents(context, await findSession(context, name))
    })
}
