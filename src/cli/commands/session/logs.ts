import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { examples } from '../../program.ts'
import { findSession } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { LogFlags } from '../../verbs/logs.ts'
import { logOptions, printLogs } from '../../verbs/logs.ts'

export const define: Define = (command, io) => {
  command.argument('<session>', 'ID or name')
  logOptions(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir session logs demo', 'JobManager and TaskManagers, the newest last'],
        ['weir session logs demo --process jobmanager --tail 1000', 'more of one of them'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & LogFlags) => {
      const context = openContext(io, flags)
      await printLogs(context, await findSession(context, name), flags)
    })
}
