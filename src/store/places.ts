/** Workspaces and Kubernetes clusters as the store knows them: the two kinds of place that resources run in. */
import type { KubeAuth, KubeClusterConfig, KubePlace, KubeServer, PlaceStatus } from '../domain/kubernetes.ts'
import type { IdempotencyClaim, Page, PageQuery } from './store.ts'

export interface Place {
  id: string
  name: string
  createdAt: string
  updatedAt: string
  /** Counts callers' changes, from 1. */
  revision: number
  status: PlaceStatus
  /** When a caller last asked for a fresh look (ISO 8601). */
  checkRequestedAt?: string
}

export interface Workspace extends Place {
  /** Left out: on this machine. */
  kubernetes?: KubePlace
  deletion?: { requestedAt: string }
}

export type KubeAuthKind = keyof KubeAuth

/** All but the secrets, which only `config` answers. */
export interface Cluster extends Place {
  /** A password in `proxyUrl` is masked. */
  server: KubeServer
  authKind: KubeAuthKind
}

interface Named {
  id: string
  name: string
}

type NameTaken = { outcome: 'NAME_TAKEN'; id: string; deleting: boolean }

export type PlaceCreated<P extends Place> =
  | { outcome: 'CREATED' | 'REPEATED'; resource: P }
  | NameTaken
  | { outcome: 'KEY_REUSED' }
  | { outcome: 'GONE' } // repeated key whose place was deleted since

export type WorkspaceCreated =
  | PlaceCreated<Workspace>
  | { outcome: 'CLUSTER_MISSING' }
  /** The workspace that has the namespace. */
  | ({ outcome: 'NAMESPACE_TAKEN' } & Named)

export type PlaceChanged<P extends Place> =
  | { outcome: 'CHANGED' | 'UNCHANGED'; resource: P }
  | { outcome: 'MISSING' }
  | { outcome: 'STALE'; revision: number }
  | NameTaken
  | { outcome: 'DELETING' }
  /** What stands in the way of a deletion: sessions of a workspace, workspaces of a cluster. */
  | { outcome: 'IN_USE'; by: Named[] }

export type ClusterRemoved =
  | Extract<PlaceChanged<never>, { outcome: 'MISSING' | 'STALE' | 'IN_USE' }>
  | { outcome: 'REMOVED' }

/** What both kinds offer alike. */
interface Places<P extends Place> {
  get(id: string): Promise<P | undefined>
  /** In order of creation. Throws BadMarker. */
  list(page: PageQuery, filter?: { name?: string }): Promise<Page<P>>
  /** Every one, oldest first. */
  all(): Promise<P[]>
  /**
   * Persists what was seen; `observedAt` is when the look began, so that a look counts for a check only if it began after
   * the request. In the feed only if something else than the time is new. A removed place is ignored.
   */
  observed(id: string, seen: PlaceStatus): Promise<void>
  /** Asks for a fresh look: in the feed as UPDATED, though it moves neither revision nor updatedAt. Undefined: there is none. */
  requestCheck(id: string): Promise<P | undefined>
}

export interface Workspaces extends Places<Workspace> {
  create(
    workspace: { organization: string; name: string; kubernetes?: KubePlace },
    claim?: IdempotencyClaim,
  ): Promise<WorkspaceCreated>
  rename(id: string, name: string, ifRevision?: number): Promise<PlaceChanged<Workspace>>
  /** Marks for deletion, unless sessions are in it that are not being deleted themselves. From then on it takes no new session. */
  requestDeletion(id: string, ifRevision?: number): Promise<PlaceChanged<Workspace>>
  /** Removes the row. False, and nothing is changed, while resources are in it; true also when it is gone already. */
  remove(id: string): Promise<boolean>
}

export interface Clusters extends Places<Cluster> {
  /** Throws StoreError SECRETS_UNREADABLE when other clusters' secrets need a key file that is missing. */
  create(
    cluster: { organization: string; name: string; config: KubeClusterConfig },
    claim?: IdempotencyClaim,
  ): Promise<PlaceCreated<Cluster>>
  /** With its secrets. Throws StoreError SECRETS_UNREADABLE when the key they are sealed with is missing or another. */
  config(id: string): Promise<KubeClusterConfig | undefined>
  /** Unreadable secrets are no obstacle: they are replaced. */
  update(
    id: string,
    change: { name?: string; config?: KubeClusterConfig },
    ifRevision?: number,
  ): Promise<PlaceChanged<Cluster>>
  /** At once, unless workspaces are on it, also ones that are being deleted: their remains are removed by way of it. */
  remove(id: string, ifRevision?: number): Promise<ClusterRemoved>
}
