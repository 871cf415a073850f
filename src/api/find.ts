/** Resources by the IDs of a path. What is in another workspace or resource is not found, like what does not exist. */
import { type Action, can } from '../domain/can.ts'
import { RESOURCE_ID } from '../domain/ids.ts'
import { KINDS, type Kind } from '../domain/kinds.ts'
import { type AnyResource, type Resource, type ResourceOf, stateOf } from '../domain/resource.ts'
import { type Store, UnreadableRecord } from '../store/store.ts'
import { ApiError } from './errors.ts'

/** A workspace, and resources in it from the outside in. */
export type ResourcePath = { ws: string } & { [K in Kind]?: string }

/** The one answer for what does not exist, what is somewhere else, and what the caller may not see. */
export const notFound = (what: string, id: string): ApiError =>
  new ApiError('NOT_FOUND', `There is no ${what} ${id.slice(0, 63)}.`)

/** What to do with what is there but can't be read: see store/unreadable.ts. `REMAINS`: go by what is left of it. */
export type Unreadable = 'THROW' | 'REMAINS'

/** Throws ApiError (404), UnreadableRecord. An ID of a form that none has is not looked up. */
export async function found<T>(
  is: string,
  id: string,
  get: (id: string) => Promise<T | undefined>,
  isHere: (one: T) => boolean = () => true,
  unreadable: Unreadable = 'THROW',
): Promise<T> {
  const remains = (error: unknown): T | undefined => {
    if (!(error instanceof UnreadableRecord)) throw error
    const left = error.remains as T
    if (unreadable === 'THROW' && isHere(left)) throw error
    return left
  }
  const one = RESOURCE_ID.test(id) ? await get(id).catch(remains) : undefined
  if (one === undefined || !isHere(one)) throw notFound(is, id)
  return one
}

export async function find<K extends Kind>(
  store: Store,
  kind: K,
  path: ResourcePath,
  unreadable?: Unreadable,
): Promise<ResourceOf[K]> {
  const parent = await findParent(store, kind, path)
  const isHere = (one: Resource) => one.workspace === path.ws && one.parent === parent?.id
  return found(kind, path[kind] ?? '', (id) => store.resources.get(kind, id), isHere, unreadable)
}

/** Undefined where that is the workspace. */
export async function findParent(store: Store, kind: Kind, path: ResourcePath): Promise<AnyResource | undefined> {
  const { parent } = KINDS[kind]
  return parent === 'workspace' ? undefined : find(store, parent, path)
}

/** Throws ApiError (409) when the resource's state does not allow the action. */
export function mustAllow(action: Action, resource: Resource): void {
  const verdict = can(resource.kind, action, stateOf(resource))
  if (verdict.allowed) return
  throw new ApiError(
    'BEING_DELETED',
    `This cannot be done to the ${resource.kind} ${resource.id} (${resource.name}): ${verdict.reason}.`,
  )
}
