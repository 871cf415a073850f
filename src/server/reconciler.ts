/** Wires the reconcile room: controllers, submissions and engine over one store and its runtimes. */
import { setImmediate } from 'node:timers/promises'
import { type Clock, isoTime } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { ALL_KINDS, CLUSTER_KINDS, KINDS, type Kind } from '../domain/kinds.ts'
import type { CheckpointSummary } from '../domain/status.ts'
import type { ReconcileContext } from '../reconcile/context.ts'
import { createClusterObserver } from '../reconcile/controllers/cluster/observer.ts'
import { createSubmissions } from '../reconcile/controllers/run/submissions.ts'
import { newRunTracking, type RunTracking } from '../reconcile/controllers/run/tracking.ts'
import { kubeClusterController, workspaceController } from '../reconcile/controllers/targets.ts'
import { createTracking } from '../reconcile/controllers/tracking.ts'
import { type Controller, cycle } from '../reconcile/cycle.ts'
import { createEngine, type Engine } from '../reconcile/engine.ts'
import { createObservations } from '../reconcile/observations.ts'
import { resourceController } from '../reconcile/resources.ts'
import { createResting, type Named, type Resting } from '../reconcile/resting.ts'
import { createTurns } from '../reconcile/turns.ts'
import type { Runtimes } from '../runtimes/runtime.ts'
import type { Change, FeedKind, Store } from '../store/store.ts'

/** How long main() may run before its job counts as failed. */
const SUBMISSION_DEADLINE_MS = 300_000

export interface ReconcilerOptions {
  store: Store
  runtimes: Runtimes
  clock: Clock
  passed(where: string): void
  onError(resource: string, error: unknown, failures: number): void
  /** The store can't be read or written, or (without an error) it can again. */
  onTrouble?(error?: unknown): void
  submissionDeadlineMs?: number
  resyncMs?: number
  idleAfterMs?: number
  /** How many callers wait for an answer at present. */
  callers?: () => number
}

/** A process that ends is dealt with at once; of many signals in a row each would be a cycle. */
const SIGNALS_APART_MS = 100

type Cycle = (id: string) => Promise<{ again: number } | undefined>

export interface Reconciler extends Engine {
  /**
   * Something changed on a resource's cluster, whoever says so: it is observed at once. The seam for what Flink may
   * push one day; runtimes' signals come the same way.
   */
  clusterChanged(resource: string): void
  /** How often a resource that runs is observed at present, in milliseconds. */
  intervalMs(): number
  /** The newest checkpoint that is known of a run, which may not be in the store yet. */
  lastCheckpoint(id: string): CheckpointSummary | undefined
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, runtimes, clock, passed, onError, onTrouble, resyncMs, callers } = options
  const turns = createTurns(defined({ callers }))
  const wakes = {
    wake: ({ kind, id }: Named) => engine.wake(kind, id),
    wakeSoon: ({ kind, id }: Named) => engine.wakeSoon(kind, id),
    wakeAfter: ({ kind, id }: Named, ms: number) => engine.wakeAfter(kind, id, ms),
  }
  const resting = createResting({ ...wakes, onRest: (entry) => observations.schedule(entry) })
  const context = contextOf(options, resting, wakes)
  const observations = createObservations({
    ...context,
    ...wakes,
    turns,
    onError: (resource, error) => onError(resource, error, 1),
  })
  const run =
    <L, O, K, A extends { type: string }, I>(kind: FeedKind, controller: Controller<L, O, K, A, I>): Cycle =>
    (id) =>
      cycle(controller, id, (step, action) => passed(`${kind}/${step}${action ? `:${action}` : ''}`))
  const owners = createOwners()
  const cycleOf = (kind: Kind): Cycle => owners.learn(kind, run(kind, resourceController(kind, context)))
  const engine = createEngine({
    clock,
    turns,
    changes: store.changes,
    cycles: {
      ...Object.fromEntries(ALL_KINDS.map((kind) => [kind, cycleOf(kind)] as const)),
      workspace: run('workspace', workspaceController(context)),
      kubeCluster: run('kubeCluster', kubeClusterController(context)),
    },
    all: () => everything(store, context.revisions),
    concerned,
    onError,
    storeProblem: store.problem,
    ...defined({ resyncMs, onTrouble }),
  })
  const clusterChanged = (resource: string): void => {
    for (const kind of owners.of(resource)) engine.wakeSoon(kind, resource, SIGNALS_APART_MS)
  }
  const stopSignals = runtimes.onSignal(({ resource }) => clusterChanged(resource))
  return {
    ...engine,
    clusterChanged,
    intervalMs: observations.intervalMs,
    lastCheckpoint: (id) => summary(context.runTracking.known(id)),
    async start() {
      observations.start()
      await engine.start()
    },
    async stop() {
      stopSignals()
      context.submissions.stop()
      await Promise.all([engine.stop(), observations.stop()])
    },
    stats: () => ({ ...engine.stats(), observations: observations.count() }),
  }
}

