import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findTarget, kubeClustersOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import type { DeleteTargetOptions } from '../../verbs/targets.ts'
import { deleteTarget } from '../../verbs/targets.ts'

export const define: Define = (command, io) => {
  command
    .description(
      'Forget a cluster and its credentials; the cluster itself is not touched. One that still has workspaces is refused.',
    )
    .argument('<cluster>', 'ID or name')
    .option('-y, --yes', 'do not ask')
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(['weir cluster delete prod', 'asks first'], ['weir cluster delete prod --yes', 'in a script']),
    )
    .action(async (name: string, flags: ServerOptions & DeleteTargetOptions) => {
      const context = openContext(io, flags)
      const clusters = kubeClustersOf(context.weir)
      await deleteTarget(
        context,
        clusters,
        await findTarget(clusters, name),
        flags,
        'Its credentials are forgotten, it is not touched.',
      )
    })
}
