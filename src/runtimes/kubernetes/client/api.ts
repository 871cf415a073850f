/**
 * The Kubernetes API as this product uses it: paths and JSON, no generated models. Paths are like
 * `/api/v1/namespaces/NS/pods/NAME`; names in them are DNS labels and need no escaping.
 */
import { type Clock, systemClock } from '../../../domain/clock.ts'
import type { KubeConnection } from './connection.ts'
import { isKubeTrouble, KubeError } from './errors.ts'
import { type Call, exchange, parsed, type Query, type Wire } from './exchange.ts'
import { type WatchEvent, type WatchOptions, watch } from './watch.ts'

export { KubeError, KubeUnreachable } from './errors.ts'
export type { KubeObject } from './object.ts'

export type Verb = 'get' | 'list' | 'create' | 'apply' | 'merge' | 'delete' | 'text' | 'watch' | 'ping'

export interface DeleteOptions {
  /** Only the object with this UID: another one of the same name stays. */
  uid?: string
  gracePeriodSeconds?: number
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

/** All reject with KubeError (the API server said no) or KubeUnreachable (nothing is known). */
export interface KubeApi {
  get<T>(path: string, query?: Query): Promise<T>
  /** undefined where there is no such object. */
  find<T>(path: string): Promise<T | undefined>
  /** Everything, page by page, as of one resource version. */
  list<T>(path: string, query?: Query): Promise<{ items: T[]; resourceVersion: string }>
  create<T>(path: string, body: unknown, query?: Query): Promise<T>
  /** Server-side apply; without `force` a field that another manager holds is a KubeError Conflict. */
  apply<T>(path: string, body: unknown, options: { fieldManager: string; force: boolean }): Promise<T>
  /** JSON merge patch. */
  merge<T>(path: string, patch: unknown, query?: Query): Promise<T>
  /** Resolves too where it is gone already, or where the name belongs to an object with another UID. */
  delete(path: string, options?: DeleteOptions): Promise<void>
  /** Text such as a pod's log; what comes after `maxBytes` (1 MiB) is left out. */
  text(path: string, query?: Query, options?: { maxBytes?: number }): Promise<string>
  /** Resolves when the server ends the watch, and when `signal` does; a 410 of either form is a KubeError Expired. */
  watch(path: string, query: Query, on: (event: WatchEvent) => void, options: WatchOptions): Promise<void>
  /** Asks for the least that a collection can give; resolves on any answer that the API server can give for itself. */
  ping(path: string): Promise<void>
  /** When (ms) anything last came from the API server. */
  readonly heardAt: number | undefined
  /** Requests sent so far, those that were tried again counted each time. */
  readonly requests: { readonly count: number; readonly byVerb: Readonly<Record<Verb, number>> }
}

export interface KubeApiOptions {
  /** Milliseconds for one request with all its tries. 10 s. */
  timeoutMs?: number
  userAgent?: string
  clock?: Clock
}

const TIMEOUT_MS = 10_000
const PAGE = 500
const MAX_TEXT_BYTES = 1024 * 1024
/** Names and no contents, whatever the kind. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json'

export function kubeApi(connection: KubeConnection, options: KubeApiOptions = {}): KubeApi {
  const clock = options.clock ?? systemClock
  const byVerb: Record<Verb, number> = {
    get: 0,
    list: 0,
    create: 0,
    apply: 0,
    merge: 0,
    delete: 0,
    text: 0,
    watch: 0,
    ping: 0,
  }
  let count = 0
  let heardAt: number | undefined
  const wire = (verb: Verb): Wire => ({
    connection,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    userAgent: options.userAgent,
    heard: () => {
      heardAt = clock.now()
    },
    sent: () => {
      count += 1
      byVerb[verb] += 1
    },
  })
  const json = async <T>(verb: Verb, call: Call): Promise<T> => {
    const through = wire(verb)
    return parsed<T>(through, call, await exchange(through, call))
  }

  return {
    get: (path, query) => json('get', { method: 'GET', path, query }),
    find: <T>(path: string) => json<T>('get', { method: 'GET', path }).catch(unless((error) => error.status === 404)),
    list: (path, query) => listAll((page) => json('list', { method: 'GET', path, query: { ...query, ...page } })),
    create: (path, body, query) => json('create', { method: 'POST', path, query, body }),
    apply: (path, body, query) =>
      json('apply', { method: 'PATCH', path, query, body, contentType: 'application/apply-patch+yaml' }),
    merge: (path, body, query) =>
      json('merge', { method: 'PATCH', path, query, body, contentType: 'application/merge-patch+json' }),
    async delete(path, { uid, ...how } = {}) {
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...how,
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      }
      await json('delete', { method: 'DELETE', path, body }).catch(
        unless((error) => error.status === 404 || (error.status === 409 && uid !== undefined)),
      )
    },
    text: (path, query, { maxBytes = MAX_TEXT_BYTES } = {}) =>
      exchange(wire('text'), { method: 'GET', path, query, accept: '*/*', maxBytes }),
    watch: (path, query, on, how) => watch(wire('watch'), path, query, on, how),
    async ping(path) {
      await exchange(wire('ping'), { method: 'GET', path, query: { limit: 1 }, accept: METADATA_ONLY }).catch(
        (error: unknown) => {
          // 401, 403, 404 and 429 are its own words: it lives.
          if (!isKubeTrouble(error) || error.status === undefined || error.status >= 500) throw error
        },
      )
    },
    get heardAt() {
      return heardAt
    },
    requests: {
      get count() {
        return count
      },
      byVerb,
    },
  }
}

/** Turns answers that are as good as a success into one; whatever else failed stays a failure. */
const unless =
  (isFine: (error: KubeError) => boolean) =>
  (error: unknown): undefined => {
    if (error instanceof KubeError && isFine(error)) return undefined
    throw error
  }

interface Page<T> {
  items: T[] | null
  metadata: { resourceVersion: string; continue?: string }
}

async function listAll<T>(read: (query: Query) => Promise<Page<T>>): Promise<{ items: T[]; resourceVersion: string }> {
  const first = await read({ limit: PAGE })
  const items = first.items ?? []
  try {
    for (let next = first.metadata.continue; next; ) {
      const page = await read({ limit: PAGE, continue: next })
      items.push(...(page.items ?? []))
      next = page.metadata.continue
    }
  } catch (error) {
    // The first page's state is no longer kept: all at once then, which always works.
    if (!(error instanceof KubeError && error.status === 410)) throw error
    const all = await read({})
    return { items: all.items ?? [], resourceVersion: all.metadata.resourceVersion }
  }
  return { items, resourceVersion: first.metadata.resourceVersion }
}
