import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { deleteOptions } from '../../options.ts'
import { examples } from '../../program.ts'
import { findSession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { DeleteOptions } from '../../verbs/delete.ts'
import { deleteResource } from '../../verbs/delete.ts'

export const define: Define = (command, io) => {
  command
    .description('Delete a session: its cluster is stopped. One that still has live jobs is refused without --cascade.')
    .argument('<session>', 'ID or name')
    .option('--cascade', 'delete its jobs too')
  deleteOptions(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir session delete demo', 'asks first'],
        ['weir session delete demo --cascade --wait --yes', 'with its jobs, and wait until all is gone'],
        ['weir session delete demo --force --yes', 'without waiting for a Flink that does not answer'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & DeleteOptions) => {
      const context = openContext(io, flags)
      const session = await findSession(context, name)
      const consequence = flags.cascade ? 'Its cluster and all of its jobs are stopped.' : 'Its cluster is stopped.'
      await deleteResource(context, session, flags, consequence)
    })
}
