/** What /metrics tells, in Prometheus' text format. */
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CacheStats } from '../artifacts/cache.ts'
import type { EngineStats } from '../reconcile/engine.ts'
import type { Runtimes, WarmPoolStats } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import type { Disk } from './disk.ts'

export interface Metrics {
  text(): Promise<string>
  contentType: string
  observeRequest(labels: { method: string; route: string; status: string }, seconds: number): void
}

export function createMetrics(
  store: Store,
  stats: () => EngineStats,
  kubernetes: Runtimes['counts'],
  files: () => CacheStats,
  disk: Pick<Disk, 'freeBytes'>,
  warmPool: () => WarmPoolStats,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'weir_http_request_duration_seconds',
    help: 'Time to answer API requests',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  })
  storeGauges(registry, store)
  const engine = (name: keyof EngineStats, help: string): Gauge =>
    new Gauge({
      name: `weir_reconcile_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(stats()[name])
      },
    })
  engine('cycles', 'Reconcile cycles since start')
  engine('observations', 'Observations of clusters at rest, with all their jobs, since start')
  engine('errors', 'Reconcile cycles that failed since start')
  engine('resyncs', 'Full resyncs since start')
  engine('store_errors', 'Failures to read or write the store since start')
  engine('paused', '1 while nothing is looked after because the store is away')
  engine('queued', 'Resources waiting for a cycle or in one')
  const counted = (name: 'requests' | 'corrections', help: string): Gauge =>
    new Gauge({
      name: `weir_kubernetes_${name}`,
      help,
      registers: [registry],
      async collect() {
        this.set((await kubernetes())[name])
      },
    })
  counted('requests', 'Requests to API servers of Kubernetes since start, those to Flink through them among them')
  counted('corrections', 'Differences that a list found and no watch had brought')
  const cached = (name: string, key: keyof CacheStats, help: string): Gauge =>
    new Gauge({
      name: `weir_file_cache_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(files()[key])
      },
    })
  cached('hits', 'hits', 'Files placed from the cache since start')
  cached('misses', 'misses', 'Files fetched since start')
  cached('hit_bytes', 'hitBytes', 'Bytes placed from the cache since start')
  cached('bytes', 'bytes', 'Bytes that the cache keeps')
  warmPoolGauges(registry, warmPool)
  new Gauge({
    name: 'weir_data_folder_free_bytes',
    help: 'Bytes that can still be written to the disk of the data folder',
    registers: [registry],
    async collect() {
      this.set(await disk.freeBytes())
    },
  })
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
  }
}

function warmPoolGauges(registry: Registry, warmPool: () => WarmPoolStats): void {
  const help: Record<keyof WarmPoolStats, string> = {
    waiting: 'JVMs that wait for the next session',
    started: 'JVMs started before a session needed them, since start',
    taken: 'JVMs that had waited and became part of a session, since start',
    missed: 'JVMs that had to be started for a session, since start',
    discarded: 'JVMs ended that had waited for nobody, since start',
  }
  for (const [key, text] of Object.entries(help)) {
    new Gauge({
      name: `weir_warm_jvms_${key}`,
      help: text,
      registers: [registry],
      collect() {
        this.set(warmPool()[key as keyof WarmPoolStats])
      },
    })
  }
}

function storeGauges(registry: Registry, store: Store): void {
  new Gauge({
    name: 'weir_resources',
    help: 'Resources by kind and state',
    labelNames: ['kind', 'state'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { kind, state, count } of await store.resources.counts())
        if (count > 0) this.inc({ kind, state }, count)
    },
  })
  new Gauge({
    name: 'weir_store_unreadable_records',
    help: 'Damaged columns that reading the store has come across since start',
    registers: [registry],
    collect() {
      this.set(store.unreadable.list().length)
    },
  })
}
