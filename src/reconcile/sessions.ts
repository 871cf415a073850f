/**
 * Sessions: keeps each one's cluster as intended. Decides nothing itself: what an observation means stands in
 * domain/session-facts.ts, what to do in domain/session-plan.ts, what callers see in domain/session-status.ts.
 */
import type { Clock } from '../domain/clock.ts'
import { isoTime } from '../domain/clock.ts'
import type { EffectiveClusterSpec, Generation } from '../domain/cluster.ts'
import { effectiveClusterSpec } from '../domain/effective.ts'
import { Failure } from '../domain/failure.ts'
import type { JobResource, SessionResource } from '../domain/resource.ts'
import { stateOf } from '../domain/resource.ts'
import { type SessionFacts, sessionFacts } from '../domain/session-facts.ts'
import { bounds, liveGeneration, planSession, type SessionAction } from '../domain/session-plan.ts'
import { sessionStatus } from '../domain/session-status.ts'
import type { RemoveProgress, Runtime, Runtimes } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import { cancelJob } from './cancel.ts'
import type { Controller } from './cycle.ts'
import { type ClusterTracking, newClusterTracking, observeCluster, type SessionObservation } from './session-sight.ts'

interface LoadedSession {
  session: SessionResource
  runtime: Runtime
  generations: Generation[]
  jobs: JobResource[]
  abandoned: string[]
}

type Intended = { action: SessionAction; generation?: Generation }

export interface ReconcileContext {
  store: Store
  runtimes: Runtimes
  clock: Clock
  /** How long a TaskManager may be without work; the plan's default when absent. */
  idleAfterMs?: number
}

export type SessionController = Controller<LoadedSession, SessionObservation, SessionAction, Intended>

export function sessionController({ store, runtimes, clock, idleAfterMs }: ReconcileContext): SessionController {
  const memories = new Map<string, ClusterTracking>()
  const memoryOf = (id: string): ClusterTracking => {
    const known = memories.get(id) ?? newClusterTracking()
    memories.set(id, known)
    return known
  }
  const planInput = (loaded: LoadedSession, seen: SessionObservation) => ({
    ...seen,
    session: loaded.session,
    generations: loaded.generations,
    jobs: loaded.jobs.length,
    abandoned: loaded.abandoned,
    now: clock.now(),
    ...(idleAfterMs !== undefined && { idleAfterMs }),
  })

  return {
    async load(id) {
      const session = (await store.resources.get('session', id)) as SessionResource | undefined
      if (!session) {
        memories.delete(id)
        return undefined
      }
      const [runtime, generations, jobs, abandoned] = await Promise.all([
        runtimes.of(session.workspace),
        store.generations.list(id),
        store.resources.children(id),
        store.attempts.abandoned(id),
      ])
      return { session, runtime, generations, jobs: jobs as JobResource[], abandoned }
    },

    async observe({ session, runtime, generations }) {
      const memory = memoryOf(session.id)
      const live = liveGeneration(generations)
      try {
        const { taskManagers: capacity, ...scaling } = await runtime.capacity(session.spec)
        if (!live) return { capacity, ...scaling }
        const sight = await observeCluster(runtime, live, memory, clock.now())
        return {
          ...sight,
          capacity,
          ...scaling,
          ...(memory.life.silentSince !== undefined && { silentSince: memory.life.silentSince }),
        }
      } catch (error) {
        if (!(error instanceof Failure) || error.code !== 'RUNTIME_UNREACHABLE') throw error
        return { capacity: 0, unreachable: error.message }
      }
    },

    async persist(loaded, seen) {
      const live = liveGeneration(loaded.generations)
      const facts: SessionFacts =
        live && seen.cluster
          ? sessionFacts({
              ...seen,
              cluster: seen.cluster,
              generation: live,
              now: clock.now(),
              minTaskManagers: bounds({ session: loaded.session, ...seen }).min,
            })
          : { up: false, events: [] }
      const after = { ...loaded, generations: withFacts(loaded.generations, live, facts, isoTime(clock.now())) }
      const { waitingOn, life } = memoryOf(loaded.session.id)
      const events = facts.events.filter(({ key }) => key === undefined || !life.told.has(key))
      const report = sessionStatus({
        ...planInput(after, seen),
        jobStates: loaded.jobs.map(stateOf),
        ...(waitingOn && { waitingOn }),
      })
      await store.transaction(async (groups) => {
        if (live && facts.up) await groups.generations.up(live)
        if (live && facts.end) await groups.generations.end(live, facts.end)
        await groups.resources.observed(loaded.session.id, { ...report, events })
      })
      for (const { key } of events) if (key !== undefined) life.told.add(key)
      return { ...after, session: { ...loaded.session, ...report } }
    },

    async validate(loaded, seen) {
      const { session, generations } = loaded
      if (session.deletion || generations.length > 0) return true
      try {
        effective(loaded, seen)
        return true
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        const { code, message } = error
        const now = isoTime(clock.now())
        const known = session.status.error?.code === code && session.status.error.message === message
        const at = known ? (session.status.error?.at ?? now) : now
        const status = { ...session.status, observedAt: now, detail: message, error: { code, message, at } }
        await store.resources.observed(session.id, { state: 'FAILED', status })
        return false
      }
    },

    plan(loaded, seen) {
      // Nothing is concluded from a runtime that can't be asked; a forced deletion does not wait for it.
      if (seen.unreachable && !loaded.session.deletion?.force) return { actions: [], again: 1_000 }
      return planSession(planInput(loaded, seen))
    },

    async intend(loaded, action, seen) {
      const { session, generations } = loaded
      if (action.type === 'BEGIN') {
        const spec = effective(loaded, seen)
        const generation = await store.generations.begin(session.id, {
          ...spec,
          initialTaskManagers: action.taskManagers,
        })
        return { action, generation }
      }
      if (action.type === 'END_FOR_DELETION') {
        await store.generations.end(
          { resource: session.id, generation: action.generation },
          { kind: 'DELETED', code: 'DELETED', message: 'deleted on request', retryable: false },
        )
      }
      const generation =
        'generation' in action ? generations.find((known) => known.generation === action.generation) : undefined
      return { action, ...(generation && { generation }) }
    },

    act: (loaded, intended, seen) => actOnSession(store, memoryOf(loaded.session.id), loaded, intended, seen),
  }
}

