import type { Artifact } from '../../../api/client/generated/types.gen.ts'
import { allArtifacts } from '../../artifacts.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import type { Column } from '../../output.ts'
import { age, bytes } from '../../output.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'
import { printList } from '../../verbs/list.ts'

const COLUMNS: Column<Artifact>[] = [
  { header: 'ID', value: (row) => row.id },
  { header: 'NAME', value: (row) => row.name },
  { header: 'VERSION', value: (row) => String(row.version) },
  { header: 'SIZE', value: (row) => String(row.sizeBytes), human: (row) => bytes(row.sizeBytes) },
  { header: 'AGE', value: (row) => row.createdAt, human: (row) => age(row.createdAt) },
]

export const define: Define = (command, io) => {
  command.option('--name <name>', 'only the versions of this name')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir artifact list', 'every version of every file of the workspace'],
        ['weir artifact list --name my-job.jar', 'the versions of one'],
      ),
    )
    .action(async (flags: ServerOptions & { name?: string }) => {
      const context = openContext(io, flags)
      printList(
        context,
        await allArtifacts(context, flags.name),
        COLUMNS,
        'nothing was uploaded here yet: weir artifact upload --help',
      )
    })
}
