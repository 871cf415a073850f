/**
 * Submissions under way: the one thing that lasts as long as user code does, and so never happens on a worker.
 *
 * An attempt is in the store before it comes here. Whatever Flink answers is written to the attempt; no answer leaves
 * it as it is, for the next cycle to settle by observing.
 */

import { growingDelay, jittered } from '../../../domain/backoff.ts'
import { warningEvent } from '../../../domain/cluster/facts.ts'
import type { Generation, JobAttempt } from '../../../domain/cluster.ts'
import { defined } from '../../../domain/defined.ts'
import { Failure } from '../../../domain/failure.ts'
import type { AnyResource, RunResource } from '../../../domain/resource.ts'
import { outcomeEvent } from '../../../domain/run/facts.ts'
import type { JarSource, Runtime } from '../../../runtimes/runtime.ts'
import { storeErrorIn } from '../../../store/errors.ts'
import type { Store } from '../../../store/store.ts'
import type { HostObservation } from '../cluster/observer.ts'
import { handOver, operatorOf } from './operator.ts'
import { type AttemptChange, type SendOptions, send } from './send.ts'
import { createStaging, type Staging } from './staging.ts'
import { discardUploads } from './uploads.ts'
import { createWaiting, type Run } from './waiting.ts'

export interface SubmissionOptions extends SendOptions {
  store: Store
  /** Something was settled: a cycle is due. */
  wake(resource: Pick<AnyResource, 'kind' | 'id'>): void
  /** The same, which may come together with others. */
  wakeSoon(resource: Pick<AnyResource, 'kind' | 'id'>): void
  onError(resource: RunResource, error: unknown): void
}

/** Where an attempt is sent. `first`: nobody can have sent it before. */
export interface SubmissionTarget {
  runtime: Runtime
  generation: Generation
  cluster: HostObservation['cluster']
  first: boolean
}

export interface Submissions {
  staging: Staging
  /** The attempt of that job whose answer this server waits for, by number. */
  inFlight(job: string): number | undefined
  /** The attempt never got as far as main(): this server made it, and could not even hand over the jar. */
  unsent(attempt: JobAttempt): boolean
  /**
   * Another run of the same host whose main() has to return first, by name: any other's where `alone`, else that of one
   * that is to be alone, or waits for it, or begins with too many others. Whoever asks is woken when it is over.
   */
  blockedBy(run: Run, alone: boolean): Promise<string | undefined>
  /** An attempt of it is recorded: whoever is to begin next may. */
  begun(run: Run): void
  submit(run: Run, attempt: JobAttempt, target: SubmissionTarget): void
  /** Fetches the job's own jar for that cluster. */
  stage(run: Run, target: { generation: Generation; runtime: Runtime }): void
  /** Waits no longer for a submission that nobody wants any more; what it left in Flink is the caller's to end. */
  giveUp(job: string): void
  forget(job: string): void
  /** Lets go of everything; main()s that run go on in their JobManagers. */
  stop(): void
}

export function createSubmissions(options: SubmissionOptions): Submissions {
  const staging = createStaging(options.clock)
  const inFlight = new Map<string, { attempt: JobAttempt; stop: AbortController }>()
  const waiting = createWaiting(options)
  /** Flink job IDs, by job. */
  const unsent = new Map<string, string>()
  let stopped = false

  async function settle({ resource }: Run, attempt: JobAttempt, sent: Promise<AttemptChange | undefined>) {
    const change = await sent
    // Stopped with the server: the attempt stays as it is, and the next server finds out.
    if (stopped || !change) return
    options.passed('answered')
    await lastingly(
      options,
      () => stopped,
      () => record(options.store, resource, attempt, change),
    )
  }

  const isNeeded = (id: string): boolean => [...inFlight.values()].some(({ attempt }) => attempt.flinkJobId === id)

  return {
    staging,
    inFlight: (job) => inFlight.get(job)?.attempt.n,
    unsent: (attempt) => unsent.get(attempt.job) === attempt.flinkJobId,
    blockedBy: waiting.blockedBy,
    begun: waiting.begun,
    submit(run, attempt, target) {
      const { id, spec } = run.resource
      const jar = staging.of(id, target.generation)?.source
      const operated = operatorOf(target.runtime, run.resource) !== undefined
      const before = inFlight.get(id)
      if (before?.attempt.n === attempt.n || (spec.job.jarUri !== undefined && jar === undefined && !operated)) return
      // Its JobManager is gone, though its connection may not know it.
      before?.stop.abort()
      const submission = { attempt, stop: new AbortController() }
      inFlight.set(id, submission)
      if (target.first && !operated) unsent.set(id, attempt.flinkJobId)
      const onRun = () => void unsent.delete(id)
      void settle(run, attempt, sent(options, { run, attempt, target, jar, stop: submission.stop.signal, onRun }))
        .catch((error: unknown) => options.onError(run.resource, error))
        .finally(() => {
          if (inFlight.get(id) === submission) inFlight.delete(id)
          if (stopped) return
          waiting.over(run)
          if (jar !== undefined)
            void discard(target, isNeeded).catch((error: unknown) => options.onError(run.resource, error))
        })
    },
    stage: (run, target) =>
      staging.begin(run.resource, target, () => {
        options.wake(run.resource)
        options.wakeSoon(run.host)
        void warn(options, run.resource, target, staging.of(run.resource.id, target.generation)?.source?.path)
      }),
    giveUp: (job) => inFlight.get(job)?.stop.abort(),
    forget(job) {
      staging.forget(job)
      waiting.forget(job)
      unsent.delete(job)
    },
    stop() {
      stopped = true
      for (const { stop } of inFlight.values()) stop.abort()
    },
  }
}

