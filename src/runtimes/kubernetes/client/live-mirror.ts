/**
 * How a mirror lives: the loop of lists and watches, and what is told to whom. The rules of its contents are in
 * `content.ts`.
 */
import { growingDelay } from '../../../domain/backoff.ts'
import { type Change, type Content, createContent } from './content.ts'
import { isKubeTrouble, KubeError, type KubeTrouble, KubeUnreachable } from './errors.ts'
import type { Mirror, MirrorOptions, MirrorStats } from './mirror.ts'
import type { KubeObject } from './object.ts'
import { type Pulse, pulseOf } from './pulse.ts'
import { inTurns } from './turns.ts'

const RESYNC_MS = 10 * 60_000
const WATCH_S = 300
/**
 * Twice what lies between two bookmarks, which nothing promises: a watch without them is only opened again, which is no
 * trouble.
 */
const STALL_MS = 120_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000
/** A watch that ended sooner without an event counts as a failure, so that nothing spins. */
const SHORT_WATCH_MS = 5000

class LiveMirror<T extends KubeObject> implements Mirror<T> {
  readonly #options: MirrorOptions<T>
  readonly #content: Content<T>
  readonly #pulse: Pulse
  readonly #stats: MirrorStats = { lists: 0, watches: 0, events: 0, corrected: 0, thrown: 0 }
  #leave = (): void => {}
  #closed = false
  #isIn = false
  #isOpen = false
  #agreedAt: number | undefined
  #failures = 0
  /** Of this mirror's own requests; the connection's is the pulse's. */
  #own: KubeTrouble | undefined
  #reported: KubeTrouble | undefined
  #watching: AbortController | undefined
  #waiting: { resolve(): void; reject(trouble: KubeTrouble): void }[] = []
  #cancelResync = (): void => {}
  #wake = (): void => {}
  /** Whether differences count as corrections. */
  readonly #list = inTurns(
    (counts: boolean) => this.#listNow(counts),
    (one, other) => one || other,
  )

  constructor(options: MirrorOptions<T>) {
    this.#options = options
    const isOneNamespace = options.path.includes('/namespaces/')
    const keyOf = ({ metadata: { name, namespace } }: T): string =>
      isOneNamespace || namespace === undefined ? name : `${namespace}/${name}`
    this.#content = createContent(keyOf, options.keep ?? ((object) => object))
    this.#pulse = pulseOf(options.api, options.clock)
  }

  start(): void {
    this.#leave = this.#pulse.join({
      path: this.#options.path,
      changed: (trouble) => {
        this.#pulseChanged(trouble)
      },
    })
    this.#resyncLater()
    void this.#run()
  }

  get(name: string): T | undefined {
    return this.#content.items.get(name)
  }
  all(): T[] {
    return [...this.#content.items.values()]
  }
  stats(): MirrorStats {
    return { ...this.#stats }
  }
  get trouble(): KubeTrouble | undefined {
    return this.#own ?? this.#pulse.trouble
  }

  get observedAt(): number | undefined {
    const heardAt = this.#isOpen ? this.#options.api.heardAt : undefined
    return this.#agreedAt === undefined ? undefined : Math.max(this.#agreedAt, heardAt ?? 0)
  }

  async ready(): Promise<void> {
    if (this.#isIn) return
    if (this.#closed) throw closed()
    if (this.trouble) throw this.trouble
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  async refresh(): Promise<void> {
    await this.#list(false)
  }

  close(): void {
    this.#closed = true
    this.#leave()
    this.#cancelResync()
    this.#watching?.abort()
    this.#wake()
    this.#answer(closed())
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const start = this.#options.clock.now()
      const events = this.#stats.events
      try {
        if (this.#content.version === undefined) await this.#list(true)
        if (!this.#closed) await this.#watch()
        const wasAlive = this.#stats.events > events || this.#options.clock.now() - start > SHORT_WATCH_MS
        this.#failures = wasAlive ? 0 : this.#failures + 1
      } catch (error) {
        this.#failures += 1
        this.#setOwn(asTrouble(error))
      }
      await this.#pause(growingDelay(this.#failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
    }
  }

  async #watch(): Promise<void> {
    const { api, path, query, watchSeconds = WATCH_S, stallMs = STALL_MS } = this.#options
    const timeoutSeconds = Math.ceil(watchSeconds * (0.8 + 0.4 * this.#random()))
    const { signal } = (this.#watching = new AbortController())
    let wasOpen = false
    this.#stats.watches += 1
    try {
      await api.watch(
        path,
        { ...query, resourceVersion: this.#content.version, timeoutSeconds },
        (event) => {
          if (signal.aborted) return
          if (event.type !== 'BOOKMARK') this.#stats.events += 1
          this.#agreedAt = this.#options.clock.now()
          this.#tell(this.#content.event(event))
        },
        {
          signal,
          stallMs,
          opened: () => {
            wasOpen = true
            this.#opened()
          },
        },
      )
      this.#agreedAt = this.observedAt
    } catch (error) {
      if (error instanceof KubeError && error.status === 410) {
        this.#content.expire()
        return
      }
      // It may be the version that the API server doesn't like, such as one from before etcd was put back to a backup.
      if (isKubeTrouble(error) && error.status !== undefined) this.#content.expire()
      // A connection that broke says nothing yet: whether the next one comes about does.
      else if (wasOpen) return
      throw error
    } finally {
      this.#isOpen = false
    }
  }

  #opened(): void {
    if (this.#closed) return
    this.#isOpen = true
    this.#setOwn(undefined)
  }

  async #listNow(counts: boolean): Promise<void> {
    if (this.#closed) throw closed()
    const { api, path, query, clock } = this.#options
    const sentAt = clock.now()
    this.#stats.lists += 1
    const take = this.#content.expectList()
    const list = await api.list<T>(path, query)
    if (this.#closed) throw closed()
    const { changes, backwards } = take(list)
    if (backwards) this.#watching?.abort()
    if (this.#isIn && counts) this.#stats.corrected += changes.length
    this.#agreedAt = Math.max(this.#agreedAt ?? 0, sentAt)
    this.#isIn = true
    this.#tell(changes)
    this.#answer(undefined)
  }

  #resyncLater(): void {
    const ms = (this.#options.resyncMs ?? RESYNC_MS) * (0.9 + 0.2 * this.#random())
    this.#cancelResync = this.#options.clock.after(ms, () => {
      // A list that fails tells nothing that watches and the pulse don't tell.
      void this.#list(true)
        .catch(() => {})
        .then(() => {
          if (!this.#closed) this.#resyncLater()
        })
    })
  }

  #pulseChanged(trouble: KubeUnreachable | undefined): void {
    // Nothing came at all: the watch's connection is as dead. "Not now" says nothing about it.
    if (trouble && trouble.status === undefined) this.#watching?.abort()
    if (!trouble) this.#wake()
    this.#troubleChanged()
  }

  #setOwn(trouble: KubeTrouble | undefined): void {
    this.#own = trouble
    this.#troubleChanged()
  }

  #troubleChanged(): void {
    const { trouble } = this
    if (this.#closed || trouble?.message === this.#reported?.message) return
    this.#reported = trouble
    if (trouble && !this.#isIn) this.#answer(trouble)
    this.#call(() => this.#options.onTrouble?.(trouble))
  }

  #answer(trouble: KubeTrouble | undefined): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve, reject } of waiting) trouble ? reject(trouble) : resolve()
  }

  #tell(changes: readonly Change<T>[]): void {
    for (const { before, after } of changes)
      this.#call(() => {
        this.#options.onChange(before, after)
      })
  }

  /** What listeners do wrong must not end what feeds all others. */
  #call(callback: () => void): void {
    if (this.#closed) return
    try {
      callback()
    } catch {
      this.#stats.thrown += 1
    }
  }

  #pause(ms: number): Promise<void> {
    if (ms === 0 || this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms * (0.5 + 0.5 * this.#random()), resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  #random(): number {
    return (this.#options.random ?? Math.random)()
  }
}

/** Anything else would be a mistake of ours, and is no reason to stop either. */
const asTrouble = (error: unknown): KubeTrouble =>
  isKubeTrouble(error) ? error : new KubeUnreachable(String(error), { cause: error })

const closed = (): KubeUnreachable => new KubeUnreachable('The mirror was closed')

export function createMirror<T extends KubeObject>(options: MirrorOptions<T>): Mirror<T> {
  const mirror = new LiveMirror(options)
  mirror.start()
  return mirror
}
