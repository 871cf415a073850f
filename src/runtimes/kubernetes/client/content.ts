/**
 * What a mirror holds, and how lists and events are put together although neither waits for the other. Pure. Two rules
 * do it: an event that a list already knew of (not newer than it) is dropped, and a list doesn't undo what an event
 * that is newer than it has brought while it was on its way.
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

/** `keep` drops what isn't needed of an object. */
export function createContent<T extends KubeObject>(keyOf: (object: T) => string, keep: (object: T) => T): Content<T> {
  return new MergedContent(keyOf, keep)
}

class MergedContent<T extends KubeObject> implements Content<T> {
  readonly items = new Map<string, T>()
  version: string | undefined
  readonly #keyOf: (object: T) => string
  readonly #keep: (object: T) => T
  /** Of the newest list. */
  #listed: string | undefined
  /** Deleted by events while a list is on its way. */
  #gone: Map<string, string | undefined> | undefined

  constructor(keyOf: (object: T) => string, keep: (object: T) => T) {
    this.#keyOf = keyOf
    this.#keep = keep
  }

  expire(): void {
    this.version = undefined
  }

  event({ type, object }: WatchEvent): Change<T>[] {
    const { resourceVersion } = object.metadata
    if (isOlder(this.#listed, resourceVersion) === false) return []
    this.version = resourceVersion ?? this.version
    if (type === 'BOOKMARK') return []
    const key = this.#keyOf(object as T)
    if (type === 'DELETED') {
      this.#gone?.set(key, resourceVersion)
      return this.#put(key, undefined)
    }
    return this.#put(key, this.#keep(object as T))
  }

  expectList(): ReturnType<Content<T>['expectList']> {
    const before = this.version
    this.#gone = new Map()
    return ({ items, resourceVersion }) => {
      // A list shows at least what was known when it was asked for, unless etcd was put back to an older state.
      const backwards = isOlder(resourceVersion, before) === true
      const asItIs = backwards || before === undefined
      const changes = this.#merge(items, resourceVersion, asItIs)
      this.#gone = undefined
      this.#listed = resourceVersion
      if (asItIs || isOlder(this.version, resourceVersion)) this.version = resourceVersion
      return { changes, backwards }
    }
  }

  /** The steps that lead from one object of a name to the next; another UID is another object. */
  #put(key: string, after: T | undefined): Change<T>[] {
    const before = this.items.get(key)
    if (after) this.items.set(key, after)
    else this.items.delete(key)
    if (!before && !after) return []
    if (!before || !after || before.metadata.uid === after.metadata.uid) return [{ before, after }]
    return [
      { before, after: undefined },
      { before: undefined, after },
    ]
  }

  /** `asItIs`: no watch has brought anything that could be newer. */
  #merge(list: readonly T[], at: string, asItIs: boolean): Change<T>[] {
    const names = new Set(list.map(this.#keyOf))
    const lost = [...this.items].filter(
      ([key, { metadata }]) => !names.has(key) && (asItIs || !isOlder(at, metadata.resourceVersion)),
    )
    const found = list.filter((object) => {
      const key = this.#keyOf(object)
      const known = this.items.get(key)
      const { resourceVersion } = object.metadata
      if (known?.metadata.resourceVersion === resourceVersion && known?.metadata.uid === object.metadata.uid)
        return false
      return asItIs || !isOlder(resourceVersion, known ? known.metadata.resourceVersion : this.#gone?.get(key))
    })
    return [
      ...lost.flatMap(([key]) => this.#put(key, undefined)),
      ...found.flatMap((object) => this.#put(this.#keyOf(object), this.#keep(object))),
    ]
  }
}
