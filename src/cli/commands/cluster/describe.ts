import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findTarget, kubeClustersOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { describeTarget } from '../../verbs/targets.ts'

export const define: Define = (command, io) => {
  command.argument('<cluster>', 'ID or name')
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir cluster describe prod', 'how it is reached and what was last seen; never its credentials'],
        ['weir cluster describe prod --json', 'with everything the API tells'],
      ),
    )
    .action(async (name: string, flags: ServerOptions) => {
      const context = openContext(io, flags)
      describeTarget(context, await findTarget(kubeClustersOf(context.weir), name))
    })
}
