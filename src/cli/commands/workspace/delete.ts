import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { findPlace, workspacesOf } from '../../places.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'
import type { DeletePlaceOptions } from '../../verbs/places.ts'
import { deletePlace } from '../../verbs/places.ts'

export const define: Define = (command, io) => {
  command
    .description('Delete a workspace. One that still has sessions is refused, naming them; its namespace stays.')
    .argument('<workspace>', 'ID or name')
    .option('--wait', 'wait until it is gone')
    .option('--timeout <time>', 'with --wait: give up after this long: 90s, 5m, 1h', '5m')
    .option('-y, --yes', 'do not ask')
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir workspace delete team-a', 'asks first'],
        ['weir workspace delete team-a --wait --yes', 'in a script, until it is gone'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & DeletePlaceOptions) => {
      const context = openContext(io, flags)
      const workspaces = workspacesOf(context.weir)
      await deletePlace(
        context,
        workspaces,
        await findPlace(workspaces, name),
        flags,
        'It takes no new session from then on.',
      )
    })
}
