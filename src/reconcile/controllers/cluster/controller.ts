/**
 * The cluster controller: keeps the Flink cluster of a resource as intended, generation by generation. Decides nothing
 * itself: what an observation means stands in domain/cluster/facts.ts, what to do in domain/cluster/plan.ts, what
 * callers see in domain/cluster/status.ts; how it is done stands in actions.ts.
 */
import { isoTime } from '../../../domain/clock.ts'
import { type ClusterFacts, clusterFacts, withClusterFacts } from '../../../domain/cluster/facts.ts'
import { type ClusterInput, liveGeneration } from '../../../domain/cluster/input.ts'
import { planCluster } from '../../../domain/cluster/plan.ts'
import { clusterStatus, isObserved } from '../../../domain/cluster/status.ts'
import type { Generation } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { Failure } from '../../../domain/failure.ts'
import type { Reported } from '../../../domain/reported.ts'
import type { ClusterResource } from '../../../domain/resource.ts'
import { isTerminal } from '../../../domain/run/state.ts'
import type { State } from '../../../domain/status.ts'
import type { Runtime } from '../../../runtimes/runtime.ts'
import type { StoreGroups } from '../../../store/store.ts'
import type { ReconcileContext } from '../../context.ts'
import type { Plan } from '../../cycle.ts'
import type { Resting } from '../../resting.ts'
import { type DueAction, due } from '../actions.ts'
import { CLUSTER_ACTIONS, type ClusterTurn, effectiveSpec } from './actions.ts'
import { type FlinkAnswer, observeFlink } from './flink.ts'
import type { HostObservation } from './observer.ts'
import { type ClusterView, viewOf } from './view.ts'

/** A resource that keeps a cluster, with all that is recorded of that. */
export interface Host {
  resource: ClusterResource
  runtime: Runtime
  generations: Generation[]
}

export interface LoadedCluster extends Host {
  /** The states of the resources whose runs are on it. */
  runStates: State[]
}

/** What was observed of a cluster: for its own controller, and for the run that is on it in the same cycle. */
export interface ObservedCluster {
  input: ClusterInput
  /** What the next observation is compared with. */
  view: ClusterView
  host?: HostObservation
}

export async function loadHost({ store, runtimes }: ReconcileContext, resource: ClusterResource): Promise<Host> {
  const [runtime, generations] = await Promise.all([
    runtimes.of(resource.workspace),
    store.generations.list(resource.id),
  ])
  return { resource, runtime, generations }
}

export async function load(context: ReconcileContext, resource: ClusterResource): Promise<LoadedCluster> {
  const [host, runStates] = await Promise.all([
    loadHost(context, resource),
    context.store.resources.childStates(resource.id),
  ])
  return { ...host, runStates }
}

/** Observes the cluster once, by the runtime and by Flink, and puts together what facts, status and plan go by. */
export async function observe(context: ReconcileContext, loaded: LoadedCluster): Promise<ObservedCluster> {
  const { clock, observer, idleAfterMs } = context
  const { resource, runtime, generations, runStates } = loaded
  const tracking = observer.tracking.of(resource.id)
  const begun = clock.now()
  const live = liveGeneration(generations)
  const inputOf = (observed: Pick<ClusterInput, 'capacity'> & Partial<ClusterInput>): ClusterInput => ({
    resource,
    generations,
    runs: runStates.length,
    runStates,
    abandoned: [],
    now: clock.now(),
    ...defined({ waitingOn: tracking.waitingOn, idleAfterMs, where: runtime.where }),
    ...observed,
  })
  try {
    const { taskManagers: capacity, ...scaling } = await runtime.capacity(resource.spec)
    if (!live) return { input: inputOf({ capacity, ...scaling }), view: viewOf({}) }
    const host = await observer.observe(runtime, live)
    const { cluster } = host
    const up = cluster.phase === 'UP'
    const answer = up ? await observeFlink(runtime.flink(live, cluster), cluster, tracking, begun) : undefined
    const { silentSince } = tracking.life
    const abandoned = await abandonedAmong(context, resource, answer)
    const flink = answer?.observation
    const input = inputOf({ capacity, ...scaling, cluster, abandoned, ...defined({ flink, silentSince }) })
    const view = viewOf({ generation: live, cluster, flink: answer?.lists })
    return { input, view, host: { cluster, answers: async () => answer !== undefined } }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'RUNTIME_UNREACHABLE') throw error
    const unreachable = error.message
    return { input: inputOf({ capacity: 0, unreachable }), view: viewOf({ generation: live, unreachable }) }
  }
}

