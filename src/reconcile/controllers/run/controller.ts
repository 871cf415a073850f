/**
 * The run controller: submits a resource's job once, follows it, and after its JobManager's end submits it again from
 * its latest checkpoint. Its host, which is its parent or its own resource, keeps the cluster. Decides nothing itself:
 * domain/run/facts.ts, plan.ts and status.ts do; how it is done stands in actions.ts.
 */

import { liveGeneration } from '../../../domain/cluster/input.ts'
import type { JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { Failure } from '../../../domain/failure.ts'
import { KINDS } from '../../../domain/kinds.ts'
import type { Reported } from '../../../domain/reported.ts'
import { keepsCluster, type RunResource, stateOf } from '../../../domain/resource.ts'
import { type RunFacts, runFacts, withRunFacts } from '../../../domain/run/facts.ts'
import { endOf, isObserved, isSuspect, type RunInput } from '../../../domain/run/input.ts'
import { planRun } from '../../../domain/run/plan.ts'
import { isTerminal } from '../../../domain/run/state.ts'
import { runStatus } from '../../../domain/run/status.ts'
import type { StoreGroups } from '../../../store/store.ts'
import type { ReconcileContext } from '../../context.ts'
import type { Plan } from '../../cycle.ts'
import type { Mark, Resting, SavedState } from '../../resting.ts'
import { type DueAction, due } from '../actions.ts'
import { type ConcludedCluster, type Host, loadHost } from '../cluster/controller.ts'
import type { HostObservation } from '../cluster/observer.ts'
import { type ClusterView, runLine, viewOf } from '../cluster/view.ts'
import { RUN_ACTIONS, type RunTurn } from './actions.ts'
import { observeRun } from './observe.ts'
import { operatorOf } from './operator.ts'
import type { RunTracking } from './tracking.ts'

export interface LoadedRun {
  resource: RunResource
  host: Host
  attempts: JobAttempt[]
  /** The host as it was observed before any of this was read. */
  mark: Mark
  /** This server was waiting for the latest attempt's answer when its record was read. */
  inFlight: boolean
  /** Another run of the host whose main() has to return first. */
  blockedBy?: string
}

/** `own`: the resource's own cluster, if it keeps one. Undefined where the resource that keeps the cluster is gone. */
export async function load(
  context: ReconcileContext,
  resource: RunResource,
  own: Host | undefined,
): Promise<LoadedRun | undefined> {
  const { store, submissions, resting } = context
  const mark = resting.mark(
    keepsCluster(resource) ? resource : { kind: KINDS[resource.kind].parent, id: resource.parent },
  )
  const host = own ?? (await loadParent(context, resource))
  if (!host) return undefined
  // Asked before the record is read: an answer that comes in between is written there, and not taken for missing.
  const awaited = submissions.inFlight(resource.id)
  const attempts = await store.attempts.list(resource.id)
  const last = attempts.at(-1)
  const inFlight = awaited !== undefined && awaited === last?.n
  const due = !resource.deletion && (!last || last.outcome?.result === 'LOST')
  const run = { resource, host: host.resource }
  const blockedBy = due ? await submissions.blockedBy(run, isSuspect(attempts)) : undefined
  return { resource, host, attempts, mark, inFlight, ...defined({ blockedBy }) }
}

async function loadParent(context: ReconcileContext, resource: RunResource): Promise<Host | undefined> {
  if (keepsCluster(resource)) return undefined
  const parent = await context.store.resources.get(KINDS[resource.kind].parent, resource.parent)
  return parent && loadHost(context, parent)
}

/** A parent's cluster as it is now; undefined where it can't be asked, from which nothing follows. */
export async function observeHost(
  { observer }: ReconcileContext,
  { runtime, generations }: Host,
): Promise<HostObservation | undefined> {
  const live = liveGeneration(generations)
  try {
    return live && (await observer.observe(runtime, live))
  } catch (error) {
    if (error instanceof Failure && error.code === 'RUNTIME_UNREACHABLE') return undefined
    throw error
  }
}

/** Puts together what facts, status and plan go by. `observed`: the host, since the attempts were read. */
export async function observe(
  context: ReconcileContext,
  loaded: LoadedRun,
  observed: HostObservation | undefined,
): Promise<RunInput> {
  const { submissions, clock, store } = context
  const { resource, attempts, inFlight, blockedBy } = loaded
  const { runtime, generations, resource: host } = loaded.host
  const now = clock.now()
  const tracking = context.runTracking.of(resource.id)
  const observation = await observeRun({ store, runtime, now, tracking }, { resource, generations, attempts }, observed)
  const missingBefore = tracking.missing
  tracking.missing = observation.flinkJob === 'MISSING'
  const last = attempts.at(-1)
  const { withdrawn, waitingOn } = tracking
  const ofMain = last && inFlight ? trackMain(tracking, last, observation, clock.now()) : {}
  return {
    resource,
    host,
    generations,
    attempts,
    inFlight,
    missingBefore,
    unsent: last !== undefined && submissions.unsent(last),
    tidied: tracking.tidied === attempts.length,
    now: clock.now(),
    ...observation,
    ...defined({
      ...ofMain,
      interruptedAt: tracking.interrupted?.attempt === last?.n ? tracking.interrupted?.at : undefined,
      blockedBy,
      staged: stagedFor(context, loaded),
      operator: operatorOf(runtime, resource) && {
        withdrawn: withdrawn === attempts.length,
        ...defined({ waitingOn }),
      },
    }),
  }
}

/** Since when the job of a main() that runs has been running, or is over. */
function trackMain(
  tracking: RunTracking,
  { n }: JobAttempt,
  { flinkJob }: Pick<RunInput, 'flinkJob'>,
  now: number,
): Pick<RunInput, 'runningSince' | 'endedSince'> {
  if (tracking.main?.attempt !== n) tracking.main = { attempt: n }
  const { main } = tracking
  if (flinkJob !== undefined && flinkJob !== 'MISSING') {
    if (flinkJob.state === 'RUNNING') main.runningSince ??= now
    if (isTerminal(flinkJob.state)) main.endedSince ??= now
  }
  return defined({ runningSince: main.runningSince, endedSince: main.endedSince })
}

/** What was observed of a run means this, for good and for callers. */
export interface ConcludedRun {
  input: RunInput
  facts: RunFacts
  reported: Reported
}

/** `own`: what was concluded about the resource's own cluster in this cycle, if it keeps one; the run goes by that. */
export function conclude(observed: RunInput, own: ConcludedCluster | undefined): ConcludedRun {
  const onHost = own
    ? { ...observed, generations: own.input.generations, host: { ...observed.host, ...own.reported } }
    : observed
  const facts = runFacts(onHost)
  const input = withRunFacts(onHost, facts)
  return { input, facts, reported: runStatus(input) }
}

/** Writes down what is established for good; the status and the events are written with it. */
export async function record({ attempts }: StoreGroups, { input, facts: { change } }: ConcludedRun): Promise<void> {
  const last = input.attempts.at(-1)
  if (last && change) await attempts.update(input.resource.id, last.n, change)
}

export function plan(turn: RunTurn): Plan<DueAction> {
  const { actions, ...when } = planRun(turn.input)
  return { actions: actions.map((action) => due(RUN_ACTIONS, turn, action)), ...when }
}

/**
 * Nothing is due while Flink, or the host that is waited for, is observed to be as it was. Answers when a cycle is due
 * all the same, in milliseconds.
 */
export function rest(resting: Resting, { input, mark }: RunTurn & { mark: Mark }): number {
  const { resource, host, attempts, flinkJob, jobType, now } = input
  if (endOf(attempts) !== undefined) return Infinity
  const last = attempts.at(-1)
  const active = last?.phase === 'ENDED' ? undefined : last
  const isRunning = resource.state === 'RUNNING' && flinkJob !== undefined && flinkJob !== 'MISSING'
  const isSaved = isRunning && jobType !== 'BATCH' && active?.phase === 'SUBMITTED'
  const { flinkJobId } = active ?? {}
  const rested = {
    word: runLine(viewFrom(input, active), stateOf(host), defined({ flinkJobId })).word,
    pace: planRun(input).again,
    isObserved: isObserved(input),
    at: now,
    ...defined({ flinkJobId }),
    ...(isSaved && { saved: savedState(active) }),
  }
  return resting.runRests(resource, host, rested, mark)
}

/** The host as this run has observed it. */
function viewFrom(
  { generations, cluster, ready, flinkJob, tasks }: RunInput,
  active: JobAttempt | undefined,
): ClusterView {
  const generation = liveGeneration(generations)
  const isKnown = active !== undefined && flinkJob !== undefined && flinkJob !== 'MISSING'
  const jobs = isKnown ? [{ id: active.flinkJobId, name: '', state: flinkJob.state, tasks }] : []
  return viewOf({
    generation,
    cluster,
    unreachable: generation && !cluster ? 'the host could not be asked' : undefined,
    flink: ready ? { taskManagers: [], jobs } : undefined,
  })
}

const savedState = ({ n, flinkJobId, checkpointFolder }: JobAttempt): SavedState => ({
  attempt: n,
  flinkJobId,
  ...defined({ folder: checkpointFolder }),
})

function stagedFor({ submissions }: ReconcileContext, { resource, host }: LoadedRun): RunInput['staged'] | undefined {
  const live = liveGeneration(host.generations)
  return live && submissions.staging.of(resource.id, live)?.jar
}