/** Gives back what main()s that are over brought along. Async, so that a cluster that can't be asked rejects, too. */
async function discard(
  { runtime, generation, cluster }: SubmissionTarget,
  isNeeded: (flinkJobId: string) => boolean,
): Promise<void> {
  await discardUploads(runtime.flink(generation, cluster), isNeeded)
}

/** Beside the submission, which does not wait for it: what is amiss with the job's own jar is told in its timeline. */
async function warn(
  { store, onError }: SubmissionOptions,
  resource: RunResource,
  { runtime, generation }: { generation: Generation; runtime: Runtime },
  jar: string | undefined,
): Promise<void> {
  if (jar === undefined) return
  try {
    const warnings = (await runtime.jarWarnings?.(generation, generation.spec, jar)) ?? []
    for (const warning of warnings) await store.events.append(resource.id, warningEvent(warning))
  } catch (error) {
    // What can't be looked into, since its cluster has just gone for one, is for Flink to say.
    if (!(error instanceof Failure)) onError(resource, error)
  }
}

interface Sent {
  run: Run
  attempt: JobAttempt
  target: SubmissionTarget
  jar: JarSource | undefined
  stop: AbortSignal
  onRun(): void
}

/** Sends it, or has the operator do so where the jar is the operator's to read. */
async function sent(
  options: SubmissionOptions,
  { run, attempt, target, jar, stop, onRun }: Sent,
): Promise<AttemptChange | undefined> {
  const { resource } = run
  const { runtime, generation, cluster, first } = target
  const flink = runtime.flink(generation, cluster)
  const operator = operatorOf(runtime, resource)
  const { clock, deadlineMs } = options
  if (operator) return handOver({ operator, resource, attempt, generation, flink, stop, clock, deadlineMs })
  // Whatever may have been sent before is settled by observing, not by what the jars hold now.
  const check = async () => (first ? checkEntryClass(runtime, generation, resource, jar?.path) : undefined)
  return send(options, { resource, attempt, generation, flink, first, check, stop, onRun, ...defined({ jar }) })
}

async function checkEntryClass(
  runtime: Runtime,
  generation: Generation,
  { spec }: RunResource,
  jar?: string,
): Promise<string | undefined> {
  return runtime.checkEntryClass?.(generation, {
    flinkConfiguration: { ...generation.spec.flinkConfiguration, ...spec.flinkConfiguration },
    ...defined({ entryClass: spec.job.entryClass, jar }),
  })
}

const AGAIN_MS = 250
const AGAIN_MAX_MS = 10_000

/** What main() answered is said once: while the store is away it is kept, and the run counts as under way. */
async function lastingly(
  { clock }: SubmissionOptions,
  isStopped: () => boolean,
  write: () => Promise<void>,
): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await write()
    } catch (error) {
      if (!storeErrorIn(error) || isStopped()) throw error
      const ms = jittered(growingDelay(failures + 1, AGAIN_MS, AGAIN_MAX_MS))
      await new Promise<void>((resolve) => clock.after(ms, resolve))
      if (isStopped()) return
    }
  }
}

const record = (store: Store, { id }: RunResource, attempt: JobAttempt, change: AttemptChange): Promise<void> =>
  store.transaction(async ({ attempts, events }) => {
    await attempts.update(id, attempt.n, change)
    if (change.outcome) return events.append(id, outcomeEvent(attempt, change.outcome))
    const from = attempt.startedFrom ? `, from ${attempt.startedFrom}` : ''
    await events.append(id, {
      severity: 'INFO',
      reason: 'JobSubmitted',
      key: `attempt:${attempt.n}:submitted`,
      message: `attempt ${attempt.n} was submitted as Flink job ${change.flinkJobId ?? attempt.flinkJobId}${from}`,
    })
  })
