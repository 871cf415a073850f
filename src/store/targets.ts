/** Workspaces and Kubernetes clusters as the store knows them: the two kinds of target that resources run in. */
import type { KubeAuth, KubeClusterConfig, KubeServer, KubeTarget, TargetStatus } from '../domain/kubernetes.ts'
import type { IdempotencyClaim } from './idempotency.ts'
import type { Page, PageQuery } from './marker.ts'

export interface Target {
  id: string
  name: string
  createdAt: string
  updatedAt: string
  /** Counts callers' changes, from 1. */
  revision: number
  status: TargetStatus
  /** When a caller last asked for a fresh look (ISO 8601). */
  checkRequestedAt?: string
}

export interface Workspace extends Target {
  /** Left out: on this machine. */
  kubernetes?: KubeTarget
  deletion?: { requestedAt: string }
}

export type KubeAuthKind = keyof KubeAuth

/** All but the secrets, which only `config` answers. */
export interface KubeCluster extends Target {
  /** A password in `proxyUrl` is masked. */
  server: KubeServer
  authKind: KubeAuthKind
}

interface Named {
  id: string
  name: string
}

type NameTaken = { outcome: 'NAME_TAKEN'; id: string; deleting: boolean }

export type TargetCreated<P extends Target> =
  | { outcome: 'CREATED' | 'REPEATED'; resource: P }
  | NameTaken
  | { outcome: 'KEY_REUSED' }
  | { outcome: 'GONE' } // repeated key whose target was deleted since

export type WorkspaceCreated =
  | TargetCreated<Workspace>
  | { outcome: 'CLUSTER_MISSING' }
  /** The workspace that has the namespace. */
  | ({ outcome: 'NAMESPACE_TAKEN' } & Named)

export type TargetChanged<P extends Target> =
  | { outcome: 'CHANGED' | 'UNCHANGED'; resource: P }
  | { outcome: 'MISSING' }
  | { outcome: 'STALE'; revision: number }
  | NameTaken
  | { outcome: 'DELETING' }
  /** What stands in the way of a deletion: sessions of a workspace, workspaces of a cluster. */
  | { outcome: 'IN_USE'; by: Named[] }

export type KubeClusterRemoved =
  | Extract<TargetChanged<never>, { outcome: 'MISSING' | 'STALE' | 'IN_USE' }>
  | { outcome: 'REMOVED' }

/** What both kinds offer alike. */
export interface Targets<P extends Target> {
  get(id: string): Promise<P | undefined>
  /** In order of creation. Throws BadMarker. */
  list(page: PageQuery, filter?: { name?: string }): Promise<Page<P>>
  /** Every one, oldest first. */
  all(): Promise<P[]>
  /**
   * Persists what was seen; `observedAt` is when the look began, so that a look counts for a check only if it began
   * after the request. In the feed only if something else than the time is new. A removed target is ignored.
   */
  observed(id: string, observation: TargetStatus): Promise<void>
  /**
   * Asks for a fresh look: in the feed as UPDATED, though it moves neither revision nor updatedAt. Undefined: there is
   * none.
   */
  requestCheck(id: string): Promise<P | undefined>
}

export interface Workspaces extends Targets<Workspace> {
  create(
    workspace: { organization: string; name: string; kubernetes?: KubeTarget },
    claim?: IdempotencyClaim,
  ): Promise<WorkspaceCreated>
  rename(id: string, name: string, ifRevision?: number): Promise<TargetChanged<Workspace>>
  /**
   * Marks for deletion, unless sessions are in it that are not being deleted themselves. From then on it takes no new
   * session.
   */
  requestDeletion(id: string, ifRevision?: number): Promise<TargetChanged<Workspace>>
  /** Removes the row. False, and nothing is changed, while resources are in it; true also when it is gone already. */
  remove(id: string): Promise<boolean>
}

export interface KubeClusters extends Targets<KubeCluster> {
  /** Throws StoreError SECRETS_UNREADABLE when other clusters' secrets need a key file that is missing. */
  create(
    cluster: { organization: string; name: string; config: KubeClusterConfig },
    claim?: IdempotencyClaim,
  ): Promise<TargetCreated<KubeCluster>>
  /** With its secrets. Throws StoreError SECRETS_UNREADABLE when the key they are sealed with is missing or another. */
  config(id: string): Promise<KubeClusterConfig | undefined>
  /** Unreadable secrets are no obstacle: they are replaced. */
  update(
    id: string,
    change: { name?: string; config?: KubeClusterConfig },
    ifRevision?: number,
  ): Promise<TargetChanged<KubeCluster>>
  /** At once, unless workspaces are on it, also ones that are being deleted: their remains are removed by way of it. */
  remove(id: string, ifRevision?: number): Promise<KubeClusterRemoved>
}
