import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { sessionOption } from '../../options.ts'
import { examples } from '../../program.ts'
import { findJob } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { printEvents } from '../../verbs/events.ts'

export const define: Define = (command, io) => {
  command.argument('<job>', 'ID or name')
  sessionOption(command)
  serverOptions(command)
    .addHelpText('after', examples(['weir job events counts', 'what happened, the newest last']))
    .action(async (name: string, flags: ServerOptions & { session?: string }) => {
      const context = openContext(io, flags)
      await printEvents(context, await findJob(context, name, flags.session))
    })
}
