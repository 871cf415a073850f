import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findTarget, workspacesOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { describeTarget } from '../../verbs/targets.ts'

export const define: Define = (command, io) => {
  command.argument('<workspace>', 'ID or name')
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir workspace describe team-a', 'where it is and what was last seen there'],
        ['weir workspace describe team-a --json', 'with everything the API knows'],
      ),
    )
    .action(async (name: string, flags: ServerOptions) => {
      const context = openContext(io, flags)
      describeTarget(context, await findTarget(workspacesOf(context.weir), name))
    })
}
