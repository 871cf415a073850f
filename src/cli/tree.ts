/** Every command there is: nouns and their verbs. What a command takes and does is loaded only when it is called. */
import type { Kind } from '../domain/kinds.ts'
import type { Definition } from './command.ts'

export interface Leaf {
  name: string
  summary: string
  load(): Promise<Definition>
}

export interface Noun {
  name: string
  summary: string
  verbs: Leaf[]
}

const leaf = (name: string, summary: string, load: Leaf['load']): Leaf => ({ name, summary, load })

/** A verb is a file; the noun's row is its argument. */
const COMMON = {
  create: () => import('./commands/create.ts'),
  list: () => import('./commands/list.ts'),
  describe: () => import('./commands/describe.ts'),
  update: () => import('./commands/update.ts'),
  delete: () => import('./commands/delete.ts'),
}
const RESOURCE_VERBS = {
  ...COMMON,
  wait: () => import('./commands/wait.ts'),
  logs: () => import('./commands/logs.ts'),
  events: () => import('./commands/events.ts'),
}
const TARGET_VERBS = { ...COMMON, check: () => import('./commands/check.ts') }

/** Its row has the columns of each verb that is named here, in the order of the help. */
const noun = <Verb extends string>(
  name: string,
  summary: string,
  row: () => Promise<{ row: unknown }>,
  modules: Record<Verb, () => Promise<{ define(row: never): unknown }>>,
  verbs: Partial<Record<NoInfer<Verb>, string>>,
): Noun => ({
  name,
  summary,
  verbs: (Object.entries(verbs) as [Verb, string][]).map(([verb, text]) =>
    leaf(verb, text, async () => (await modules[verb]()).define((await row()).row as never) as Definition),
  ),
})

const RESOURCES = {
  session: noun('session', 'Flink session clusters', () => import('./nouns/session.ts'), RESOURCE_VERBS, {
    create: 'create a session from a file or flags',
    list: 'list sessions',
    describe: 'show a session and what was last seen of it',
    update: 'change a session',
    delete: 'delete a session and its cluster',
    wait: 'wait until a session is in a state',
    logs: 'show the logs of JobManager and TaskManagers',
    events: 'show what happened to a session',
  }),
  job: noun('job', 'jobs in a session', () => import('./nouns/job.ts'), RESOURCE_VERBS, {
    create: 'submit a job to a session',
    list: 'list jobs',
    describe: 'show a job and what was last seen of it',
    delete: 'cancel and delete a job',
    wait: 'wait until a job is in a state',
    logs: 'show the logs of the cluster that runs a job',
    events: 'show what happened to a job',
  }),
  // The API has no applications yet.
  application: null,
} satisfies Record<Kind, Noun | null>

const TARGETS = {
  kubeCluster: noun(
    'cluster',
    'Kubernetes clusters that workspaces can be in',
    () => import('./nouns/cluster.ts'),
    TARGET_VERBS,
    {
      create: 'make a Kubernetes cluster known',
      list: 'list clusters',
      describe: 'show a cluster and what was last seen of it',
      update: 'rename a cluster or renew its credentials',
      delete: 'forget a cluster and its credentials',
      check: 'look at a cluster now and tell what is missing',
    },
  ),
  workspace: noun(
    'workspace',
    'workspaces: this machine, or namespaces of Kubernetes clusters',
    () => import('./nouns/workspace.ts'),
    TARGET_VERBS,
    {
      create: 'create a workspace',
      list: 'list workspaces',
      describe: 'show a workspace and what was last seen of it',
      update: 'rename a workspace',
      delete: 'delete a workspace without sessions',
      check: 'look at a workspace now and tell what is missing',
    },
  ),
}

/** A noun with verbs of its own: each is the export of that name. */
const ownNoun = <Verb extends string>(
  name: string,
  summary: string,
  module: () => Promise<Record<Verb, Definition>>,
  verbs: Record<Verb, string>,
): Noun => ({
  name,
  summary,
  verbs: (Object.entries(verbs) as [Verb, string][]).map(([verb, text]) =>
    leaf(verb, text, async () => (await module())[verb]),
  ),
})

const ARTIFACT = ownNoun(
  'artifact',
  'jars that were uploaded to the workspace',
  () => import('./commands/artifact.ts'),
  {
    upload: 'upload a jar; prints the URI for specs',
    list: 'list uploaded files and their versions',
    describe: 'show one version of an uploaded file',
    delete: 'delete one version of an uploaded file',
  },
)

const KEY = ownNoun('key', 'API keys', () => import('./commands/key.ts'), {
  list: 'list keys by their IDs',
  revoke: 'revoke a key, at once and for good',
})

const RUNTIME = ownNoun('runtime', 'Flink distributions on this machine', () => import('./commands/runtime.ts'), {
  list: 'list Flink versions and which are installed',
  install: 'install Flink distributions ahead of time',
  remove: 'remove an installed Flink distribution',
})

/** In the order of the help. */
export const NOUNS = [...Object.values(RESOURCES), ARTIFACT, ...Object.values(TARGETS), KEY, RUNTIME].filter(
  (one) => one !== null,
)

export const SERVERS = [
  leaf(
    'quickstart',
    'a server, a session and a running job in one go',
    async () => (await import('./commands/quickstart.ts')).quickstart,
  ),
  leaf('up', 'run a server on this machine; Ctrl-C stops it and its clusters', async () =>
    (await import('./commands/up.ts')).up(),
  ),
  leaf('serve', 'run a server; its clusters outlive it', async () => (await import('./commands/serve.ts')).serve()),
]

export const OTHERS = [leaf('api', 'make any request to the API', async () => (await import('./commands/api.ts')).api)]
