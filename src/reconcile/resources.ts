/**
 * The one loop over resources: a kind's row in domain/kinds.ts says whether it keeps a cluster, a run, or both, and the
 * controllers of what it keeps share one cycle of the resource.
 *
 * Where a resource keeps both, the cluster comes first: it is observed once, and the run goes by that observation and
 * by what was concluded from it. Both conclusions are written in one transaction, as one status. In a deletion the run
 * goes first: the cluster stays until nothing of the run is left to do. `docs/decisions/controllers-are-lifecycles.md`
 * tells why.
 */
import { isDeepStrictEqual } from 'node:util'
import { jittered } from '../domain/backoff.ts'
import { isoTime } from '../domain/clock.ts'
import { liveGeneration } from '../domain/cluster/input.ts'
import type { Kind } from '../domain/kinds.ts'
import { combined, type Reported } from '../domain/reported.ts'
import { type AnyResource, keepsCluster, keepsRun } from '../domain/resource.ts'
import { endOf, type RunInput } from '../domain/run/input.ts'
import { planRun } from '../domain/run/plan.ts'
import type { State, Status } from '../domain/status.ts'
import type { ReconcileContext } from './context.ts'
import { type Act, type DueAction, FINISH_DELETION, finishes } from './controllers/actions.ts'
import type { ClusterTurn } from './controllers/cluster/actions.ts'
import * as clusters from './controllers/cluster/controller.ts'
import type { ClusterView } from './controllers/cluster/view.ts'
import type { RunTurn } from './controllers/run/actions.ts'
import * as runs from './controllers/run/controller.ts'
import type { Controller, Plan } from './cycle.ts'
import { readable } from './readable.ts'
import type { Mark } from './resting.ts'

interface Loaded {
  resource: AnyResource
  cluster: clusters.LoadedCluster | undefined
  run: runs.LoadedRun | undefined
}

interface Observed {
  cluster: clusters.ObservedCluster | undefined
  run: RunInput | undefined
}

interface Known {
  resource: AnyResource
  cluster: (ClusterTurn & { view: ClusterView }) | undefined
  run: (RunTurn & { mark: Mark }) | undefined
}

export type ResourceController = Controller<Loaded, Observed, Known, DueAction, Act>

