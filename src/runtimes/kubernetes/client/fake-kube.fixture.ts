/** The collection of an API server in memory: every change has a revision, watches replay from one, and all that can go wrong can be made to. */
import type { Clock } from '../../../domain/clock.ts'
import type { KubeApi } from './api.ts'
import { KubeError, type KubeTrouble, KubeUnreachable } from './errors.ts'
import type { KubeObject } from './object.ts'
import type { WatchEvent, WatchOptions } from './watch.ts'

export interface FakeObject extends KubeObject {
  data?: string
}

export interface FakeKube {
  api: KubeApi
  /** `NAME` or `NAMESPACE/NAME`. */
  put(path: string, data?: string): void
  remove(name: string): void
  bookmark(): void
  /** Forgets the events so far: watches from before are Expired. */
  compact(): void
  /** Changes that watches never tell of. */
  silently(change: () => void): void
  /** etcd is put back: everything gone, revisions start from `revision`. */
  restore(revision: number): void
  /** All requests fail so; undefined: they work again. */
  fail(trouble: KubeTrouble | undefined): void
  /** Connections stay open and nothing comes any more; requests never end. `false`: as if they broke then. */
  freeze(frozen: boolean): void
  /** Ends open watches: with an error, or as the server does. */
  end(trouble?: KubeTrouble): void
  /** Lists wait until the answer of this is called. */
  holdLists(): () => void
  watches(): number
}

export const unreachableNow = (): KubeUnreachable => new KubeUnreachable('nothing listens there')

export function fakeKube(clock: Clock): FakeKube {
  const objects = new Map<string, FakeObject>()
  const open = new Set<{ on(event: WatchEvent): void; end(trouble?: KubeTrouble): void }>()
  const byVerb = { get: 0, list: 0, create: 0, apply: 0, merge: 0, delete: 0, text: 0, watch: 0, ping: 0 }
  let log: { revision: number; event: WatchEvent }[] = []
  let revision = 100
  let compacted = 0
  let uids = 0
  let silent = false
  let trouble: KubeTrouble | undefined
  let frozen = false
  let held: Promise<void> | undefined
  let heardAt: number | undefined

  const emit = (type: string, object: FakeObject): void => {
    if (silent) return
    const event = { type, object: structuredClone(object) }
    log.push({ revision, event })
    if (frozen) return
    for (const watch of [...open]) watch.on(structuredClone(event))
    if (open.size > 0) heardAt = clock.now()
  }
  const admitted = async (verb: keyof typeof byVerb): Promise<void> => {
    byVerb[verb] += 1
    await Promise.resolve()
    if (frozen) {
      await new Promise<void>((resolve) => {
        clock.after(10_000, resolve)
      })
      throw new KubeUnreachable('no answer within 10000 ms')
    }
    if (trouble) throw trouble
    heardAt = clock.now()
  }
  const watch = async (
    query: { resourceVersion?: string },
    on: (event: WatchEvent) => void,
    { signal, opened }: WatchOptions,
  ): Promise<void> => {
    await admitted('watch')
    const from = Number(query.resourceVersion)
    if (from < compacted) throw new KubeError('too old resource version', { status: 410, reason: 'Expired' })
    if (from > revision) throw new KubeUnreachable('Too large resource version', { status: 504 })
    opened?.()
    for (const { event } of log.filter((entry) => entry.revision > from)) on(structuredClone(event))
    await new Promise<void>((resolve, reject) => {
      const one = {
        on,
        end: (error?: KubeTrouble) => {
          open.delete(one)
          error ? reject(error) : resolve()
        },
      }
      open.add(one)
      signal.addEventListener('abort', () => {
        one.end()
      })
    })
  }
  const none = (): never => {
    throw new Error('the fake has no such request')
  }

  return {
    api: {
      get: none,
      find: none,
      create: none,
      apply: none,
      merge: none,
      delete: none,
      text: none,
      async list<T>() {
        await admitted('list')
        const list = { items: structuredClone([...objects.values()]) as T[], resourceVersion: String(revision) }
        await held
        return list
      },
      watch: (_path, query, on, options) => watch(query as { resourceVersion?: string }, on, options),
      ping: () => admitted('ping'),
      get heardAt() {
        return heardAt
      },
      requests: {
        get count() {
          return Object.values(byVerb).reduce((sum, one) => sum + one, 0)
        },
        byVerb,
      },
    },
    put(path, data) {
      revision += 1
      const [name = '', namespace] = path.split('/').reverse()
      const known = objects.get(path)
      const uid = known?.metadata.uid ?? `uid-${(uids += 1)}`
      const metadata = {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid,
        resourceVersion: String(revision),
      }
      const object: FakeObject = { metadata, ...(data === undefined ? {} : { data }) }
      objects.set(path, object)
      emit(known ? 'MODIFIED' : 'ADDED', object)
    },
    remove(name) {
      const object = objects.get(name)
      if (!object) return
      revision += 1
      objects.delete(name)
      emit('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
    },
    bookmark() {
      for (const one of [...open])
        one.on({ type: 'BOOKMARK', object: { metadata: { name: '', resourceVersion: String(revision) } } })
      heardAt = clock.now()
    },
    compact() {
      compacted = revision
      log = []
    },
    silently(change) {
      silent = true
      change()
      silent = false
    },
    restore(to) {
      objects.clear()
      log = []
      revision = to
      compacted = 0
    },
    fail(error) {
      trouble = error
    },
    freeze(on) {
      frozen = on
      if (!on) for (const one of [...open]) one.end(unreachableNow())
    },
    end(error) {
      for (const one of [...open]) one.end(error)
    },
    holdLists() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = undefined
        resolve()
      }
    },
    watches: () => open.size,
  }
}
