import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findSession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { WaitFlags } from '../../verbs/wait.ts'
import { waitOptions, waitUntil } from '../../verbs/wait.ts'

export const define: Define = (command, io) => {
  command.argument('<session>', 'ID or name')
  waitOptions(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir session wait demo', 'until it is RUNNING'],
        ['weir session wait demo --for=DELETED --timeout=2m', 'until it is gone'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & WaitFlags) => {
      const context = openContext(io, flags)
      await waitUntil(context, await findSession(context, name), flags)
    })
}
