/** The rows of the API for deployment targets: workspaces, and the Kubernetes clusters that they can be in. */
import type { Static } from 'typebox'
import type { Permission } from '../auth/permissions.ts'
import { defined } from '../domain/defined.ts'
import type { WorkspaceTarget } from '../domain/workspace-violations.ts'
import type { IdempotencyClaim, Store } from '../store/store.ts'
import type {
  KubeCluster,
  KubeClusterRemoved,
  Workspace as StoredWorkspace,
  TargetChanged,
  TargetCreated,
  Targets,
  WorkspaceCreated,
} from '../store/targets.ts'
import type { Collection, Shapes, Verb, Words } from './collection.ts'
import type { ApiPorts } from './ports.ts'
import { renderKubeCluster, renderWorkspace } from './render.ts'
import { Cluster } from './schemas/kube-clusters.ts'
import { Workspace } from './schemas/organization.ts'
import { NO_PATH, pathOf } from './schemas/parameters.ts'
import { checkCluster, checkWorkspace } from './spec-checks.ts'

type Path = Record<string, string>
type Stored = StoredWorkspace | KubeCluster

/** Its functions take the target's own types; the routes give them only what its own schemas let pass. */
export interface TargetRow<T extends Stored, S extends Shapes> extends Collection<Path, S> {
  words: Record<Verb | 'check', Words>
  permissions: Record<Verb | 'check', Permission>
  stored(store: Store): Targets<T>
  create(store: Store, organization: string, body: Static<S['spec']>, claim?: IdempotencyClaim): Promise<Created<T>>
  update(store: Store, before: T, body: Static<S['update']>, revision?: number): Promise<TargetChanged<T>>
  remove(store: Store, id: string, revision?: number): Promise<TargetChanged<T> | KubeClusterRemoved>
  /** The reconciler inspects it from time to time. */
  isInspected(target: T): boolean
  render(target: T, ports: ApiPorts): Static<S['full']>
}

type Created<T extends Stored> = TargetCreated<T> | Exclude<WorkspaceCreated, TargetCreated<StoredWorkspace>>

const workspace: TargetRow<StoredWorkspace, typeof Workspace> = {
  is: 'workspace',
  url: '/api/org/v1/workspaces',
  within: NO_PATH,
  parameter: 'ws',
  path: pathOf('workspace'),
  tags: ['Organization'],
  noun: 'Workspace',
  shapes: Workspace,
  words: {
    create: ['Create a workspace', 'The workspace; one on Kubernetes is being looked at.'],
    list: ['List workspaces', 'A page of workspaces, oldest first.'],
    describe: ['Describe a workspace', 'Where the workspace is and what was seen there.'],
    update: ['Rename a workspace', 'The workspace as it is now.'],
    delete: [
      'Delete a workspace',
      'Accepted; the workspace is DELETING until nothing of it is left, and takes no new session.',
    ],
    check: [
      'Ask for a fresh look at a workspace',
      'Accepted; see `status.checkRequestedAt`. On this machine there is nothing to look at.',
    ],
  },
  permissions: {
    create: 'CanManageOrganization',
    list: 'CanViewFlinkResources',
    describe: 'CanViewFlinkResources',
    update: 'CanManageWorkspace',
    delete: 'CanManageWorkspace',
    check: 'CanEditFlinkResources',
  },
  failures: { create: [404, 422], update: [] },
  inUse: { code: 'WORKSPACE_HAS_SESSIONS', by: 'sessions', remedy: 'Delete them first.' },
  stored: (store) => store.workspaces,
  create: (store, organization, { name, ...target }, claim) => {
    checkWorkspace(target)
    return store.workspaces.create({ organization, name, ...defined({ kubernetes: kubernetesOf(target) }) }, claim)
  },
  update: (store, before, { name = before.name }, revision) => store.workspaces.rename(before.id, name, revision),
  remove: (store, id, revision) => store.workspaces.requestDeletion(id, revision),
  // On this machine there is nothing to inspect, so nobody would ever answer a request.
  isInspected: ({ kubernetes }) => kubernetes !== undefined,
  render: renderWorkspace,
}

/** As the store has it; the fields are there together, or none is. */
function kubernetesOf(target: WorkspaceTarget) {
  const { kubeClusterId: cluster, kubeNamespace: namespace, kubeServiceAccount: serviceAccount } = target
  if (cluster === undefined || namespace === undefined || serviceAccount === undefined) return undefined
  return { cluster, namespace, serviceAccount, ...defined({ storage: target.kubeStorage }) }
}

const manage = 'CanManageOrganization'

/** Credentials come in and never go out. */
const kubeCluster: TargetRow<KubeCluster, typeof Cluster> = {
  is: 'cluster',
  url: '/api/org/v1/clusters',
  within: NO_PATH,
  parameter: 'cluster',
  path: pathOf('cluster'),
  tags: ['Clusters'],
  noun: 'Cluster',
  shapes: Cluster,
  words: {
    create: ['Make a Kubernetes cluster known', 'Known from now on; it is being looked at.'],
    list: ['List Kubernetes clusters', 'A page of clusters, oldest first.'],
    describe: ['Describe a Kubernetes cluster', 'How it is reached and what was seen of it.'],
    update: ['Rename a Kubernetes cluster or renew how it is reached', 'The cluster as it is now.'],
    delete: ['Forget a Kubernetes cluster', 'Forgotten, with its credentials; the cluster itself is not touched.'],
    check: ['Ask for a fresh look at a Kubernetes cluster', 'Accepted; see `status.checkRequestedAt`.'],
  },
  permissions: { create: manage, list: manage, describe: manage, update: manage, delete: manage, check: manage },
  failures: { create: [422], update: [422] },
  inUse: { code: 'CLUSTER_HAS_WORKSPACES', by: 'workspaces', remedy: 'Delete them first.' },
  stored: (store) => store.kubeClusters,
  create: (store, organization, { name, kubeClusterConfig: config }, claim) => {
    checkCluster(config)
    return store.kubeClusters.create({ organization, name, config }, claim)
  },
  update: (store, { id }, { name, kubeClusterConfig: config }, revision) => {
    if (config) checkCluster(config)
    return store.kubeClusters.update(id, defined({ name, config }), revision)
  },
  remove: (store, id, revision) => store.kubeClusters.remove(id, revision),
  isInspected: () => true,
  render: renderKubeCluster,
}

export const TARGET_ROWS = [workspace, kubeCluster] as const
