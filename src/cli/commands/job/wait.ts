import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { sessionOption } from '../../options.ts'
import { examples } from '../../program.ts'
import { findJob } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { WaitFlags } from '../../verbs/wait.ts'
import { waitOptions, waitUntil } from '../../verbs/wait.ts'

export const define: Define = (command, io) => {
  command.argument('<job>', 'ID or name')
  waitOptions(command)
  sessionOption(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir job wait counts', 'until it is RUNNING'],
        ['weir job wait counts --for=DELETED --timeout=2m', 'until it is gone'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & WaitFlags & { session?: string }) => {
      const context = openContext(io, flags)
      await waitUntil(context, await findJob(context, name, flags.session), flags)
    })
}
