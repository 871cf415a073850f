/**
 * What a mirror holds, and how lists and events are put together although neither waits for the other. Pure. Two rules do
 * it: an event that a list already knew of (not newer than it) is dropped, and a list doesn't undo what an event that
 * is newer than it has brought while it was on its way.
 */
import { isOlder, type KubeObject } from './object.ts'
import type { WatchEvent } from './watch.ts'

export interface Change<T> {
  before: T | undefined
  after: T | undefined
}

export interface Content<T extends KubeObject> {
  readonly items: ReadonlyMap<string, T>
  /** From here a watch goes on; undefined: only a list can tell. */
  readonly version: string | undefined
  /** The version is no longer kept by the API server. */
  expire(): void
  event(event: WatchEvent): Change<T>[]
  /** Before a list is asked for; the answer takes what it brought. Lists come one after the other. */
  expectList(): (list: { items: T[]; resourceVersion: string }) => { changes: Change<T>[]; backwards: boolean }
}

export function createContent<T extends KubeObject>(keyOf: (object: T) => string, keep: (object: T) => T): Content<T> {
  const items = new Map<string, T>()
  let version: string | undefined
  /** Of the newest list. */
  let listed: string | undefined
  /** Deleted by events while a list is on its way. */
  let gone: Map<string, string | undefined> | undefined

  /** The steps that lead from one object of a name to the next; another UID is another object. */
  const put = (key: string, after: T | undefined): Change<T>[] => {
    const before = items.get(key)
    if (after) items.set(key, after)
    else items.delete(key)
    if (!before && !after) return []
    if (!before || !after || before.metadata.uid === after.metadata.uid) return [{ before, after }]
    return [
      { before, after: undefined },
      { before: undefined, after },
    ]
  }

  /** `asItIs`: no watch has brought anything that could be newer. */
  const merge = (list: readonly T[], at: string, asItIs: boolean): Change<T>[] => {
    const names = new Set(list.map(keyOf))
    const lost = [...items].filter(
      ([key, { metadata }]) => !names.has(key) && (asItIs || !isOlder(at, metadata.resourceVersion)),
    )
    const found = list.filter((object) => {
      const key = keyOf(object)
      const known = items.get(key)
      const { resourceVersion } = object.metadata
      if (known?.metadata.resourceVersion === resourceVersion && known?.metadata.uid === object.metadata.uid)
        return false
      return asItIs || !isOlder(resourceVersion, known ? known.metadata.resourceVersion : gone?.get(key))
    })
    return [
      ...lost.flatMap(([key]) => put(key, undefined)),
      ...found.flatMap((object) => put(keyOf(object), keep(object))),
    ]
  }

  return {
    items,
    get version() {
      return version
    },
    expire() {
      version = undefined
    },
    event({ type, object }) {
      const { resourceVersion } = object.metadata
      if (isOlder(listed, resourceVersion) === false) return []
      version = resourceVersion ?? version
      if (type === 'BOOKMARK') return []
      const key = keyOf(object as T)
      if (type === 'DELETED') {
        gone?.set(key, resourceVersion)
        return put(key, undefined)
      }
      return put(key, keep(object as T))
    },
    expectList() {
      const before = version
      gone = new Map()
      return ({ items: list, resourceVersion }) => {
        // A list shows at least what was known when it was asked for, unless etcd was put back to an older state.
        const backwards = isOlder(resourceVersion, before) === true
        const asItIs = backwards || before === undefined
        const changes = merge(list, resourceVersion, asItIs)
        gone = undefined
        listed = resourceVersion
        if (asItIs || isOlder(version, resourceVersion)) version = resourceVersion
        return { changes, backwards }
      }
    },
  }
}
