import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { clustersOf, findPlace } from '../../places.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'
import type { DeletePlaceOptions } from '../../verbs/places.ts'
import { deletePlace } from '../../verbs/places.ts'

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
    .action(async (name: string, flags: ServerOptions & DeletePlaceOptions) => {
      const context = openContext(io, flags)
      const clusters = clustersOf(context.weir)
      await deletePlace(
        context,
        clusters,
        await findPlace(clusters, name),
        flags,
        'Its credentials are forgotten, it is not touched.',
      )
    })
}
