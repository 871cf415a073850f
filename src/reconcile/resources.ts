/**
 * The one loop over resources: a kind's row in domain/kinds.ts says whether it keeps a cluster, a run, or both, and the
 * controllers of what it keeps share one cycle of the resource.
 *
 * Where a resource keeps both, the cluster comes first: it is observed once, and the run goes by that observation and by
 * what was concluded from it. Both conclusions are written in one transaction, as one status. In a deletion the run goes
 * first: the cluster stays until nothing of the run is left to do. `docs/decisions/controllers-are-lifecycles.md` tells why.
 */
import { isoTime } from '../domain/clock.ts'
import type { ClusterInput } from '../domain/cluster/input.ts'
import { planCluster } from '../domain/cluster/plan.ts'
import type { Kind } from '../domain/kinds.ts'
import { combined, type Reported } from '../domain/reported.ts'
import { type AnyResource, keepsCluster, keepsRun } from '../domain/resource.ts'
import type { RunInput } from '../domain/run/input.ts'
import { planRun } from '../domain/run/plan.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { ReconcileContext } from './context.ts'
import { type Act, type DueAction, due } from './controllers/actions.ts'
import { CLUSTER_ACTIONS } from './controllers/cluster/actions.ts'
import {
  type ConcludedCluster,
  concludeCluster,
  type LoadedCluster,
  loadCluster,
  observeCluster,
  recordCluster,
  validateCluster,
} from './controllers/cluster/controller.ts'
import { RUN_ACTIONS } from './controllers/run/actions.ts'
import {
  type ConcludedRun,
  concludeRun,
  type LoadedRun,
  loadRun,
  observeHost,
  observeLoadedRun,
  recordRun,
} from './controllers/run/controller.ts'
import type { Controller, Plan } from './cycle.ts'

interface Loaded {
  resource: AnyResource
  cluster: LoadedCluster | undefined
  run: LoadedRun | undefined
}

interface Observed {
  cluster: ClusterInput | undefined
  run: RunInput | undefined
}

interface Known {
  resource: AnyResource
  cluster: { runtime: Runtime; input: ClusterInput } | undefined
  run: { runtime: Runtime; input: RunInput } | undefined
}

export type ResourceController = Controller<Loaded, Observed, Known, DueAction, Act>

/** The cycle of resources of one kind, by what the kind keeps. */
export function resourceController(kind: Kind, context: ReconcileContext): ResourceController {
  return {
    async load(id) {
      const resource = await context.store.resources.get(kind, id)
      const loaded = resource && (await loadKept(context, resource))
      if (loaded) return loaded
      context.observer.tracking.forget(id)
      context.runTracking.forget(id)
      context.submissions.forget(id)
      return undefined
    },

    async observe({ cluster, run }) {
      const observed = cluster && (await observeCluster(context, cluster))
      const host = run && (observed ? observed.host : await observeHost(context, run.host))
      return { cluster: observed?.input, run: run && (await observeLoadedRun(context, run, host)) }
    },

    persist: (loaded, observed) => persist(context, loaded, observed),
    validate: async ({ cluster }) => !cluster || validateCluster(context, cluster),
    plan: (known) => planKept(context, known),
    intend: async (_known, action) => action.intend(),
    act: async (_known, _action, act) => act(),
  }
}

/** Undefined where the resource, or the one that keeps its cluster, is gone. */
async function loadKept(context: ReconcileContext, resource: AnyResource): Promise<Loaded | undefined> {
  const cluster = keepsCluster(resource) ? await loadCluster(context, resource) : undefined
  const run = keepsRun(resource) ? await loadRun(context, resource, cluster) : undefined
  return keepsRun(resource) && !run ? undefined : { resource, cluster, run }
}

/** Concludes from what was observed, the cluster first, and writes all of it down in one transaction. */
async function persist(context: ReconcileContext, loaded: Loaded, observed: Observed): Promise<Known> {
  const cluster = observed.cluster && concludeCluster(context, observed.cluster)
  const run = observed.run && concludeRun(observed.run, cluster)
  const reported = reportedOf(cluster, run) ?? loaded.resource
  const events = [...(cluster?.facts.events ?? []), ...(run?.facts.events ?? [])]
  await context.store.transaction(async (groups) => {
    if (cluster) await recordCluster(groups, cluster)
    if (run) await recordRun(groups, run)
    const { state, status } = reported
    await groups.resources.observed(loaded.resource.id, { state, status, events })
  })
  cluster?.written()
  const { state, status } = reported
  const { cluster: loadedCluster, run: loadedRun } = loaded
  return {
    resource: { ...loaded.resource, state, status },
    cluster: cluster &&
      loadedCluster && {
        runtime: loadedCluster.runtime,
        input: { ...cluster.input, resource: { ...cluster.input.resource, state, status } },
      },
    run: run &&
      loadedRun && {
        runtime: loadedRun.host.runtime,
        input: { ...run.input, resource: { ...run.input.resource, state, status } },
      },
  }
}

function reportedOf(cluster: ConcludedCluster | undefined, run: ConcludedRun | undefined): Reported | undefined {
  if (!cluster || !run) return (cluster ?? run)?.reported
  const { resource, now } = run.input
  const runGone = isFinished(planRun(run.input))
  return combined(cluster.reported, run.reported, { runGone, before: resource.status.conditions, now: isoTime(now) })
}

const isFinished = (plan: Plan<{ type: string }> | undefined): boolean =>
  plan?.actions.some(({ type }) => type === FINISH) ?? true

const FINISH = 'FINISH_DELETION'

/**
 * Both plans as one; the next cycle is due when either controller wants it. A run that is over with its deletion waits for
 * its cluster, and a cluster for its run: what they leave behind goes, and the row with it, once both have come to that.
 */
function planKept(context: ReconcileContext, { resource, cluster, run }: Known): Plan<DueAction> {
  const ofRun = run && planRun(run.input)
  const runs = isFinished(ofRun) ? 0 : 1
  const ofCluster = cluster && planCluster({ ...cluster.input, runs: cluster.input.runs + runs })
  const finished = isFinished(ofRun) && isFinished(ofCluster)
  const runActions = run && ofRun ? ofRun.actions.map((action) => due(RUN_ACTIONS, { context, ...run }, action)) : []
  const clusterActions =
    cluster && ofCluster ? ofCluster.actions.map((action) => due(CLUSTER_ACTIONS, { context, ...cluster }, action)) : []
  const inOrder = resource.deletion ? [...runActions, ...clusterActions] : [...clusterActions, ...runActions]
  const actions = finished ? inOrder : inOrder.filter(({ type }) => type !== FINISH)
  const last = finished ? actions.pop() : undefined
  return {
    actions: last ? [...actions, thenRemoved(context, resource, last)] : actions,
    again: Math.min(ofRun?.again ?? Infinity, ofCluster?.again ?? Infinity),
  }
}

/** The row goes when the last of the controllers has cleaned up: whatever dies before finds it again. */
const thenRemoved = ({ store }: ReconcileContext, { id }: AnyResource, action: DueAction): DueAction => ({
  ...action,
  async intend() {
    const act = await action.intend()
    return (
      act &&
      (async () => {
        await act()
        return () => store.resources.remove(id)
      })
    )
  },
})
