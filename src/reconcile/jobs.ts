/**
 * Session jobs: submits each one once, follows it, and after its JobManager's end submits it again from its latest
 * checkpoint. Decides nothing itself: domain/job-facts.ts, job-plan.ts and job-status.ts do.
 */
import { isoTime } from '../domain/clock.ts'
import type { AttemptOutcome, Generation, JobAttempt } from '../domain/cluster.ts'
import { newFlinkJobId } from '../domain/ids.ts'
import { type JobFacts, type JobFactsInput, jobFacts, outcomeEvent } from '../domain/job-facts.ts'
import { type JobAction, planJob } from '../domain/job-plan.ts'
import { jobStatus } from '../domain/job-status.ts'
import type { JobResource, SessionResource } from '../domain/resource.ts'
import { liveGeneration } from '../domain/session-plan.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store, StoreGroups } from '../store/store.ts'
import { cancelJob } from './cancel.ts'
import type { Controller } from './cycle.ts'
import { type JobObservation, observeJob } from './job-sight.ts'
import { operatorOf } from './operator-jobs.ts'
import { discardSaved } from './saved-state.ts'
import type { ReconcileContext } from './sessions.ts'
import type { Submissions } from './submissions.ts'

interface LoadedJob {
  job: JobResource
  session: SessionResource
  runtime: Runtime
  generations: Generation[]
  attempts: JobAttempt[]
  /** This server was waiting for the latest attempt's answer when its record was read. */
  inFlight: boolean
  /** Another job of the session whose main() has to return first. */
  ahead?: string
}

type Intended = { action: JobAction; attempt?: JobAttempt }

/** What only several looks in a row can tell. */
interface JobTracking {
  missing: boolean
  /** How many attempts there were when that was done. */
  tidied?: number
  withdrawn?: number
  /** What a withdrawal waits for. */
  waitingOn?: string
}

export type JobController = Controller<LoadedJob, JobObservation, JobAction, Intended>

export function jobController(context: ReconcileContext, submissions: Submissions): JobController {
  const { store, runtimes, clock } = context
  const memories = new Map<string, JobTracking>()

  return {
    async load(id) {
      const job = (await store.resources.get('job', id)) as JobResource | undefined
      const session = job && ((await store.resources.get('session', job.parent)) as SessionResource | undefined)
      if (!job || !session) {
        memories.delete(id)
        submissions.forget(id)
        return undefined
      }
      // Asked before the record is read: an answer that comes in between is written there, and not taken for missing.
      const inFlight = submissions.inFlight(id)
      const [runtime, generations, attempts] = await Promise.all([
        runtimes.of(session.workspace),
        store.generations.list(session.id),
        store.attempts.list(id),
      ])
      const last = attempts.at(-1)
      const ahead = !last || last.outcome?.result === 'LOST' ? submissions.ahead(job) : undefined
      return { job, session, runtime, generations, attempts, inFlight, ...(ahead !== undefined && { ahead }) }
    },

    observe: ({ job, runtime, generations, attempts }) =>
      observeJob({ store, runtime }, job, attempts, liveGeneration(generations)),

    async persist(loaded, seen) {
      const { job } = loaded
      const memory = memories.get(job.id) ?? { missing: false }
      memories.set(job.id, memory)
      const last = loaded.attempts.at(-1)
      const unsent = last !== undefined && submissions.unsent(last)
      const facts = last ? factsOf(loaded, last, seen, { unsent, missingBefore: memory.missing }) : { events: [] }
      memory.missing = seen.flinkJob === 'MISSING'
      const attempts =
        last && facts.change
          ? [...loaded.attempts.slice(0, -1), applied(last, facts, isoTime(clock.now()))]
          : loaded.attempts
      const operator = operatorOf(loaded.runtime, job) && {
        ...(memory.waitingOn !== undefined && { waitingOn: memory.waitingOn }),
      }
      const report = jobStatus({
        ...statusInput(loaded, seen),
        attempts,
        ...submissionState(loaded, submissions),
        ...(operator && { operator }),
        now: clock.now(),
      })
      await store.transaction(async (groups) => {
        if (last && facts.change) await groups.attempts.update(job.id, last.n, facts.change)
        await groups.resources.observed(job.id, { ...report, events: facts.events })
      })
      return { ...loaded, job: { ...job, ...report }, attempts }
    },

    validate: () => Promise.resolve(true),

    plan: (loaded, seen) =>
      planJob({
        job: loaded.job,
        attempts: loaded.attempts,
        ready: seen.ready,
        ...(seen.flinkJob && { flinkJob: seen.flinkJob }),
        ...(seen.start && { start: seen.start }),
        ...submissionState(loaded, submissions),
        ...(operatorOf(loaded.runtime, loaded.job) && {
          operator: { withdrawn: memories.get(loaded.job.id)?.withdrawn === loaded.attempts.length },
        }),
        tidied: memories.get(loaded.job.id)?.tidied === loaded.attempts.length,
        now: clock.now(),
      }),

    intend: (loaded, action, seen) => intend(context, loaded, action, seen.cluster?.incarnation),

    async act(loaded, { action, attempt }, seen) {
      const live = liveGeneration(loaded.generations)
      const { job, runtime, attempts } = loaded
      switch (action.type) {
        case 'STAGE':
          if (live) submissions.stage(job, live, runtime)
          return undefined
        case 'SUBMIT':
        case 'REPEAT':
          if (live && attempt && seen.cluster) {
            submissions.submit(job, attempt, {
              runtime,
              generation: live,
              cluster: seen.cluster,
              first: action.type === 'SUBMIT',
            })
          }
          return undefined
        case 'CANCEL':
          if (live && seen.cluster) await cancelJob(runtime.flink(live, seen.cluster), action.flinkJobId)
          return undefined
        case 'TIDY':
          await discardSaved(
            { store, runtime },
            attempts.filter((old) => action.attempts.includes(old.n)),
          )
          memories.set(job.id, { ...memories.get(job.id), missing: false, tidied: attempts.length })
          return undefined
        case 'WITHDRAW': {
          submissions.giveUp(job.id)
          const progress = await operatorOf(runtime, job)?.withdraw(job.id, { force: job.deletion?.force ?? false })
          const done = progress === undefined || progress.done
          memories.set(job.id, {
            missing: false,
            ...(done ? { withdrawn: attempts.length } : { waitingOn: progress.waitingOn }),
          })
          return undefined
        }
        case 'REFUSE':
        case 'ABANDON':
          return undefined
        case 'FINISH_DELETION':
          await discardSaved({ store, runtime }, attempts)
          return () => store.resources.remove(job.id)
      }
    },
  }
}

