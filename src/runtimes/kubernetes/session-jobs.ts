/**
 * Session jobs that the Flink operator submits, each attempt as a FlinkSessionJob: those whose jar lies where only its
 * container can read it. The operator is used for that alone; once Flink has the job, it is followed by Flink's REST
 * API as any.
 */

import type { Clock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { defined } from '../../domain/defined.ts'
import { Failure } from '../../domain/failure.ts'
import type { OperatorJob, OperatorJobs, RemoveProgress, Submitted } from '../runtime.ts'
import { KubeError, type KubeObject } from './client/api.ts'
import type { KubeContext } from './context.ts'
import { refusedFailure, unreachableFailure } from './failures.ts'
import { clusterLabels, clusterName, FIELD_MANAGER, LABELS } from './objects.ts'
import { operatorError } from './troubles.ts'

export interface SessionJobs extends OperatorJobs {
  /**
   * One step of withdrawing all of a generation: the operator lets go of no session cluster that still has some.
   * Answers what is waited for. Throws Failure RUNTIME_UNREACHABLE, unless forced.
   */
  clear(cluster: ClusterRef, force: boolean): Promise<string | undefined>
}

export interface FlinkSessionJob extends KubeObject {
  spec: Record<string, unknown>
  status?: {
    /** The operator may choose the ID long before Flink has the job. */
    jobStatus?: { jobId?: string; state?: string }
    /** JSON in a string, as a FlinkDeployment's. */
    error?: string
  }
}

const JOB_LABEL = 'weir.dev/job'
const POLL_MS = 500
/** The operator tries again whatever it was that went wrong; so long it may take until it goes well. */
const ERROR_PATIENCE_MS = 60_000
/** How long the operator, and a silent API server, are waited for when a withdrawal is forced. */
const FORCED_AFTER_MS = 30_000
/** Another try would go the same way: no such file, or main() itself failed, which must not run again and again. */
const FINAL_WORDS =
  /FileNotFoundException|NoSuchFileException|ProgramInvocationException|No jobs included in application/

const collection = (namespace: string): string =>
  `/apis/flink.apache.org/v1beta1/namespaces/${namespace}/flinksessionjobs`

export function createSessionJobs(context: KubeContext): SessionJobs {
  const { target, installation, clock } = context
  /** Since when (ms) withdrawals are forced, by label selector. */
  const forcedSince = new Map<string, number>()

  const step = async (labels: Record<string, string>, force: boolean): Promise<RemoveProgress> => {
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')
    if (force && !forcedSince.has(labelSelector)) forcedSince.set(labelSelector, clock.now())
    const since = force ? (forcedSince.get(labelSelector) ?? Infinity) : Infinity
    const overdue = clock.now() - since >= FORCED_AFTER_MS
    try {
      const waitingOn = await withdrawStep(context, labelSelector, overdue)
      if (waitingOn !== undefined) return { done: false, waitingOn }
      forcedSince.delete(labelSelector)
      return { done: true, waitingOn: '' }
    } catch (error) {
      const failure = unreachableFailure(error)
      if (!overdue || !(failure instanceof Failure)) throw failure
      forcedSince.delete(labelSelector)
      return {
        done: true,
        waitingOn: '',
        leftBehind:
          `FlinkSessionJobs may still be there (${failure.message}): ` +
          `kubectl delete flinksessionjobs -n ${target.namespace} -l ${labelSelector}`,
      }
    }
  }

  return {
    takes: (jarUri) => /^file:/i.test(jarUri),
    async submit(cluster, job, how) {
      try {
        const refused = await apply(context, cluster, job)
        return refused ?? (await followed(context, sessionJobName(job), how))
      } catch (error) {
        throw refusedFailure(error)
      }
    },
    withdraw: (job, { force }) => step({ [LABELS.installation]: installation, [JOB_LABEL]: job }, force),
    async clear(cluster, force) {
      try {
        const { done, waitingOn } = await step(clusterLabels(installation, cluster), force)
        return done ? undefined : waitingOn
      } catch (error) {
        if (force && error instanceof Failure && error.code === 'RUNTIME_UNREACHABLE') return undefined
        throw error
      }
    },
  }
}

/** A DNS label; the same for every repetition of an attempt, and another one for each further attempt. */
const sessionJobName = ({ job, attempt }: OperatorJob): string => `weir-${job.toLowerCase()}-${attempt}`

function sessionJob(
  { installation, target }: KubeContext,
  cluster: ClusterRef,
  job: OperatorJob,
): Record<string, unknown> {
  const { jarUri, entryClass, args, parallelism, flinkConfiguration, startedFrom, allowNonRestoredState } = job
  return {
    apiVersion: 'flink.apache.org/v1beta1',
    kind: 'FlinkSessionJob',
    metadata: {
      name: sessionJobName(job),
      namespace: target.namespace,
      labels: { ...clusterLabels(installation, cluster), [JOB_LABEL]: job.job },
    },
    spec: {
      deploymentName: clusterName(cluster),
      // What starts a job again is decided here alone, whatever the operator's own defaults are.
      flinkConfiguration: { ...flinkConfiguration, 'kubernetes.operator.job.restart.failed': 'false' },
      job: {
        jarURI: jarUri,
        args,
        parallelism,
        upgradeMode: 'stateless',
        state: 'running',
        ...defined({ entryClass, initialSavepointPath: startedFrom, allowNonRestoredState }),
      },
    },
  }
}

/** Only where it is not there yet: the operator answers any change of a running one with a new job. */
async function apply(context: KubeContext, cluster: ClusterRef, job: OperatorJob): Promise<Submitted | undefined> {
  const { api, target, installation } = context
  const path = `${collection(target.namespace)}/${sessionJobName(job)}`
  const there = await api.find<FlinkSessionJob>(path)
  if (there && there.metadata.labels?.[LABELS.installation] !== installation) {
    return {
      refused:
        `there is a FlinkSessionJob ${sessionJobName(job)} in the namespace ${target.namespace} already ` +
        "that is not this installation's",
    }
  }
  if (!there) await api.apply(path, sessionJob(context, cluster, job), { fieldManager: FIELD_MANAGER, force: true })
  return undefined
}

/** Waits until Flink has the job, or it is settled that it won't. */
async function followed(
  { api, target, clock }: KubeContext,
  name: string,
  { signal, isKnown }: Parameters<OperatorJobs['submit']>[2],
): Promise<Submitted> {
  let failing: { since: number; message: string } | undefined
  for (;;) {
    const object = await api.find<FlinkSessionJob>(`${collection(target.namespace)}/${name}`)
    if (!object || object.metadata.deletionTimestamp !== undefined)
      return { refused: `its FlinkSessionJob ${name} was deleted before the job ran` }
    const { jobStatus, error } = object.status ?? {}
    if (jobStatus?.jobId && (await isKnown(jobStatus.jobId))) return { flinkJobId: jobStatus.jobId }
    if (error === undefined) failing = undefined
    else {
      const { message, final } = operatorError(error)
      failing = { since: failing?.since ?? clock.now(), message: `the Flink operator says: ${withoutStack(message)}` }
      if (final || FINAL_WORDS.test(error) || clock.now() - failing.since >= ERROR_PATIENCE_MS)
        return { refused: failing.message }
    }
    if (signal.aborted)
      return { refused: failing?.message ?? `the Flink operator has not submitted it. ${hint(object)}` }
    await pause(clock, signal)
  }
}

/**
 * What Flink's REST API answers the operator is a stack trace: its first line, without the exceptions that only carry
 * another one.
 */
const withoutStack = (message: string): string =>
  (message.split('<Exception on server side:').at(-1) ?? message)
    .trim()
    .replace(/^(?:java\.util\.concurrent\.\w+: |[\w.]+\.RestHandlerException: )+/, '')
    .split(/ at (?=[\w.$/]+\()/, 1)[0] ?? ''

const hint = ({ metadata: { name, namespace = '' }, status }: FlinkSessionJob): string =>
  status?.jobStatus?.jobId
    ? `It may be waiting for main() to return: kubectl describe flinksessionjob ${name} -n ${namespace}`
    : `Check that it runs, and that it watches the namespace: kubectl describe flinksessionjob ${name} -n ${namespace}`

const pause = (clock: Clock, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const over = (): void => {
      cancel()
      signal.removeEventListener('abort', over)
      resolve()
    }
    const cancel = clock.after(POLL_MS, over)
    signal.addEventListener('abort', over)
  })

/** Answers what is waited for; undefined when none is left. */
async function withdrawStep(
  { api, target }: KubeContext,
  labelSelector: string,
  overdue: boolean,
): Promise<string | undefined> {
  const path = collection(target.namespace)
  const { items } = await api.list<FlinkSessionJob>(path, { labelSelector }).catch(noneWhereThereCanBeNone)
  for (const {
    metadata: { name, uid, deletionTimestamp, finalizers = [], resourceVersion },
  } of items) {
    if (deletionTimestamp === undefined) await api.delete(`${path}/${name}`, uid === undefined ? {} : { uid })
    // The operator has had its time.
    else if (overdue && finalizers.length > 0)
      await api.merge(`${path}/${name}`, { metadata: { finalizers: null, uid, resourceVersion } }).catch(unlessMoved)
  }
  if (items.length === 0) return undefined
  const names = items.map(({ metadata }) => `FlinkSessionJob ${metadata.name}`).join(', ')
  return `the Flink operator to let go of ${names}; is it running?`
}

/** Without the resource, or without the right to see it, none was ever made. */
function noneWhereThereCanBeNone(error: unknown): { items: FlinkSessionJob[] } {
  if (error instanceof KubeError && (error.reason === 'NotFound' || error.reason === 'Forbidden')) return { items: [] }
  throw error
}

/** It changed or went meanwhile: the next look tells. */
function unlessMoved(error: unknown): void {
  if (!(error instanceof KubeError) || (error.reason !== 'Conflict' && error.reason !== 'NotFound')) throw error
}
