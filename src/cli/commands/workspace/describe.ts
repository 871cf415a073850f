import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { findPlace, workspacesOf } from '../../places.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'
import { describePlace } from '../../verbs/places.ts'

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
      describePlace(context, await findPlace(workspacesOf(context.weir), name))
    })
}
