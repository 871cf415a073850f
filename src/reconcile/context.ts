/** What all controllers of one server share: the store, the runtimes, a clock, and what this server keeps in memory. */
import type { Clock } from '../domain/clock.ts'
import type { Runtimes } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import type { ClusterObserver } from './controllers/cluster/observer.ts'
import type { Submissions } from './controllers/run/submissions.ts'
import type { RunTracking } from './controllers/run/tracking.ts'
import type { Tracking } from './controllers/tracking.ts'
import type { Named, Resting } from './resting.ts'

export interface ReconcileContext {
  store: Store
  runtimes: Runtimes
  clock: Clock
  /** Observes clusters for all cycles of this server. */
  observer: ClusterObserver
  runTracking: Tracking<RunTracking>
  submissions: Submissions
  /** What needs no cycle while it is observed to be as it was. */
  resting: Resting
  /** Revisions as cycles have read them. */
  revisions: Map<string, number>
  /** A cycle of another resource is due, which may come together with others. */
  wakeSoon(resource: Named): void
  /** How long a TaskManager may be without work; the plan's default when absent. */
  idleAfterMs?: number
}