/** The cycle of resources of one kind, by what the kind keeps. */
export function resourceController(kind: Kind, context: ReconcileContext): ResourceController {
  return {
    async load(id) {
      // A signal names no kind, so that every kind that may own it has a cycle: what another one has stays.
      const owner = context.resting.entry(id)?.host.kind
      if (owner !== undefined && owner !== kind) return undefined
      context.resting.begin(id)
      const loaded = await readable(async () => {
        const resource = await context.store.resources.get(kind, id)
        return resource && loadKept(context, resource)
      })
      if (loaded) {
        context.revisions.set(id, loaded.resource.revision)
        return loaded
      }
      context.resting.forget(id)
      context.revisions.delete(id)
      context.observer.tracking.forget(id)
      context.runTracking.forget(id)
      context.submissions.forget(id)
      return undefined
    },

    async observe({ cluster, run }) {
      const observed = cluster && (await clusters.observe(context, cluster))
      const host = run && (observed ? observed.host : await runs.observeHost(context, run.host))
      return { cluster: observed, run: run && (await runs.observe(context, run, host)) }
    },

    persist: (loaded, observed) => persist(context, loaded, observed),
    async validate({ resource, cluster }) {
      const isValid = !cluster || (await clusters.validate(cluster))
      // Asked again by the resync.
      if (!isValid) context.revisions.delete(resource.id)
      return isValid
    },
    plan: (known) => planKept(context, known),
    intend: async (_known, action) => action.intend(),
    act: async (_known, _action, act) => act(),
    rest: (known, plan) => rest(context, known, plan),
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
  const cluster = observed.cluster && clusters.conclude(context, observed.cluster.input)
  const run = observed.run && runs.conclude(observed.run, cluster)
  const now = reportedOf(cluster, run) ?? { state: loaded.resource.state, status: loaded.resource.status }
  await write(context, loaded.resource, { cluster, run, now })
  cluster?.written()
  const resource = { ...loaded.resource, ...now }
  if (observed.cluster && cluster) {
    const generation = liveGeneration(cluster.input.generations)
    const host = { ...cluster.input.resource, ...now }
    context.resting.observed(host, { generation, view: observed.cluster.view, now: context.clock.now() })
  }
  tellHost(context, loaded, now.state)
  return {
    resource,
    cluster: cluster &&
      loaded.cluster &&
      observed.cluster && {
        context,
        runtime: loaded.cluster.runtime,
        input: { ...cluster.input, resource: { ...cluster.input.resource, ...now } },
        view: observed.cluster.view,
      },
    run: run &&
      loaded.run && {
        context,
        runtime: loaded.run.host.runtime,
        input: { ...run.input, resource: { ...run.input.resource, ...now } },
        mark: loaded.run.mark,
      },
  }
}

interface Concluded {
  cluster: clusters.ConcludedCluster | undefined
  run: runs.ConcludedRun | undefined
  now: Reported
}

/** In one transaction; but for the time of the observation, where that is all there is. */
async function write(
  { store }: ReconcileContext,
  before: AnyResource,
  { cluster, run, now }: Concluded,
): Promise<void> {
  const { state, status } = now
  const events = [...(cluster?.facts.events ?? []), ...(run?.facts.events ?? [])]
  const isNew = clusters.hasFacts(cluster) || run?.facts.change !== undefined || events.length > 0
  if (!isNew && before.state === state && isSameStatus(before.status, status)) {
    if (status.observedAt !== undefined && status.observedAt !== before.status.observedAt)
      store.resources.observedAgain([before.id], status.observedAt)
    return
  }
  await store.transaction(async (groups) => {
    if (cluster) await clusters.record(groups, cluster)
    if (run) await runs.record(groups, run)
    await groups.resources.observed(before.id, { state, status, events })
  })
}

const isSameStatus = ({ observedAt: _, ...a }: Status, { observedAt: __, ...b }: Status): boolean =>
  isDeepStrictEqual(a, b)

/** Its host counts the states of those in it. */
function tellHost({ wakeSoon }: ReconcileContext, { resource, run }: Loaded, state: State): void {
  const host = run?.host.resource
  if (host && host.id !== resource.id && state !== resource.state) wakeSoon(host)
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
  const settled = plans.flatMap(({ settledFor }) => (settledFor === undefined ? [] : [settledFor]))
  if (!resource.deletion) {
    const actions = plans.flatMap((plan) => plan.actions)
    return settled.length < plans.length ? { actions, again } : { actions, again, settledFor: Math.min(...settled) }
  }
  const runFirst = plans.toReversed().flatMap(({ actions }) => actions)
  if (!plans.every(finishes)) return { actions: runFirst.filter(({ type }) => type !== FINISH_DELETION), again }
  const actions = runFirst.map((action, n) =>
    n === runFirst.length - 1 ? thenRemoved(context, resource, action) : action,
  )
  return { actions, again }
}

/** Full cycles of what is at rest: as many a second by all together, and none sooner than this. */
const FULL = { aSecond: 3, afterMs: 30 * 60_000 }
/**
 * The same for what somebody waits for: no observation of a cluster may tell of it, and what was written of it is not
 * to look stale; should its news be missed, it does not wait for ever.
 */
const FULL_OF_WAITING = { aSecond: 100, afterMs: 15_000 }

/** Has it observed without cycles from now on. Answers when a cycle is due all the same. */
function rest(
  { resting }: ReconcileContext,
  { resource, cluster, run }: Known,
  { settledFor }: { again: number; settledFor: number },
): number {
  const { aSecond, afterMs } = resource.state === 'PENDING' ? FULL_OF_WAITING : FULL
  const full = jittered(Math.max(afterMs, (resting.size() / aSecond) * 1000))
  const runDue = run ? runs.rest(resting, run) : Infinity
  if (cluster) clusters.rest(resting, cluster)
  return Math.min(full, settledFor, runDue)
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
