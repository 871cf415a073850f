import { CliError, EXIT } from '../../errors.ts'
import { makeOutput } from '../../output.ts'
import { examples } from '../../program.ts'
import { findRuntime } from '../../runtimes.ts'
import { openDistributions } from '../../server.ts'
import type { Define } from '../../tree.ts'

export const define: Define = (command, io) => {
  command
    .description(
      'Remove an installed Flink distribution from this machine; a FLINK_HOME of your own is never removed. ' +
        'Sessions that run on it lose their files: stop them first. Needs no server.',
    )
    .argument('<runtime>', 'FLINK_1_20, 1.20 or 1.20.5')
    .addHelpText('after', examples(['weir runtime remove FLINK_1_17', 'it can be installed again']))
    .action(async (name: string) => {
      const { catalogue, distributions } = await openDistributions()
      const { runtime, version } = findRuntime(catalogue, name)
      if (!(await distributions.remove(version))) {
        throw new CliError(EXIT.notFound, `${runtime} (Flink ${version}) is not installed`, {
          next: 'weir runtime list',
        })
      }
      makeOutput(io, {}).line(io.outTty ? `${runtime} (Flink ${version}) is removed` : [runtime, version].join('\t'))
    })
}
