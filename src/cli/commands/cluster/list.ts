import type { Cluster } from '../../../api/client/generated/types.gen.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import type { Column } from '../../output.ts'
import { age } from '../../output.ts'
import { examples } from '../../program.ts'
import { allTargets, kubeClustersOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { printList } from '../../verbs/list.ts'
import { CHECKS } from '../../verbs/targets.ts'

const COLUMNS: Column<Cluster>[] = [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  {
    header: 'SERVER',
    value: (row) => row.kubeClusterConfig.cluster.server,
    human: (row) => row.kubeClusterConfig.cluster.server ?? 'in cluster',
  },
  { header: 'KUBERNETES', value: (row) => row.status.kubernetesVersion },
  CHECKS,
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

export const define: Define = (command, io) => {
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir cluster list', 'all that are known'],
        [
          'weir cluster list | cut -f1',
          'IDs: ID, name, server, version, checks and time of creation, separated by tabs',
        ],
      ),
    )
    .action(async (flags: ServerOptions) => {
      const context = openContext(io, flags)
      printList(
        context,
        await allTargets(kubeClustersOf(context.weir)),
        COLUMNS,
        'no clusters here yet: weir cluster create --help',
      )
    })
}
