/** Every command there is: nouns, their verbs, and where each is written. Only the one that is called gets loaded. */
import type { Command } from 'commander'
import type { Io } from './io.ts'

/** Adds arguments, options, examples and the action to its command. */
export type Define = (command: Command, io: Io) => void | Promise<void>

export interface Leaf {
  name: string
  summary: string
  load(): Promise<{ define: Define }>
}

export interface Noun {
  name: string
  summary: string
  verbs: Leaf[]
}

export const NOUNS: Noun[] = [
  {
    name: 'session',
    summary: 'Flink session clusters',
    verbs: [
      {
        name: 'create',
        summary: 'create a session from a file or flags',
        load: () => import('./commands/session/create.ts'),
      },
      { name: 'list', summary: 'list sessions', load: () => import('./commands/session/list.ts') },
      {
        name: 'describe',
        summary: 'show a session and what was last seen of it',
        load: () => import('./commands/session/describe.ts'),
      },
      { name: 'update', summary: 'change a session', load: () => import('./commands/session/update.ts') },
      {
        name: 'delete',
        summary: 'delete a session and its cluster',
        load: () => import('./commands/session/delete.ts'),
      },
      { name: 'wait', summary: 'wait until a session is in a state', load: () => import('./commands/session/wait.ts') },
      {
        name: 'logs',
        summary: 'show the logs of JobManager and TaskManagers',
        load: () => import('./commands/session/logs.ts'),
      },
      {
        name: 'events',
        summary: 'show what happened to a session',
        load: () => import('./commands/session/events.ts'),
      },
    ],
  },
  {
    name: 'job',
    summary: 'jobs in a session',
    verbs: [
      { name: 'create', summary: 'submit a job to a session', load: () => import('./commands/job/create.ts') },
      { name: 'list', summary: 'list jobs', load: () => import('./commands/job/list.ts') },
      {
        name: 'describe',
        summary: 'show a job and what was last seen of it',
        load: () => import('./commands/job/describe.ts'),
      },
      { name: 'delete', summary: 'cancel and delete a job', load: () => import('./commands/job/delete.ts') },
      { name: 'wait', summary: 'wait until a job is in a state', load: () => import('./commands/job/wait.ts') },
      {
        name: 'logs',
        summary: 'show the logs of the cluster that runs a job',
        load: () => import('./commands/job/logs.ts'),
      },
      { name: 'events', summary: 'show what happened to a job', load: () => import('./commands/job/events.ts') },
    ],
  },
  {
    name: 'artifact',
    summary: 'jars that were uploaded to the workspace',
    verbs: [
      {
        name: 'upload',
        summary: 'upload a jar; prints the URI for specs',
        load: () => import('./commands/artifact/upload.ts'),
      },
      {
        name: 'list',
        summary: 'list uploaded files and their versions',
        load: () => import('./commands/artifact/list.ts'),
      },
      {
        name: 'describe',
        summary: 'show one version of an uploaded file',
        load: () => import('./commands/artifact/describe.ts'),
      },
      {
        name: 'delete',
        summary: 'delete one version of an uploaded file',
        load: () => import('./commands/artifact/delete.ts'),
      },
    ],
  },
  {
    name: 'cluster',
    summary: 'Kubernetes clusters that workspaces can be in',
    verbs: [
      {
        name: 'create',
        summary: 'make a Kubernetes cluster known',
        load: () => import('./commands/cluster/create.ts'),
      },
      { name: 'list', summary: 'list clusters', load: () => import('./commands/cluster/list.ts') },
      {
        name: 'describe',
        summary: 'show a cluster and what was last seen of it',
        load: () => import('./commands/cluster/describe.ts'),
      },
      {
        name: 'update',
        summary: 'rename a cluster or renew its credentials',
        load: () => import('./commands/cluster/update.ts'),
      },
      {
        name: 'delete',
        summary: 'forget a cluster and its credentials',
        load: () => import('./commands/cluster/delete.ts'),
      },
      {
        name: 'check',
        summary: 'look at a cluster now and tell what is missing',
        load: () => import('./commands/cluster/check.ts'),
      },
    ],
  },
  {
    name: 'workspace',
    summary: 'workspaces: this machine, or namespaces of Kubernetes clusters',
    verbs: [
      { name: 'create', summary: 'create a workspace', load: () => import('./commands/workspace/create.ts') },
      { name: 'list', summary: 'list workspaces', load: () => import('./commands/workspace/list.ts') },
      {
        name: 'describe',
        summary: 'show a workspace and what was last seen of it',
        load: () => import('./commands/workspace/describe.ts'),
      },
      { name: 'update', summary: 'rename a workspace', load: () => import('./commands/workspace/update.ts') },
      {
        name: 'delete',
        summary: 'delete a workspace without sessions',
        load: () => import('./commands/workspace/delete.ts'),
      },
      {
        name: 'check',
        summary: 'look at a workspace now and tell what is missing',
        load: () => import('./commands/workspace/check.ts'),
      },
    ],
  },
  {
    name: 'runtime',
    summary: 'Flink distributions on this machine',
    verbs: [
      {
        name: 'list',
        summary: 'list Flink versions and which are installed',
        load: () => import('./commands/runtime/list.ts'),
      },
      {
        name: 'install',
        summary: 'install Flink distributions ahead of time',
        load: () => import('./commands/runtime/install.ts'),
      },
      {
        name: 'remove',
        summary: 'remove an installed Flink distribution',
        load: () => import('./commands/runtime/remove.ts'),
      },
    ],
  },
]

export const SERVERS: Leaf[] = [
  {
    name: 'quickstart',
    summary: 'a server, a session and a running job in one go',
    load: () => import('./commands/quickstart.ts'),
  },
  {
    name: 'up',
    summary: 'run a server on this machine; Ctrl-C stops it and its clusters',
    load: () => import('./commands/up.ts'),
  },
  { name: 'serve', summary: 'run a server; its clusters outlive it', load: () => import('./commands/serve.ts') },
]

export const OTHERS: Leaf[] = [
  { name: 'api', summary: 'make any request to the API', load: () => import('./commands/api.ts') },
]
