import { findArtifact } from '../../artifacts.ts'
import { openContext, serverOptions } from '../../context.ts'
import type { ServerOptions } from '../../context.ts'
import { flatten } from '../../output.ts'
import { examples } from '../../program.ts'
import type { Define } from '../../tree.ts'

export const define: Define = (command, io) => {
  command.argument('<artifact>', 'ID, URI, or name (then its newest version)')
  serverOptions(command).addHelpText('after', examples(
    ['weir artifact describe my-job.jar', 'the newest version'],
    ['weir artifact describe \'artifact://my-job.jar?version=2\' --json', 'that version, for programs'],
  )).action(async (name: string, flags: ServerOptions) => {
    const { output, ...context } = openContext(io, flags)
    const artifact = await findArtifact({ output, ...context }, name)
    if (output.json) output.data(artifact)
    else output.record(flatten(artifact))
  })
}
