/**
 * The collection of an API server in memory: every change has a revision, watches replay from one, and all that can go
 * wrong can be made to.
 */
import type { Clock } from '../../../domain/clock.ts'
import { defined } from '../../../domain/defined.ts'
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

export const fakeKube = (clock: Clock): FakeKube => new FakeCollection(clock)

type Verb = keyof KubeApi['requests']['byVerb']

interface OpenWatch {
  on(event: WatchEvent): void
  end(trouble?: KubeTrouble): void
}

class FakeCollection implements FakeKube {
  readonly api: KubeApi
  readonly #clock: Clock
  readonly #objects = new Map<string, FakeObject>()
  readonly #open = new Set<OpenWatch>()
  readonly #byVerb = { get: 0, list: 0, create: 0, apply: 0, merge: 0, delete: 0, text: 0, watch: 0, ping: 0 }
  #log: { revision: number; event: WatchEvent }[] = []
  #revision = 100
  #compacted = 0
  #uids = 0
  #silent = false
  #trouble: KubeTrouble | undefined
  #frozen = false
  #held: Promise<void> | undefined
  #heardAt: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.api = this.#requests()
  }

  put(path: string, data?: string): void {
    this.#revision += 1
    const [name = '', namespace] = path.split('/').reverse()
    const known = this.#objects.get(path)
    const uid = known?.metadata.uid ?? `uid-${(this.#uids += 1)}`
    const metadata = { name, ...defined({ namespace }), uid, resourceVersion: String(this.#revision) }
    const object: FakeObject = { metadata, ...defined({ data }) }
    this.#objects.set(path, object)
    this.#emit(known ? 'MODIFIED' : 'ADDED', object)
  }

  remove(name: string): void {
    const object = this.#objects.get(name)
    if (!object) return
    this.#revision += 1
    this.#objects.delete(name)
    this.#emit('DELETED', { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } })
  }

  bookmark(): void {
    const object = { metadata: { name: '', resourceVersion: String(this.#revision) } }
    for (const watch of [...this.#open]) watch.on({ type: 'BOOKMARK', object })
    this.#heardAt = this.#clock.now()
  }

  compact(): void {
    this.#compacted = this.#revision
    this.#log = []
  }

  silently(change: () => void): void {
    this.#silent = true
    change()
    this.#silent = false
  }

  restore(revision: number): void {
    this.#objects.clear()
    this.#log = []
    this.#revision = revision
    this.#compacted = 0
  }

  fail(trouble: KubeTrouble | undefined): void {
    this.#trouble = trouble
  }

  freeze(frozen: boolean): void {
    this.#frozen = frozen
    if (!frozen) this.end(unreachableNow())
  }

  end(trouble?: KubeTrouble): void {
    for (const watch of [...this.#open]) watch.end(trouble)
  }

  holdLists(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = promise
    return () => {
      this.#held = undefined
      resolve()
    }
  }

  watches(): number {
    return this.#open.size
  }

  #requests(): KubeApi {
    const none = (): never => {
      throw new Error('the fake has no such request')
    }
    const heardAt = (): number | undefined => this.#heardAt
    const byVerb = this.#byVerb
    return {
      get: none,
      find: none,
      create: none,
      apply: none,
      merge: none,
      delete: none,
      text: none,
      list: <T>() => this.#list<T>(),
      watch: (_path, query, on, options) => this.#watch(query as { resourceVersion?: string }, on, options),
      ping: () => this.#admitted('ping'),
      get heardAt() {
        return heardAt()
      },
      requests: {
        get count() {
          return Object.values(byVerb).reduce((sum, one) => sum + one, 0)
        },
        byVerb,
      },
    }
  }

  async #list<T>(): Promise<{ items: T[]; resourceVersion: string }> {
    await this.#admitted('list')
    const items = structuredClone([...this.#objects.values()]) as T[]
    const list = { items, resourceVersion: String(this.#revision) }
    await this.#held
    return list
  }

  async #watch(
    query: { resourceVersion?: string },
    on: (event: WatchEvent) => void,
    { signal, opened }: WatchOptions,
  ): Promise<void> {
    await this.#admitted('watch')
    const from = Number(query.resourceVersion)
    if (from < this.#compacted) throw new KubeError('too old resource version', { status: 410, reason: 'Expired' })
    if (from > this.#revision) throw new KubeUnreachable('Too large resource version', { status: 504 })
    opened?.()
    for (const { event } of this.#log.filter(({ revision }) => revision > from)) on(structuredClone(event))
    await new Promise<void>((resolve, reject) => {
      const watch = {
        on,
        end: (error?: KubeTrouble) => {
          this.#open.delete(watch)
          error ? reject(error) : resolve()
        },
      }
      this.#open.add(watch)
      signal.addEventListener('abort', () => {
        watch.end()
      })
    })
  }

  /** Counts the request, and fails it as the test has asked. */
  async #admitted(verb: Verb): Promise<void> {
    this.#byVerb[verb] += 1
    await Promise.resolve()
    if (this.#frozen) {
      await new Promise<void>((resolve) => {
        this.#clock.after(10_000, resolve)
      })
      throw new KubeUnreachable('no answer within 10000 ms')
    }
    if (this.#trouble) throw this.#trouble
    this.#heardAt = this.#clock.now()
  }

  #emit(type: string, object: FakeObject): void {
    if (this.#silent) return
    const event = { type, object: structuredClone(object) }
    this.#log.push({ revision: this.#revision, event })
    if (this.#frozen) return
    for (const watch of [...this.#open]) watch.on(structuredClone(event))
    if (this.#open.size > 0) this.#heardAt = this.#clock.now()
  }
}
