/** The row of Kubernetes clusters, which are `cluster` on the command line. */
import type { Cluster, ClusterSpec, ClusterUpdate } from '../../api/client/generated/types.gen.ts'
import { defined } from '../../domain/defined.ts'
import { page, timely } from '../api.ts'
import { readBody } from '../body.ts'
import type { Context } from '../context.ts'
import type { KubeconfigFlags } from '../kubeconfig.ts'
import { readKubeconfig } from '../kubeconfig.ts'
import { CHANGES, KUBECONFIG } from '../options.ts'
import type { TargetRow, Targets } from './row.ts'
import { TARGET, targetColumns } from './targets.ts'

interface Flags extends KubeconfigFlags {
  file?: string
  name?: string
}

function kubeClustersOf({ weir }: Context): Targets<Cluster> {
  const one = (cluster: string) => ({ path: { cluster }, signal: timely() })
  return {
    list: (query) => weir.listClusters({ query: page(query), signal: timely() }),
    create: (body, headers) => weir.createCluster({ body: body as ClusterSpec, headers, signal: timely() }),
    describe: (id) => weir.describeCluster(one(id)),
    update: (id, body, headers) => weir.updateCluster({ ...one(id), body: body as ClusterUpdate, headers }),
    remove: (id) => weir.deleteCluster(one(id)),
    check: (id) => weir.checkCluster(one(id)),
  }
}

export const row: TargetRow = {
  ...TARGET,
  noun: 'cluster',
  example: 'prod',
  collections: async (context) => [{ in: kubeClustersOf(context) }],
  described: ['how it is reached and what was last seen; never its credentials', 'with everything the API tells'],
  list: {
    columns: targetColumns<Cluster>(
      {
        header: 'SERVER',
        value: (row) => row.kubeClusterConfig.cluster.server,
        human: (row) => row.kubeClusterConfig.cluster.server ?? 'in cluster',
      },
      { header: 'KUBERNETES', value: (row) => row.status.kubernetesVersion },
    ),
    none: 'no clusters here yet: weir cluster create --help',
    examples: [
      ['weir cluster list', 'all that are known'],
      ['weir cluster list | cut -f1', 'IDs: ID, name, server, version, checks and time of creation, separated by tabs'],
    ],
  },
  create: {
    description:
      'Make a Kubernetes cluster known. Address and credentials are copied from a context of a kubeconfig; ' +
      'the server encrypts the credentials and never shows them. Prints the ID alone in a pipe.',
    options: [
      ['-f, --file <file>', 'the body instead: a JSON or YAML file, - for stdin'],
      ['--name <name>', 'its name (default: that of the context)'],
      ...KUBECONFIG,
    ],
    body: `
A body (JSON, or the same as YAML), where no kubeconfig is at hand:
  {
    "name": "prod",
    "kubeClusterConfig": {
      "cluster": {"server": "https://10.0.0.1:6443", "certificateAuthorityData": "LS0tLS1CRUdJTi..."},
      "auth": {"bearerToken": {"token": "..."}}
    }
  }
"auth" is one of clientCertificate, bearerToken, basic, awsEksIam, and inCluster (without "server")
where the server itself runs in a pod of that cluster.`,
    examples: [
      ['weir cluster create', 'the current context of the usual kubeconfig'],
      ['weir cluster create --kubeconfig prod.yaml --context admin@prod --name prod', 'a certain one'],
      ['weir cluster create -f cluster.json', 'without a kubeconfig'],
    ],
    async read(context, flags: Flags) {
      const body = flags.file === undefined ? {} : await readBody(context.io, flags.file)
      if (flags.file === undefined || namesContext(flags)) {
        const { name, kubeClusterConfig } = await fromKubeconfig(context, flags)
        Object.assign(body, { name: body.name ?? name, kubeClusterConfig })
      }
      return { ...body, ...defined({ name: flags.name }) }
    },
    missing: 'weir cluster list',
    refused: 'weir cluster create --help',
  },
  update: {
    description: 'Rename a cluster, or give it new credentials before the old ones expire. Sessions in it go on.',
    options: [...CHANGES, ...KUBECONFIG],
    changes: '--name, --kubeconfig, --context, or -f FILE with fields',
    examples: [
      [
        'weir cluster update prod --kubeconfig renewed.yaml',
        'new credentials, and the address that stands beside them',
      ],
      ['weir cluster update prod --context admin@prod', 'the same from the usual kubeconfig'],
      ['weir cluster update prod --name "prod, old"', 'rename'],
    ],
    async read(context, flags: Flags) {
      if (!namesContext(flags)) return {}
      const { kubeClusterConfig } = await fromKubeconfig(context, flags)
      return { kubeClusterConfig }
    },
  },
  check: {
    description:
      'Look at a cluster now: whether it can be reached, its version, the operator. ' +
      'Exit code 1 when something is missing.',
  },
  delete: {
    description:
      'Forget a cluster and its credentials; the cluster itself is not touched. ' +
      'One that still has workspaces is refused.',
    examples: [
      ['weir cluster delete prod', 'asks first'],
      ['weir cluster delete prod --yes', 'in a script'],
    ],
    consequence: () => 'Its credentials are forgotten, it is not touched.',
    refused: () => 'weir workspace list',
  },
}

const namesContext = ({ kubeconfig, context }: Flags): boolean => kubeconfig !== undefined || context !== undefined

async function fromKubeconfig({ io }: Context, flags: Flags) {
  const { name, config, notes } = await readKubeconfig(io, flags)
  for (const note of notes) io.err(`${note}\n`)
  return { name, kubeClusterConfig: config }
}
