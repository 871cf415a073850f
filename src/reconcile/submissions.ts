/**
 * Submissions under way: the one thing that lasts as long as user code does, and so never happens on a worker.
 *
 * An attempt is in the store before it comes here. Whatever Flink answers is written to the attempt; no answer leaves it
 * as it is, for the next cycle to settle by looking. Fetching a job's own jar is under way in the same manner.
 */

import type { Clock } from '../domain/clock.ts'
import type { Generation, JobAttempt } from '../domain/cluster.ts'
import { Failure } from '../domain/failure.ts'
import { outcomeEvent, saysRestoreFailed } from '../domain/job-facts.ts'
import type { StagedJar } from '../domain/job-plan.ts'
import { isTerminal } from '../domain/job-state.ts'
import type { ClusterObservation } from '../domain/observation.ts'
import type { JobResource } from '../domain/resource.ts'
import { submissionMessage } from '../domain/submission-words.ts'
import { fileName } from '../domain/violations.ts'
import { isMainFailure } from '../flink/failures.ts'
import { emptyJar } from '../flink/jar.ts'
import { type FlinkRest, FlinkRestError } from '../flink/rest.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import { type AttemptChange, failed, handOver, operatorOf } from './operator-jobs.ts'

export interface SubmissionOptions {
  store: Store
  clock: Clock
  /** How long main() may run. */
  deadlineMs: number
  /** Something was settled: look at the job (and its session). */
  wake(job: JobResource): void
  /** Named moments, as in the cycle. */
  passed(step: 'uploaded' | 'answered'): void
  onError(job: string, error: unknown): void
}

export interface Submissions {
  inFlight(job: string): boolean
  /** The attempt never got as far as main(): this server made it, and could not even hand over the jar. */
  unsent(attempt: JobAttempt): boolean
  /** Another job of the session whose main() runs, by name. Whoever asks is woken when it is over. */
  ahead(job: JobResource): string | undefined
  /** `first`: nobody can have sent this attempt before. */
  submit(
    job: JobResource,
    attempt: JobAttempt,
    target: { runtime: Runtime; generation: Generation; cluster: ClusterObservation; first: boolean },
  ): void
  /** The job's own jar as far as it was fetched for that cluster, with which it goes: the next one needs it anew. */
  staged(job: string, generation: Generation): StagedJar | undefined
  stage(job: JobResource, generation: Generation, runtime: Runtime): void
  /** Waits no longer for a submission that nobody wants any more. */
  giveUp(job: string): void
  forget(job: string): void
  /** Lets go of everything; main()s that run go on in their JobManagers. */
  stop(): void
}

const STAGE_TRIES = 5

interface Staging {
  generation: number
  jar: StagedJar
  path?: string
  failures: number
}

