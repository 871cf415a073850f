import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { deleteOptions, sessionOption } from '../../options.ts'
import { examples } from '../../program.ts'
import { findJob } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { DeleteOptions } from '../../verbs/delete.ts'
import { deleteResource } from '../../verbs/delete.ts'

export const define: Define = (command, io) => {
  command
    .description('Cancel a job in Flink and delete it, with the checkpoints it made. Savepoints stay.')
    .argument('<job>', 'ID or name')
  sessionOption(command)
  deleteOptions(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir job delete counts', 'asks first'],
        ['weir job delete counts --session demo --wait --yes', 'and wait until it is gone'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & DeleteOptions & { session?: string }) => {
      const context = openContext(io, flags)
      await deleteResource(
        context,
        await findJob(context, name, flags.session),
        flags,
        'It is cancelled, and its checkpoints are deleted.',
      )
    })
}