const effective = (
  { session: { id, spec, workspace }, runtime }: LoadedSession,
  { least }: SessionObservation,
): EffectiveClusterSpec =>
  effectiveClusterSpec({
    spec,
    workspace,
    runtimeDefaults: runtime.defaults(id),
    ...(least !== undefined && { least }),
  })

function withFacts(
  generations: Generation[],
  live: Generation | undefined,
  facts: SessionFacts,
  now: string,
): Generation[] {
  return generations.map((generation) =>
    generation !== live
      ? generation
      : {
          ...generation,
          ...(facts.up && { upAt: now }),
          ...(facts.end && { end: facts.end, endedAt: now }),
        },
  )
}

async function actOnSession(
  store: Store,
  memory: ClusterTracking,
  { session, runtime }: LoadedSession,
  { action, generation }: Intended,
  seen: SessionObservation,
): Promise<(() => Promise<void>) | undefined> {
  if (action.type === 'FINISH_DELETION') {
    await runtime.forget(session.id)
    return () => store.resources.remove(session.id)
  }
  if (!generation) return undefined
  switch (action.type) {
    case 'BEGIN':
    case 'LAUNCH':
      await runtime.launch(generation, generation.spec)
      return undefined
    case 'REMOVE': {
      const progress = await runtime.remove(generation, { force: action.force })
      if (progress.done) delete memory.waitingOn
      else memory.waitingOn = progress.waitingOn
      return progress.done ? () => removed(store, generation, progress) : undefined
    }
    case 'SCALE':
      await runtime.scale(generation, action.wanted, action.idle)
      return undefined
    case 'CANCEL_STRAY':
      if (!seen.cluster || !(await cancelJob(runtime.flink(generation, seen.cluster), action.flinkJobId)))
        return undefined
      return () =>
        store.events.append(session.id, {
          severity: 'WARNING',
          reason: 'StrayJobCanceled',
          key: `stray:${action.flinkJobId}`,
          message: `Flink job ${action.flinkJobId}, which nothing here wants any more, was still running and has been canceled`,
        })
    case 'END_FOR_DELETION':
      return undefined
  }
}

async function removed(store: Store, generation: Generation, { leftBehind }: RemoveProgress): Promise<void> {
  if (leftBehind !== undefined) {
    await store.events.append(generation.resource, {
      severity: 'WARNING',
      reason: 'LeftBehind',
      key: `left:${generation.generation}`,
      message: leftBehind,
    })
  }
  await store.generations.removed(generation)
}
