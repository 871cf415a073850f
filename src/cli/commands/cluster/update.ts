import { readBody } from '../../body.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { usageError } from '../../errors.ts'
import type { KubeconfigFlags } from '../../kubeconfig.ts'
import { readKubeconfig } from '../../kubeconfig.ts'
import { kubeconfigOptions } from '../../options.ts'
import { examples } from '../../program.ts'
import { findTarget, kubeClustersOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { updateTarget } from '../../verbs/targets.ts'

interface Flags extends ServerOptions, KubeconfigFlags {
  file?: string
  name?: string
  ifMatch?: string
}

export const define: Define = (command, io) => {
  command
    .description('Rename a cluster, or give it new credentials before the old ones expire. Sessions in it go on.')
    .argument('<cluster>', 'ID or name')
    .option('-f, --file <file>', 'the fields to change: a JSON or YAML file, - for stdin')
    .option('--name <name>', 'a new name')
    .option('--if-match <revision>', 'only if this is still its revision')
  kubeconfigOptions(command)
  organizationOptions(command)
    .addHelpText(
      'after',
      examples(
        [
          'weir cluster update prod --kubeconfig renewed.yaml',
          'new credentials, and the address that stands beside them',
        ],
        ['weir cluster update prod --context admin@prod', 'the same from the usual kubeconfig'],
        ['weir cluster update prod --name "prod, old"', 'rename'],
      ),
    )
    .action(async (name: string, flags: Flags) => {
      const body = flags.file === undefined ? {} : await readBody(io, flags.file)
      if (flags.kubeconfig !== undefined || flags.context !== undefined) {
        const { config, notes } = await readKubeconfig(io, flags)
        body.kubeClusterConfig = config
        for (const note of notes) io.err(`${note}\n`)
      }
      if (flags.name !== undefined) body.name = flags.name
      if (Object.keys(body).length === 0) {
        throw usageError(
          'what is to change? Give --name, --kubeconfig, --context, or -f FILE with fields',
          'weir cluster update --help',
        )
      }
      const context = openContext(io, flags)
      const clusters = kubeClustersOf(context.weir)
      await updateTarget(context, clusters, await findTarget(clusters, name), body, flags.ifMatch)
    })
}