function summary(tracking: RunTracking | undefined): CheckpointSummary | undefined {
  const latest = tracking?.saved?.latest
  return latest && { ...latest, completedAt: isoTime(latest.completedAt) }
}

function contextOf(
  options: ReconcilerOptions,
  resting: Resting,
  { wake, wakeSoon }: { wake(resource: Named): void; wakeSoon(resource: Named): void },
): ReconcileContext {
  const { store, runtimes, clock, idleAfterMs } = options
  const submissions = createSubmissions({
    store,
    clock,
    deadlineMs: options.submissionDeadlineMs ?? SUBMISSION_DEADLINE_MS,
    wake,
    wakeSoon,
    passed: (step) => options.passed(`submission/${step}`),
    onError: ({ kind, id }, error) => options.onError(`${kind}/${id}`, error, 1),
  })
  const observer = createClusterObserver()
  const runTracking = createTracking(newRunTracking)
  const revisions = new Map<string, number>()
  const shared = { store, runtimes, clock, observer, runTracking, submissions, resting, revisions, wakeSoon }
  return { ...shared, ...defined({ idleAfterMs }) }
}

/** A runtime's signal names a cluster's resource and not its kind, which is learned from that resource's cycles. */
function createOwners() {
  const kinds = new Map<string, Kind>()
  return {
    /** Before its first cycle any kind may own it: a cycle that finds nothing does nothing. */
    of(resource: string): readonly Kind[] {
      const kind = kinds.get(resource)
      return kind === undefined ? CLUSTER_KINDS : [kind]
    },
    learn(kind: Kind, cycleOf: Cycle): Cycle {
      if (!KINDS[kind].cluster) return cycleOf
      return async (id) => {
        const result = await cycleOf(id)
        if (result) kinds.set(id, kind)
        else if (kinds.get(id) === kind) kinds.delete(id)
        return result
      }
    },
  }
}

/** Many rows take little when so little of each is read; each slice holds up whoever waits for the event loop. */
const SLICE = 500

/** Targets, and of resources those that no cycle has met as they are now: a cycle of its own looks after each other. */
async function* everything(
  store: Store,
  revisions: ReadonlyMap<string, number>,
): AsyncGenerator<{ kind: FeedKind; id: string }[]> {
  const of = (kind: FeedKind, targets: { id: string }[]) => targets.map(({ id }) => ({ kind, id }))
  yield of('kubeCluster', await store.kubeClusters.all())
  yield of('workspace', await store.workspaces.all())
  for (let after = 0; ; ) {
    const heads = await store.resources.heads(after, SLICE)
    yield heads.filter(({ id, revision }) => revisions.get(id) !== revision)
    const last = heads.at(-1)
    if (!last || heads.length < SLICE) return
    after = last.sequence
    await setImmediate()
  }
}

const isKind = (kind: FeedKind): kind is Kind => kind in KINDS

/**
 * What is in a resource is counted there, and its deletion waits for it; when it is gone itself, its workspace may go.
 * Observations are told by the cycles that make them: see reconcile/resources.ts.
 */
function concerned({ kind, what, parent, workspace }: Change): { kind: FeedKind; id: string }[] {
  if (!isKind(kind) || what === 'OBSERVED') return []
  if (KINDS[kind].parent === 'workspace') return what === 'REMOVED' ? [{ kind: 'workspace', id: workspace }] : []
  return parent === undefined || what === 'CREATED' ? [] : [{ kind: KINDS[kind].parent, id: parent }]
}
