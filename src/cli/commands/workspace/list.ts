import type { Workspace } from '../../../api/client/generated/types.gen.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import type { Column } from '../../output.ts'
import { age, stateStyle } from '../../output.ts'
import { examples } from '../../program.ts'
import { allTargets, workspacesOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { printList } from '../../verbs/list.ts'
import { CHECKS } from '../../verbs/targets.ts'

const COLUMNS: Column<Workspace>[] = [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  { header: 'STATE', value: (row) => row.state, style: stateStyle },
  { header: 'CLUSTER', value: (row) => row.kubeClusterId, human: (row) => row.kubeClusterId ?? 'this machine' },
  { header: 'NAMESPACE', value: (row) => row.kubeNamespace },
  CHECKS,
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

export const define: Define = (command, io) => {
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir workspace list', 'all that you may see'],
        [
          'weir workspace list | cut -f1',
          'IDs: ID, name, state, cluster, namespace, checks, creation, separated by tabs',
        ],
      ),
    )
    .action(async (flags: ServerOptions) => {
      const context = openContext(io, flags)
      printList(
        context,
        await allTargets(workspacesOf(context.weir)),
        COLUMNS,
        'no workspaces here: weir workspace create --help',
      )
    })
}
