import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findTarget, workspacesOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import type { DeleteTargetOptions } from '../../verbs/targets.ts'
import { deleteTarget } from '../../verbs/targets.ts'

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
    .action(async (name: string, flags: ServerOptions & DeleteTargetOptions) => {
      const context = openContext(io, flags)
      const workspaces = workspacesOf(context.weir)
      await deleteTarget(
        context,
        workspaces,
        await findTarget(workspaces, name),
        flags,
        'It takes no new session from then on.',
      )
    })
}
