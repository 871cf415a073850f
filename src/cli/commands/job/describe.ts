import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { sessionOption } from '../../options.ts'
import { examples } from '../../program.ts'
import { findJob } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { printDescription } from '../../verbs/describe.ts'

export const define: Define = (command, io) => {
  command.argument('<job>', 'ID or name')
  sessionOption(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir job describe counts', 'by name or ID'],
        ['weir job describe counts --json', 'with everything the API knows'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & { session?: string }) => {
      const context = openContext(io, flags)
      await printDescription(context, await findJob(context, name, flags.session))
    })
}
