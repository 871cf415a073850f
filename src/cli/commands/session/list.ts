import { sessionsOf } from '../../collections.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { listAll } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import { printList, SUMMARY_COLUMNS } from '../../verbs/list.ts'

interface Flags extends ServerOptions {
  state?: string
  label?: string
}

export const define: Define = (command, io) => {
  command
    .option('--state <state>', 'only those in this state')
    .option('--label <key[=value]>', 'only those with this label')
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir session list', 'all of the workspace'],
        ['weir session list --state FAILED', 'those that need a look'],
        ['weir session list | cut -f1', 'IDs: ID, name, state and time of creation, separated by tabs'],
      ),
    )
    .action(async (flags: Flags) => {
      const context = openContext(io, flags)
      const query = { state: flags.state?.toUpperCase(), label: flags.label }
      const sessions = await listAll(await sessionsOf(context), query)
      printList(context, sessions, SUMMARY_COLUMNS, 'no sessions here yet: weir session create --help')
    })
}
