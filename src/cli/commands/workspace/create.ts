import { readBody } from '../../body.ts'
import type { ServerOptions } from '../../context.ts'
import { openContext, organizationOptions } from '../../context.ts'
import { usageError } from '../../errors.ts'
import { examples } from '../../program.ts'
import { findTarget, kubeClustersOf, workspacesOf } from '../../targets.ts'
import type { Define } from '../../tree.ts'
import { createTarget } from '../../verbs/targets.ts'

interface Flags extends ServerOptions {
  file?: string
  name?: string
  cluster?: string
  namespace?: string
  serviceAccount?: string
  storage?: string
}

const BODY_HELP = `
A body (JSON, or the same as YAML):
  {
    "name": "team-a", "kubeClusterId": "ID", "kubeNamespace": "team-a", "kubeServiceAccount": "flink",
    "kubeStorage": "s3://bucket/weir"
  }
The namespace and the service account must be there: weir workspace check says what is missing.`

export const define: Define = (command, io) => {
  command
    .description(
      "Create a workspace in a namespace of a Kubernetes cluster, or without --cluster on the server's machine. " +
        'A namespace belongs to one workspace. Prints the ID alone in a pipe.',
    )
    .option('-f, --file <file>', 'the body: a JSON or YAML file, - for stdin')
    .option('--name <name>', 'its name')
    .option('--cluster <id|name>', 'the cluster it is in (weir cluster list)')
    .option('--namespace <name>', 'the namespace it has for itself')
    .option('--service-account <name>', "what Flink's pods run as")
    .option('--storage <uri>', 'a folder for checkpoints, savepoints and high availability: s3://bucket/weir')
  organizationOptions(command)
    .addHelpText(
      'after',
      BODY_HELP +
        '\n' +
        examples(
          [
            'weir workspace create --name team-a --cluster prod --namespace team-a --service-account flink',
            'on Kubernetes',
          ],
          ['weir workspace create --name experiments', "on the server's machine"],
        ),
    )
    .action(async (flags: Flags) => {
      const body = flags.file === undefined ? {} : await readBody(io, flags.file)
      if (flags.file === undefined && flags.name === undefined) {
        throw usageError('what is to be created? Give -f FILE, or at least --name', 'weir workspace create --help')
      }
      const context = openContext(io, flags)
      const kubeClusterId =
        flags.cluster === undefined ? undefined : (await findTarget(kubeClustersOf(context.weir), flags.cluster)).id
      const { name, namespace: kubeNamespace, serviceAccount: kubeServiceAccount, storage: kubeStorage } = flags
      const given = Object.entries({ name, kubeClusterId, kubeNamespace, kubeServiceAccount, kubeStorage })
      Object.assign(body, Object.fromEntries(given.filter(([, value]) => value !== undefined)))
      await createTarget(context, workspacesOf(context.weir), body)
    })
}
