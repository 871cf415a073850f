import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { checkOptions } from '../../options.ts'
import { examples } from '../../program.ts'
import { findTarget, workspacesOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { checkTarget } from '../../verbs/check.ts'

export const define: Define = (command, io) => {
  command
    .description(
      'Look at a workspace now: its namespace, service account and rights. Exit code 1 when something is missing.',
    )
    .argument('<workspace>', 'ID or name')
  checkOptions(command)
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir workspace check team-a', 'what was found, line by line'],
        ['weir workspace check team-a --timeout 2m --json', 'for programs'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & { timeout: string }) => {
      const context = openContext(io, flags)
      const workspaces = workspacesOf(context.weir)
      await checkTarget(context, workspaces, await findTarget(workspaces, name), flags.timeout)
    })
}
