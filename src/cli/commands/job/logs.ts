import type { ServerOptions } from '../../context.ts'
import { openContext, serverOptions } from '../../context.ts'
import { sessionOption } from '../../options.ts'
import { examples } from '../../program.ts'
import { findJob } from '../../resources.ts'
import type { Define } from '../../tree.ts'
import type { LogFlags } from '../../verbs/logs.ts'
import { logOptions, printLogs } from '../../verbs/logs.ts'

export const define: Define = (command, io) => {
  command.argument('<job>', 'ID or name')
  logOptions(command)
  sessionOption(command)
  serverOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir job logs counts', 'JobManager and TaskManagers, the newest last'],
        ['weir job logs counts --process jobmanager --tail 1000', 'more of one of them'],
      ),
    )
    .action(async (name: string, flags: ServerOptions & LogFlags & { session?: string }) => {
      const context = openContext(io, flags)
      await printLogs(context, await findJob(context, name, flags.session), flags)
    })
}