/**
 * Of the jobs that live there, those that must not. It is asked after they were observed: what must not run once never
 * may again.
 */
async function abandonedAmong(
  { store }: ReconcileContext,
  { id }: ClusterResource,
  answer: FlinkAnswer | undefined,
): Promise<string[]> {
  const live = answer?.lists.jobs.filter(({ state }) => !isTerminal(state)).map((job) => job.id) ?? []
  return live.length === 0 ? [] : store.attempts.abandoned(id, live)
}

/** What was observed of a cluster means this, for good and for callers. */
export interface ConcludedCluster {
  input: ClusterInput
  /** The live generation before these facts. */
  live: Generation | undefined
  facts: ClusterFacts
  reported: Reported
  /** To be called once all of it is written: what was reported then is not reported in every cycle. */
  written(): void
}

export function conclude({ observer }: ReconcileContext, observed: ClusterInput): ConcludedCluster {
  const live = liveGeneration(observed.generations)
  const facts = clusterFacts(observed)
  const input = withClusterFacts(observed, facts)
  const { reported } = observer.tracking.of(input.resource.id).life
  const events = facts.events.filter(({ key }) => key === undefined || !reported.has(key))
  const written = (): void => {
    for (const { key } of events) if (key !== undefined) reported.add(key)
  }
  return { input, live, facts: { ...facts, events }, reported: clusterStatus(input), written }
}

/** Writes down what is established for good; the status and the events are written with it. */
export async function record(
  { generations }: StoreGroups,
  { live, facts: { up, end } }: ConcludedCluster,
): Promise<void> {
  if (live && up) await generations.up(live)
  if (live && end) await generations.end(live, end)
}

/** Whether the observation established anything for good. */
export const hasFacts = (concluded: ConcludedCluster | undefined): boolean =>
  concluded?.live !== undefined && (concluded.facts.up || concluded.facts.end !== undefined)

/** Nothing is due while the cluster is observed to be as it was. */
export function rest(resting: Resting, { input, view }: ClusterTurn & { view: ClusterView }): void {
  if (view.reach === 'NONE') return
  const { again: pace } = planCluster(input)
  resting.clusterRests(input.resource, { sign: view.sign, pace, isObserved: isObserved(input) })
}

/** A wish that can't be carried out ends here: the first generation is not begun, and the status says why. */
export async function validate(turn: ClusterTurn): Promise<boolean> {
  const { store, clock } = turn.context
  const { resource, generations } = turn.input
  if (resource.deletion || generations.length > 0) return true
  try {
    effectiveSpec(turn)
    return true
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const { code, message } = error
    const now = isoTime(clock.now())
    const known = resource.status.error?.code === code && resource.status.error.message === message
    const at = known ? (resource.status.error?.at ?? now) : now
    const status = { ...resource.status, observedAt: now, detail: message, error: { code, message, at } }
    await store.resources.observed(resource.id, { state: 'FAILED', status })
    return false
  }
}

/** `ownRun`: the resource's own run is still there, which is waited for in a deletion as those of its children are. */
export function plan(turn: ClusterTurn, { ownRun }: { ownRun: boolean }): Plan<DueAction> {
  const runs = turn.input.runs + (ownRun ? 1 : 0)
  const { actions, ...when } = planCluster({ ...turn.input, runs })
  return { actions: actions.map((action) => due(CLUSTER_ACTIONS, turn, action)), ...when }
}
