/** Clusters and workspaces offer the same operations; commands about either are written once, on these. */
import type { WeirClient, WeirResult } from '../api/client/client.ts'
import type {
  Cluster,
  ClusterSpec,
  ClusterUpdate,
  PlaceStatus as TargetStatus,
  Workspace,
  WorkspaceSpec,
  WorkspaceUpdate,
} from '../api/client/generated/types.gen.ts'
import { apiError } from './api.ts'
import type { Page } from './collections.ts'
import { allPages, notFound } from './resources.ts'

export type TargetKind = 'cluster' | 'workspace'
/** What is the same of both. */
export interface Target {
  id: string
  name: string
  revision: number
  createdAt: string
  status: TargetStatus
  state?: string
}

export interface Targets<P extends Target> {
  kind: TargetKind
  list(query: { name?: string; marker?: string | undefined }): Promise<WeirResult<Page<P>>>
  /** Bodies go out as they stand: what they may hold is for the API to say. */
  create(body: Record<string, unknown>, idempotencyKey: string): Promise<WeirResult<P>>
  describe(id: string): Promise<WeirResult<P>>
  update(id: string, body: Record<string, unknown>, ifMatch: string | undefined): Promise<WeirResult<P>>
  remove(id: string): Promise<WeirResult<unknown>>
  /** Asks for a fresh look. */
  check(id: string): Promise<WeirResult<P>>
}

const TIMEOUT_MS = 60_000

const signal = (): AbortSignal => AbortSignal.timeout(TIMEOUT_MS)
const page = ({ marker, ...query }: { name?: string; marker?: string | undefined }) => ({
  limit: 100,
  ...query,
  ...(marker !== undefined && { marker }),
})
const keyed = (key: string) => ({ 'idempotency-key': key })
const matching = (revision: string | undefined) =>
  revision === undefined ? {} : { 'if-match': `"${revision.replaceAll('"', '')}"` }

export const kubeClustersOf = (weir: WeirClient): Targets<Cluster> => ({
  kind: 'cluster',
  list: (query) => weir.listClusters({ query: page(query), signal: signal() }),
  create: (body, key) => weir.createCluster({ body: body as ClusterSpec, headers: keyed(key), signal: signal() }),
  describe: (cluster) => weir.describeCluster({ path: { cluster }, signal: signal() }),
  update: (cluster, body, ifMatch) =>
    weir.updateCluster({
      path: { cluster },
      body: body as ClusterUpdate,
      headers: matching(ifMatch),
      signal: signal(),
    }),
  remove: (cluster) => weir.deleteCluster({ path: { cluster }, signal: signal() }),
  check: (cluster) => weir.checkCluster({ path: { cluster }, signal: signal() }),
})

export const workspacesOf = (weir: WeirClient): Targets<Workspace> => ({
  kind: 'workspace',
  list: (query) => weir.listWorkspaces({ query: page(query), signal: signal() }),
  create: (body, key) => weir.createWorkspace({ body: body as WorkspaceSpec, headers: keyed(key), signal: signal() }),
  describe: (ws) => weir.describeWorkspace({ path: { ws }, signal: signal() }),
  update: (ws, body, ifMatch) =>
    weir.updateWorkspace({ path: { ws }, body: body as WorkspaceUpdate, headers: matching(ifMatch), signal: signal() }),
  remove: (ws) => weir.deleteWorkspace({ path: { ws }, signal: signal() }),
  check: (ws) => weir.checkWorkspace({ path: { ws }, signal: signal() }),
})

export const allTargets = <P extends Target>(targets: Targets<P>, query: { name?: string } = {}): Promise<P[]> =>
  allPages((marker) => targets.list({ ...query, marker }))

/** By an exact ID first, then by name. */
export async function findTarget<P extends Target>(targets: Targets<P>, text: string): Promise<P> {
  if (/^[A-Z0-9]{1,20}$/.test(text)) {
    const result = await targets.describe(text)
    if (result.ok) return result.data
    if (result.error.status !== 404) throw apiError(result.error)
  }
  const name = text.trim().normalize('NFC')
  const named = name === '' ? [] : await allTargets(targets, { name })
  const found = named.find((one) => one.name === name)
  if (found) return found
  throw await notFound(targets.kind, text, await allTargets(targets), `weir ${targets.kind} list`)
}
