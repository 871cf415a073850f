import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { usageError } from '../../errors.ts'
import { examples } from '../../program.ts'
import { findTarget, workspacesOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { updateTarget } from '../../verbs/targets.ts'

interface Flags extends ServerOptions {
  name?: string
  ifMatch?: string
}

export const define: Define = (command, io) => {
  command
    .description('Rename a workspace. Where it is cannot be changed: its sessions run there.')
    .argument('<workspace>', 'ID or name')
    .option('--name <name>', 'a new name')
    .option('--if-match <revision>', 'only if this is still its revision')
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        ['weir workspace update team-a --name "team A"', 'rename'],
        ['weir workspace update team-a --name "team A" --if-match 3', 'unless somebody else was faster'],
      ),
    )
    .action(async (text: string, { name, ifMatch, ...flags }: Flags) => {
      if (name === undefined) throw usageError('what is to change? Give --name', 'weir workspace update --help')
      const context = openContext(io, flags)
      const workspaces = workspacesOf(context.weir)
      await updateTarget(context, workspaces, await findTarget(workspaces, text), { name }, ifMatch)
    })
}
