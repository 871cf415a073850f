/** The row of workspaces. */
import type { Workspace, WorkspaceSpec, WorkspaceUpdate } from '../../api/client/generated/types.gen.ts'
import { defined } from '../../domain/defined.ts'
import { page, timely } from '../api.ts'
import { readBody } from '../body.ts'
import type { Context } from '../context.ts'
import { CliError, EXIT, shellWord, usageError } from '../errors.ts'
import { BODY, RENAME, UNTIL_GONE } from '../options.ts'
import { stateStyle } from '../output.ts'
import { commandsFor, poll } from '../wait.ts'
import { row as clusterRow } from './cluster.ts'
import { find } from './find.ts'
import type { TargetRow, Targets } from './row.ts'
import { TARGET, targetColumns } from './targets.ts'

interface Flags {
  file?: string
  name?: string
  cluster?: string
  namespace?: string
  serviceAccount?: string
  storage?: string
}

function workspacesOf({ weir }: Context): Targets<Workspace> {
  const one = (ws: string) => ({ path: { ws }, signal: timely() })
  return {
    list: (query) => weir.listWorkspaces({ query: page(query), signal: timely() }),
    create: (body, headers) => weir.createWorkspace({ body: body as WorkspaceSpec, headers, signal: timely() }),
    describe: (id) => weir.describeWorkspace(one(id)),
    update: (id, body, headers) => weir.updateWorkspace({ ...one(id), body: body as WorkspaceUpdate, headers }),
    remove: (id) => weir.deleteWorkspace(one(id)),
    check: (id) => weir.checkWorkspace(one(id)),
  }
}

export const row: TargetRow = {
  ...TARGET,
  noun: 'workspace',
  example: 'team-a',
  collections: async (context) => [{ in: workspacesOf(context) }],
  described: ['where it is and what was last seen there', 'with everything the API knows'],
  list: {
    columns: targetColumns<Workspace>(
      { header: 'STATE', value: (row) => row.state, style: stateStyle },
      { header: 'CLUSTER', value: (row) => row.kubeClusterId, human: (row) => row.kubeClusterId ?? 'this machine' },
      { header: 'NAMESPACE', value: (row) => row.kubeNamespace },
    ),
    none: 'no workspaces here: weir workspace create --help',
    examples: [
      ['weir workspace list', 'all that you may see'],
      [
        'weir workspace list | cut -f1',
        'IDs: ID, name, state, cluster, namespace, checks, creation, separated by tabs',
      ],
    ],
  },
  create: {
    description:
      "Create a workspace in a namespace of a Kubernetes cluster, or without --cluster on the server's machine. " +
      'A namespace belongs to one workspace. Prints the ID alone in a pipe.',
    options: [
      BODY,
      ['--name <name>', 'its name'],
      ['--cluster <id|name>', 'the cluster it is in (weir cluster list)'],
      ['--namespace <name>', 'the namespace it has for itself'],
      ['--service-account <name>', "what Flink's pods run as"],
      ['--storage <uri>', 'a folder for checkpoints, savepoints and high availability: s3://bucket/weir'],
    ],
    body: `
A body (JSON, or the same as YAML):
  {
    "name": "team-a", "kubeClusterId": "ID", "kubeNamespace": "team-a", "kubeServiceAccount": "flink",
    "kubeStorage": "s3://bucket/weir"
  }
The namespace and the service account must be there: weir workspace check says what is missing.`,
    examples: [
      [
        'weir workspace create --name team-a --cluster prod --namespace team-a --service-account flink',
        'on Kubernetes',
      ],
      ['weir workspace create --name experiments', "on the server's machine"],
    ],
    async read({ io }, { file, name, namespace, serviceAccount, storage }: Flags) {
      if (file === undefined && name === undefined)
        throw usageError('what is to be created? Give -f FILE, or at least --name', 'weir workspace create --help')
      const fields = { name, kubeNamespace: namespace, kubeServiceAccount: serviceAccount, kubeStorage: storage }
      return { ...(file === undefined ? {} : await readBody(io, file)), ...defined(fields) }
    },
    async complete(context, body, { cluster }: Flags) {
      if (cluster !== undefined) body.kubeClusterId = (await find(context, clusterRow, cluster)).id
    },
    missing: 'weir cluster list',
    refused: 'weir workspace create --help',
  },
  update: {
    description: 'Rename a workspace. Where it is cannot be changed: its sessions run there.',
    options: RENAME,
    changes: '--name',
    examples: [
      ['weir workspace update team-a --name "team A"', 'rename'],
      ['weir workspace update team-a --name "team A" --if-match 3', 'unless somebody else was faster'],
    ],
  },
  check: {
    description:
      'Look at a workspace now: its namespace, service account and rights. Exit code 1 when something is missing.',
  },
  delete: {
    description: 'Delete a workspace. One that still has sessions is refused, naming them; its namespace stays.',
    options: UNTIL_GONE,
    examples: [
      ['weir workspace delete team-a', 'asks first'],
      ['weir workspace delete team-a --wait --yes', 'in a script, until it is gone'],
    ],
    consequence: () => 'It takes no new session from then on.',
    untilGone: (_, it, timeoutMs) =>
      poll(it, {
        timeoutMs,
        done: () => false,
        gone: () => undefined,
        late: () => {
          const message = `workspace ${it.name} is still being deleted after ${Math.round(timeoutMs / 1000)} s`
          return new CliError(EXIT.timeout, message, { next: commandsFor(it, ['describe']) })
        },
      }),
    refused: (it) => `weir session list --workspace ${shellWord(it.id)}`,
  },
}