const submissionState = ({ job, generations, inFlight, ahead }: LoadedJob, submissions: Submissions) => {
  const live = liveGeneration(generations)
  const staged = live && submissions.staged(job.id, live)
  return { inFlight, ...(staged && { staged }), ...(ahead !== undefined && { ahead }) }
}

function factsOf(
  loaded: LoadedJob,
  attempt: JobAttempt,
  seen: JobObservation,
  more: Pick<JobFactsInput, 'unsent' | 'missingBefore'>,
): JobFacts {
  const generation = loaded.generations.find((known) => known.generation === attempt.generation)
  const isLive = generation && !generation.endedAt
  return jobFacts({
    attempt,
    ...(generation && { generation }),
    ...(isLive && seen.cluster && { cluster: seen.cluster }),
    ...(seen.flinkJob && { flinkJob: seen.flinkJob }),
    // A JobManager that ended while the operator was at it: it would run main() again in the next one, and that one might end too.
    inFlight:
      loaded.inFlight &&
      !(operatorOf(loaded.runtime, loaded.job) && seen.cluster && seen.cluster.incarnation !== attempt.incarnation),
    ...more,
  })
}

const applied = (attempt: JobAttempt, facts: JobFacts, now: string): JobAttempt => ({
  ...attempt,
  ...facts.change,
  ...(facts.change?.phase === 'ENDED' && { endedAt: now }),
})

const statusInput = ({ job, session, generations }: LoadedJob, seen: JobObservation) => ({
  job,
  session,
  ...(seen.flinkJob && { flinkJob: seen.flinkJob }),
  tasks: subtasks(seen),
  ...(seen.detail?.jobType !== undefined && { jobType: seen.detail.jobType }),
  seen: seen.ready || !liveGeneration(generations) || (seen.cluster !== undefined && seen.cluster.phase !== 'UP'),
})

function subtasks(seen: JobObservation): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { tasks } of seen.detail?.vertices ?? []) {
    for (const [state, count] of Object.entries(tasks)) sums[state] = (sums[state] ?? 0) + count
  }
  return sums
}

/** The keys that name the checkpoint folder, in Flink's order of precedence: the newer name first. */
const CHECKPOINT_FOLDER_KEYS = ['execution.checkpointing.dir', 'state.checkpoints.dir']

function checkpointFolder(...configurations: Record<string, string>[]): string | undefined {
  for (const configuration of configurations) {
    for (const key of CHECKPOINT_FOLDER_KEYS) if (configuration[key]) return configuration[key]
  }
  return undefined
}

async function intend(
  { store }: ReconcileContext,
  loaded: LoadedJob,
  action: JobAction,
  incarnation: string | undefined,
): Promise<Intended | undefined> {
  const { job, attempts } = loaded
  switch (action.type) {
    case 'SUBMIT': {
      const attempt = await begin(store, loaded, incarnation, action.startedFrom)
      return attempt && { action, attempt }
    }
    case 'REFUSE':
      // In one transaction: an attempt that was left open here would be sent by the next server, without its saved state.
      return store.transaction(async (groups) => {
        const attempt = await begin(groups, loaded, incarnation)
        if (attempt) await end(groups, job, attempt, action.outcome)
        return attempt && { action }
      })
    case 'REPEAT': {
      const attempt = attempts.find((known) => known.n === action.attempt)
      return attempt && { action, attempt }
    }
    case 'ABANDON': {
      const attempt = attempts.find((known) => known.n === action.attempt)
      if (attempt) await store.transaction((groups) => end(groups, job, attempt, action.outcome))
      return { action }
    }
    default:
      return { action }
  }
}

async function end(
  { attempts, events }: StoreGroups,
  job: JobResource,
  attempt: JobAttempt,
  outcome: AttemptOutcome,
): Promise<void> {
  await attempts.update(job.id, attempt.n, { phase: 'ENDED', outcome })
  await events.append(job.id, outcomeEvent(attempt, outcome))
}

/** Records the next attempt in the session's live JobManager; undefined when another submission of the session comes first. */
async function begin(
  store: Pick<Store, 'attempts'>,
  { job, session, generations, attempts }: LoadedJob,
  incarnation: string | undefined,
  startedFrom?: string,
): Promise<JobAttempt | undefined> {
  const live = liveGeneration(generations)
  if (!live || incarnation === undefined) return undefined
  const folder = checkpointFolder(job.spec.flinkConfiguration, live.spec.flinkConfiguration)
  const first = attempts.length === 0 ? job.spec.job.id : undefined
  return store.attempts.begin({
    job: job.id,
    session: session.id,
    flinkJobId: first ?? newFlinkJobId(),
    generation: live.generation,
    incarnation,
    ...(startedFrom !== undefined && { startedFrom }),
    ...(folder !== undefined && { checkpointFolder: folder }),
  })
}
