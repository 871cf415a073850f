import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { checkOptions } from '../../options.ts'
import { examples } from '../../program.ts'
import { findTarget, kubeClustersOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { checkTarget } from '../../verbs/check.ts'

export const define: Define = (command, io) => {
  command
    .description(
      'Look at a cluster now: whether it can be reached, its version, the operator. Exit code 1 when something is missing.',
    )
    .argument('<cluster>', 'ID or name')
  checkOptions(command)
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir cluster check prod', 'what was found, line by line'],
        ['weir cluster check prod --timeout 2m --json', 'for programs'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & { timeout: string }) => {
      const context = openContext(io, flags)
      const clusters = kubeClustersOf(context.weir)
      await checkTarget(context, clusters, await findTarget(clusters, name), flags.timeout)
    })
}
