/** Wires the reconcile room: controllers, submissions and engine over one store and its runtimes. */
import type { Clock } from '../domain/clock.ts'
import { type Controller, cycle } from '../reconcile/cycle.ts'
import { createEngine, type Engine } from '../reconcile/engine.ts'
import { jobController } from '../reconcile/jobs.ts'
import { sessionController } from '../reconcile/sessions.ts'
import { createSubmissions } from '../reconcile/submissions.ts'
import { kubeClusterController, workspaceController } from '../reconcile/targets.ts'
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
  submissionDeadlineMs?: number
  resyncMs?: number
  idleAfterMs?: number
}

export function createReconciler(options: ReconcilerOptions): Engine {
  const { store, runtimes, clock, passed, onError } = options
  const submissions = createSubmissions({
    store,
    clock,
    deadlineMs: options.submissionDeadlineMs ?? SUBMISSION_DEADLINE_MS,
    wake(job) {
      engine.wake('job', job.id)
      engine.wake('session', job.parent)
    },
    passed: (step) => passed(`submission/${step}`),
    onError: (job, error) => onError(`job/${job}`, error, 1),
  })
  const run =
    <L, S, A extends { type: string }, I>(kind: FeedKind, controller: Controller<L, S, A, I>) =>
    (id: string) =>
      cycle(controller, id, (step, action) => passed(`${kind}/${step}${action ? `:${action}` : ''}`))
  const context = {
    store,
    runtimes,
    clock,
    ...(options.idleAfterMs !== undefined && { idleAfterMs: options.idleAfterMs }),
  }
  const engine = createEngine({
    clock,
    changes: store.changes,
    cycles: {
      session: run('session', sessionController(context)),
      job: run('job', jobController(context, submissions)),
      workspace: run('workspace', workspaceController(context)),
      kubeCluster: run('kubeCluster', kubeClusterController(context)),
    },
    all: () => everything(store),
    concerned: (change) => concerned(store, change),
    onError,
    ...(options.resyncMs !== undefined && { resyncMs: options.resyncMs }),
  })
  const stopSignals = runtimes.onSignal(({ resource }) => engine.wake('session', resource))
  return {
    ...engine,
    async stop() {
      stopSignals()
      submissions.stop()
      await engine.stop()
    },
  }
}

async function everything(store: Store): Promise<{ kind: FeedKind; id: string }[]> {
  const [kubeClusters, workspaces, sessions, jobs] = await Promise.all([
    store.kubeClusters.all(),
    store.workspaces.all(),
    store.resources.all('session'),
    store.resources.all('job'),
  ])
  const of = (kind: FeedKind, targets: { id: string }[]) => targets.map(({ id }) => ({ kind, id }))
  return [...of('kubeCluster', kubeClusters), ...of('workspace', workspaces), ...sessions, ...jobs]
}

/** A job that comes or goes concerns its session; a session whose cluster changed concerns its jobs; sessions that are gone free a workspace. */
async function concerned(store: Store, change: Change): Promise<{ kind: FeedKind; id: string }[]> {
  if (change.kind === 'workspace' || change.kind === 'kubeCluster') return []
  if (change.kind === 'session' && change.what === 'REMOVED') return [{ kind: 'workspace', id: change.workspace }]
  if (change.kind === 'job')
    return change.what === 'OBSERVED' || !change.parent ? [] : [{ kind: 'session', id: change.parent }]
  if (change.what === 'CREATED') return []
  return store.resources.children(change.id)
}
