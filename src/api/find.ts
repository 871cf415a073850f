/** Resources by the IDs of a path. What is in another workspace or session is not found, like what does not exist. */
import type { Artifact } from '../domain/artifact.ts'
import type { Action } from '../domain/can.ts'
import { can } from '../domain/can.ts'
import { RESOURCE_ID } from '../domain/ids.ts'
import type { JobResource, Resource, SessionResource } from '../domain/resource.ts'
import { stateOf } from '../domain/resource.ts'
import type { Store } from '../store/store.ts'
import type { KubeCluster, Workspace } from '../store/targets.ts'
import { notFound } from './access.ts'
import { ApiError } from './errors.ts'

export async function findSession(store: Store, path: { ws: string; session: string }): Promise<SessionResource> {
  const found = RESOURCE_ID.test(path.session) ? await store.resources.get('session', path.session) : undefined
  if (found?.workspace !== path.ws) throw notFound('session', path.session)
  return found as SessionResource
}

export async function findJob(store: Store, path: { ws: string; session: string; job: string }): Promise<JobResource> {
  await findSession(store, path)
  const found = RESOURCE_ID.test(path.job) ? await store.resources.get('job', path.job) : undefined
  if (found?.workspace !== path.ws || found.parent !== path.session) throw notFound('job', path.job)
  return found as JobResource
}

export async function findKubeCluster(store: Store, path: { cluster: string }): Promise<KubeCluster> {
  const found = RESOURCE_ID.test(path.cluster) ? await store.kubeClusters.get(path.cluster) : undefined
  if (!found) throw notFound('cluster', path.cluster)
  return found
}

export async function findArtifact(store: Store, path: { ws: string; artifact: string }): Promise<Artifact> {
  const found = RESOURCE_ID.test(path.artifact) ? await store.artifacts.get(path.artifact) : undefined
  if (found?.workspace !== path.ws) throw notFound('artifact', path.artifact)
  return found
}

export async function findWorkspace(store: Store, path: { ws: string }): Promise<Workspace> {
  const found = RESOURCE_ID.test(path.ws) ? await store.workspaces.get(path.ws) : undefined
  if (!found) throw notFound('workspace', path.ws)
  return found
}

/** Throws ApiError (409) when the resource's state does not allow the action. */
export function mustAllow(action: Action, resource: Resource): void {
  const verdict = can(action, stateOf(resource))
  if (verdict.allowed) return
  throw new ApiError(
    'BEING_DELETED',
    `This cannot be done to the ${resource.kind} ${resource.id} (${resource.name}): ${verdict.reason}.`,
  )
}