export function createSubmissions(options: SubmissionOptions): Submissions {
  const flights = new Map<string, { job: JobResource; stop: AbortController }>()
  const waiting = new Map<string, JobResource>()
  /** Flink job IDs, by job. */
  const unsent = new Map<string, string>()
  const stages = new Map<string, Staging>()
  let stopped = false

  const stagingFor = (job: string, { generation }: Generation): Staging | undefined => {
    const staging = stages.get(job)
    return staging?.generation === generation ? staging : undefined
  }

  async function fly(job: JobResource, attempt: JobAttempt, sent: Promise<AttemptChange | undefined>): Promise<void> {
    const change = await sent
    // Stopped with the server: the attempt stays as it is, and the next server finds out.
    if (stopped || !change) return
    options.passed('answered')
    await options.store.transaction(async ({ attempts, events }) => {
      await attempts.update(job.id, attempt.n, change)
      await events.append(
        job.id,
        change.outcome
          ? outcomeEvent(attempt, change.outcome)
          : {
              severity: 'INFO',
              reason: 'JobSubmitted',
              key: `attempt:${attempt.n}:submitted`,
              message:
                `attempt ${attempt.n} was submitted as Flink job ${change.flinkJobId ?? attempt.flinkJobId}` +
                (attempt.startedFrom ? `, from ${attempt.startedFrom}` : ''),
            },
      )
    })
  }

  function landed(job: JobResource): void {
    flights.delete(job.id)
    if (stopped) return
    options.wake(job)
    const next = [...waiting.values()].filter(({ parent }) => parent === job.parent)
    for (const other of next.sort((a, b) => a.createdAt.localeCompare(b.createdAt))) {
      waiting.delete(other.id)
      options.wake(other)
    }
  }

  return {
    inFlight: (job) => flights.has(job),
    unsent: (attempt) => unsent.get(attempt.job) === attempt.flinkJobId,
    ahead(job) {
      const other = [...flights.values()].find((flight) => flight.job.parent === job.parent && flight.job.id !== job.id)
      if (other) waiting.set(job.id, job)
      return other?.job.name
    },
    submit(job, attempt, { runtime, generation, cluster, first }) {
      const jar = stagingFor(job.id, generation)?.path
      const operator = operatorOf(runtime, job)
      if (flights.has(job.id) || (job.spec.job.jarUri !== undefined && jar === undefined && !operator)) return
      const flink = runtime.flink(generation, cluster)
      const stop = new AbortController()
      flights.set(job.id, { job, stop })
      if (first) unsent.set(job.id, attempt.flinkJobId)
      const onRun = (): void => {
        unsent.delete(job.id)
      }
      const sending = { job, attempt, flink, stop: stop.signal }
      if (operator) onRun()
      // Whatever may have been sent before is settled by looking, not by what the jars hold now.
      const check = async () => (first ? checkEntryClass(runtime, generation, job, jar) : undefined)
      void fly(
        job,
        attempt,
        operator
          ? handOver({ ...sending, operator, generation, clock: options.clock, deadlineMs: options.deadlineMs })
          : send(options, { ...sending, check, onRun, ...(jar !== undefined && { jar }) }),
      )
        .catch((error: unknown) => options.onError(job.id, error))
        .finally(() => landed(job))
    },
    staged: (job, generation) => stagingFor(job, generation)?.jar,
    stage(job, generation, runtime) {
      const uri = job.spec.job.jarUri
      const before = stagingFor(job.id, generation)
      if (uri === undefined || before?.jar.state === 'STAGING') return
      const staging: Staging = {
        generation: generation.generation,
        failures: before?.failures ?? 0,
        // Without the query, where credentials stand.
        jar: { state: 'STAGING', detail: `fetching ${fileName(uri)}` },
      }
      stages.set(job.id, staging)
      runtime
        .stageJar(generation, generation.spec, uri)
        .then(({ path }) => {
          Object.assign(staging, { path, jar: { state: 'READY' } })
        })
        .catch((error: unknown) => {
          stageFailed(staging, error, options.clock.now())
        })
        .finally(() => options.wake(job))
    },
    giveUp: (job) => flights.get(job)?.stop.abort(),
    forget(job) {
      stages.delete(job)
      waiting.delete(job)
      unsent.delete(job)
    },
    stop() {
      stopped = true
      for (const { stop } of flights.values()) stop.abort()
    },
  }
}

function stageFailed(staging: Staging, error: unknown, now: number): void {
  staging.failures += 1
  const failure = error instanceof Failure ? error : new Failure('FILE_UNAVAILABLE', String(error))
  const again = failure.retryable && staging.failures < STAGE_TRIES
  staging.jar = {
    state: 'FAILED',
    outcome: { result: 'FAILED', code: failure.code, message: failure.message },
    ...(again && { retryAt: now + 1_000 * 2 ** staging.failures }),
  }
}

async function checkEntryClass(
  runtime: Runtime,
  generation: Generation,
  { spec }: JobResource,
  jar?: string,
): Promise<string | undefined> {
  const { entryClass } = spec.job
  return runtime.checkEntryClass?.(generation, {
    flinkConfiguration: { ...generation.spec.flinkConfiguration, ...spec.flinkConfiguration },
    ...(entryClass !== undefined && { entryClass }),
    ...(jar !== undefined && { jar }),
  })
}

