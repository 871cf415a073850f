import { readBody } from '../../body.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import type { KubeconfigFlags } from '../../kubeconfig.ts'
import { readKubeconfig } from '../../kubeconfig.ts'
import { kubeconfigOptions } from '../../options.ts'
import { examples } from '../../program.ts'
import { kubeClustersOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { createTarget } from '../../verbs/targets.ts'

interface Flags extends ServerOptions, KubeconfigFlags {
  file?: string
  name?: string
}

const BODY_HELP = `
A body (JSON, or the same as YAML), where no kubeconfig is at hand:
  {
    "name": "prod",
    "kubeClusterConfig": {
      "cluster": {"server": "https://10.0.0.1:6443", "certificateAuthorityData": "LS0tLS1CRUdJTi..."},
      "auth": {"bearerToken": {"token": "..."}}
    }
  }
"auth" is one of clientCertificate, bearerToken, basic, awsEksIam, and inCluster (without "server")
where the server itself runs in a pod of that cluster.`

export const define: Define = (command, io) => {
  command
    .description(
      'Make a Kubernetes cluster known. Address and credentials are copied from a context of a kubeconfig; ' +
        'the server encrypts the credentials and never shows them. Prints the ID alone in a pipe.',
    )
    .option('-f, --file <file>', 'the body instead: a JSON or YAML file, - for stdin')
    .option('--name <name>', 'its name (default: that of the context)')
  kubeconfigOptions(command)
  organizationOptions(command)
    .addHelpText(
      'after',
      BODY_HELP +
        '\n' +
        examples(
          ['weir cluster create', 'the current context of the usual kubeconfig'],
          ['weir cluster create --kubeconfig prod.yaml --context admin@prod --name prod', 'a certain one'],
          ['weir cluster create -f cluster.json', 'without a kubeconfig'],
        ),
    )
    .action(async (flags: Flags) => {
      const body = flags.file === undefined ? {} : await readBody(io, flags.file)
      if (flags.file === undefined || flags.kubeconfig !== undefined || flags.context !== undefined) {
        const { name, config, notes } = await readKubeconfig(io, flags)
        Object.assign(body, { name: body.name ?? name, kubeClusterConfig: config })
        for (const note of notes) io.err(`${note}\n`)
      }
      if (flags.name !== undefined) body.name = flags.name
      const context = openContext(io, flags)
      await createTarget(context, kubeClustersOf(context.weir), body)
    })
}
