/** Wires the reconcile room: controllers, submissions and engine over one store and its runtimes. */
import type { Clock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import { ALL_KINDS, CLUSTER_KINDS, KINDS, type Kind } from '../domain/kinds.ts'
import type { ReconcileContext } from '../reconcile/context.ts'
import { createClusterObserver } from '../reconcile/controllers/cluster/observer.ts'
import { createSubmissions } from '../reconcile/controllers/run/submissions.ts'
import { newRunTracking } from '../reconcile/controllers/run/tracking.ts'
import { kubeClusterController, workspaceController } from '../reconcile/controllers/targets.ts'
import { createTracking } from '../reconcile/controllers/tracking.ts'
import { type Controller, cycle } from '../reconcile/cycle.ts'
import { createEngine, type Engine } from '../reconcile/engine.ts'
import { resourceController } from '../reconcile/resources.ts'
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
}

type Cycle = (id: string) => Promise<{ again: number } | undefined>

export function createReconciler(options: ReconcilerOptions): Engine {
  const { store, runtimes, clock, passed, onError, onTrouble, resyncMs } = options
  const context = contextOf(options, (kind, id) => engine.wake(kind, id))
  const run =
    <L, O, K, A extends { type: string }, I>(kind: FeedKind, controller: Controller<L, O, K, A, I>): Cycle =>
    (id) =>
      cycle(controller, id, (step, action) => passed(`${kind}/${step}${action ? `:${action}` : ''}`))
  const owners = createOwners()
  const cycleOf = (kind: Kind): Cycle => owners.learn(kind, run(kind, resourceController(kind, context)))
  const engine = createEngine({
    clock,
    changes: store.changes,
    cycles: {
      ...Object.fromEntries(ALL_KINDS.map((kind) => [kind, cycleOf(kind)] as const)),
      workspace: run('workspace', workspaceController(context)),
      kubeCluster: run('kubeCluster', kubeClusterController(context)),
    },
    all: () => everything(store),
    concerned: (change) => concerned(store, change),
    onError,
    storeProblem: store.problem,
    ...defined({ resyncMs, onTrouble }),
  })
  const stopSignals = runtimes.onSignal(({ resource }) => {
    for (const kind of owners.of(resource)) engine.wake(kind, resource)
  })
  return {
    ...engine,
    async stop() {
      stopSignals()
      context.submissions.stop()
      await engine.stop()
    },
  }
}

function contextOf(options: ReconcilerOptions, wake: Engine['wake']): ReconcileContext {
  const { store, runtimes, clock, idleAfterMs } = options
  const submissions = createSubmissions({
    store,
    clock,
    deadlineMs: options.submissionDeadlineMs ?? SUBMISSION_DEADLINE_MS,
    wake: ({ kind, id }) => wake(kind, id),
    passed: (step) => options.passed(`submission/${step}`),
    onError: ({ kind, id }, error) => options.onError(`${kind}/${id}`, error, 1),
  })
  const observer = createClusterObserver()
  const runTracking = createTracking(newRunTracking)
  return { store, runtimes, clock, observer, runTracking, submissions, ...defined({ idleAfterMs }) }
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

async function everything(store: Store): Promise<{ kind: FeedKind; id: string }[]> {
  const [kubeClusters, workspaces, ...resources] = await Promise.all([
    store.kubeClusters.all(),
    store.workspaces.all(),
    ...ALL_KINDS.map((kind) => store.resources.all(kind)),
  ])
  const of = (kind: FeedKind, targets: { id: string }[]) => targets.map(({ id }) => ({ kind, id }))
  return [...of('kubeCluster', kubeClusters), ...of('workspace', workspaces), ...resources.flat()]
}

const isKind = (kind: FeedKind): kind is Kind => kind in KINDS

/**
 * What is in a resource comes and goes with news for it; news of its cluster are for what is in it; when it is gone its
 * workspace may go.
 */
async function concerned(store: Store, change: Change): Promise<{ kind: FeedKind; id: string }[]> {
  const { kind, what } = change
  if (!isKind(kind)) return []
  const { parent } = KINDS[kind]
  if (parent !== 'workspace') return what === 'OBSERVED' || !change.parent ? [] : [{ kind: parent, id: change.parent }]
  if (what === 'REMOVED') return [{ kind: parent, id: change.workspace }]
  return what === 'CREATED' || !isParent(kind) ? [] : store.resources.children(change.id)
}

const isParent = (kind: Kind): boolean => ALL_KINDS.some((child) => KINDS[child].parent === kind)