interface Sending {
  job: JobResource
  attempt: JobAttempt
  flink: FlinkRest
  /** The job's own jar, as a file. */
  jar?: string
  /** Why main() can't even begin, for people; only where nobody can have begun it before. */
  check(): Promise<string | undefined>
  stop: AbortSignal
  /** From now on main() may run. */
  onRun(): void
}

/** Answers what is to be written of the attempt; undefined where only the next look can tell. */
async function send(
  options: SubmissionOptions,
  { job, attempt, flink, jar, check, stop, onRun }: Sending,
): Promise<AttemptChange | undefined> {
  const deadline = new AbortController()
  const cancelTimer = options.clock.after(options.deadlineMs, () => deadline.abort())
  const { entryClass, args, allowNonRestoredState } = job.spec.job
  try {
    const problem = await check()
    if (problem !== undefined) return failed('ENTRY_CLASS_MISSING', problem)
    const jarId = jar
      ? await flink.uploadJar(`weir-${attempt.flinkJobId}.jar`, { path: jar })
      : await flink.uploadJar('weir-empty.jar', emptyJar())
    options.passed('uploaded')
    onRun()
    await flink.runJar(
      jarId,
      {
        ...(entryClass !== undefined && { entryClass }),
        args,
        jobId: attempt.flinkJobId,
        flinkConfiguration: job.spec.flinkConfiguration,
        ...(attempt.startedFrom !== undefined && { savepointPath: attempt.startedFrom }),
        ...(allowNonRestoredState !== undefined && { allowNonRestoredState }),
      },
      AbortSignal.any([deadline.signal, stop]),
    )
    return { phase: 'SUBMITTED' }
  } catch (error) {
    if (stop.aborted) return undefined
    if (deadline.signal.aborted) return failed('JOB_SUBMISSION_TIMEOUT', timeoutMessage(options.deadlineMs))
    if (!(error instanceof FlinkRestError)) throw error
    if (error.kind === 'DUPLICATE')
      return await untilObserved(options.clock, attempt, flink, AbortSignal.any([deadline.signal, stop]))
    if (error.kind !== 'REFUSED') return undefined
    return await refused(attempt, flink, error)
  } finally {
    cancelTimer()
  }
}

const LOOK_AGAIN_MS = 200

/**
 * Flink has or had a job of our own ID: an earlier try got through, and its answer was lost. It may still be on its way
 * through that main(), and is not to be taken for missing then.
 */
async function untilObserved(
  clock: Clock,
  attempt: JobAttempt,
  flink: FlinkRest,
  end: AbortSignal,
): Promise<AttemptChange | undefined> {
  try {
    while (!(await flink.job(attempt.flinkJobId)) && !end.aborted)
      await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve))
    return { phase: 'SUBMITTED' }
  } catch (error) {
    if (error instanceof FlinkRestError) return undefined
    throw error
  }
}

const timeoutMessage = (ms: number): string =>
  `main() had not returned after ${ms / 1000} s. It still runs in the JobManager, where it can't be stopped; ` +
  'a job that it starts later is canceled'

/** main() failed. A job that it had started before is not left behind. */
async function refused(
  attempt: JobAttempt,
  flink: FlinkRest,
  error: FlinkRestError,
): Promise<AttemptChange | undefined> {
  try {
    const left = await flink.job(attempt.flinkJobId)
    const runs = left && !isTerminal(left.state)
    // Flink was too slow to say that it has the job, or said something else that main() has no part in: the job stands.
    if (runs && !isMainFailure(error)) return { phase: 'SUBMITTED' }
    if (runs) await flink.cancel(attempt.flinkJobId)
  } catch (lookError) {
    // The JobManager ended under main(): who is to blame is settled by the next look.
    if (lookError instanceof FlinkRestError && lookError.kind === 'UNREACHABLE') return undefined
    throw lookError
  }
  const words = [error.message, ...error.errors].join('\n')
  const code =
    attempt.startedFrom !== undefined && saysRestoreFailed(words) ? 'RESTORE_FAILED' : 'JOB_SUBMISSION_FAILED'
  return failed(code, submissionMessage(error.message))
}
