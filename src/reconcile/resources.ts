/**
 * The one loop over resources: a kind's row in domain/kinds.ts says whether it keeps a cluster, a run, or both, and the
 * controllers of what it keeps share one cycle of the resource.
 *
 * Where a resource keeps both, the cluster comes first: it is observed once, and the run goes by that observation and
 * by what was concluded from it. Both conclusions are written in one transaction, as one status. In a deletion the run
 * goes first: the cluster stays until nothing of the run is left to do. `docs/decisions/controllers-are-lifecycles.md`
 * tells why.
 */
import { isoTime } from '../domain/clock.ts'
import type { ClusterInput } from '../domain/cluster/input.ts'
import type { Kind } from '../domain/kinds.ts'
import { combined, type Reported } from '../domain/reported.ts'
import { type AnyResource, keepsCluster, keepsRun } from '../domain/resource.ts'
import { endOf, type RunInput } from '../domain/run/input.ts'
import { planRun } from '../domain/run/plan.ts'
import type { ReconcileContext } from './context.ts'
import { type Act, type DueAction, FINISH_DELETION, finishes } from './controllers/actions.ts'
import type { ClusterTurn } from './controllers/cluster/actions.ts'
import * as clusters from './controllers/cluster/controller.ts'
import type { RunTurn } from './controllers/run/actions.ts'
import * as runs from './controllers/run/controller.ts'
import type { Controller, Plan } from './cycle.ts'
import { readable } from './readable.ts'

interface Loaded {
  resource: AnyResource
  cluster: clusters.LoadedCluster | undefined
  run: runs.LoadedRun | undefined
}

interface Observed {
  cluster: ClusterInput | undefined
  run: RunInput | undefined
}

interface Known {
  resource: AnyResource
  cluster: ClusterTurn | undefined
  run: RunTurn | undefined
}

export type ResourceController = Controller<Loaded, Observed, Known, DueAction, Act>

/** The cycle of resources of one kind, by what the kind keeps. */
export function resourceController(kind: Kind, context: ReconcileContext): ResourceController {
  return {
    async load(id) {
      const loaded = await readable(async () => {
        const resource = await context.store.resources.get(kind, id)
        return resource && loadKept(context, resource)
      })
      if (loaded) return loaded
      context.observer.tracking.forget(id)
      context.runTracking.forget(id)
      context.submissions.forget(id)
      return undefined
    },

    async observe({ cluster, run }) {
      const observed = cluster && (await clusters.observe(context, cluster))
      const host = run && (observed ? observed.host : await runs.observeHost(context, run.host))
      return { cluster: observed?.input, run: run && (await runs.observe(context, run, host)) }
    },

    persist: (loaded, observed) => persist(context, loaded, observed),
    validate: async ({ cluster }) => !cluster || clusters.validate(cluster),
    plan: (known) => planKept(context, known),
    intend: async (_known, action) => action.intend(),
    act: async (_known, _action, act) => act(),
  }
}

/** Undefined where the resource, or the one that keeps its cluster, is gone. */
async function loadKept(context: ReconcileContext, resource: AnyResource): Promise<Loaded | undefined> {
  const cluster = keepsCluster(resource) ? await clusters.load(context, resource) : undefined
  const run = keepsRun(resource) ? await runs.load(context, resource, cluster) : undefined
  return keepsRun(resource) && !run ? undefined : { resource, cluster, run }
}

/** Concludes from what was observed, the cluster first, and writes all of it down in one transaction. */
async function persist(context: ReconcileContext, loaded: Loaded, observed: Observed): Promise<Known> {
  const cluster = observed.cluster && clusters.conclude(context, observed.cluster)
  const run = observed.run && runs.conclude(observed.run, cluster)
  const { state, status } = reportedOf(cluster, run) ?? loaded.resource
  const events = [...(cluster?.facts.events ?? []), ...(run?.facts.events ?? [])]
  await context.store.transaction(async (groups) => {
    if (cluster) await clusters.record(groups, cluster)
    if (run) await runs.record(groups, run)
    await groups.resources.observed(loaded.resource.id, { state, status, events })
  })
  cluster?.written()
  const now = { state, status }
  return {
    resource: { ...loaded.resource, ...now },
    cluster: cluster &&
      loaded.cluster && {
        context,
        runtime: loaded.cluster.runtime,
        input: { ...cluster.input, resource: { ...cluster.input.resource, ...now } },
      },
    run: run &&
      loaded.run && {
        context,
        runtime: loaded.run.host.runtime,
        input: { ...run.input, resource: { ...run.input.resource, ...now } },
      },
  }
}

function reportedOf(
  cluster: clusters.ConcludedCluster | undefined,
  run: runs.ConcludedRun | undefined,
): Reported | undefined {
  if (!cluster || !run) return (cluster ?? run)?.reported
  const { resource, attempts, now } = run.input
  return combined(cluster.reported, run.reported, {
    runEnded: endOf(attempts) !== undefined,
    runGone: finishes(planRun(run.input)),
    before: resource.status.conditions,
    now: isoTime(now),
  })
}

/**
 * Both plans as one; the next cycle is due as soon as either controller wants it. In a deletion each finishes only
 * together with the other: the cluster waits for its run, and what a run leaves behind goes once the cluster is gone.
 */
function planKept(context: ReconcileContext, { resource, cluster, run }: Known): Plan<DueAction> {
  const ofRun = run && runs.plan(run)
  const ofCluster = cluster && clusters.plan(cluster, { ownRun: ofRun !== undefined && !finishes(ofRun) })
  const plans = [ofCluster, ofRun].filter((plan) => plan !== undefined)
  const again = Math.min(...plans.map((plan) => plan.again))
  if (!resource.deletion) return { actions: plans.flatMap(({ actions }) => actions), again }
  const runFirst = plans.toReversed().flatMap(({ actions }) => actions)
  if (!plans.every(finishes)) return { actions: runFirst.filter(({ type }) => type !== FINISH_DELETION), again }
  const actions = runFirst.map((action, n) =>
    n === runFirst.length - 1 ? thenRemoved(context, resource, action) : action,
  )
  return { actions, again }
}

/** The row goes when the last of the controllers has cleaned up: a server that dies before that finds it again. */
const thenRemoved = ({ store }: ReconcileContext, { id }: AnyResource, action: DueAction): DueAction => ({
  type: action.type,
  async intend() {
    const act = await action.intend()
    if (!act) return undefined
    return async () => {
      await act()
      return () => store.resources.remove(id)
    }
  },
})
