/**
 * Flink's REST API over HTTP, for Flink 1.17 to 2.3. Knows Flink and nothing of Weir. Reads have a short deadline;
 * main() runs as long as it likes. Every failure is a FlinkRestError, whose kind says what is known of what happened.
 */
import { openAsBlob } from 'node:fs'
import type { Static } from 'typebox'
import { FormData } from 'undici'

import {
  Checkpoints,
  Environment,
  Exceptions,
  Jars,
  Job,
  JobIds,
  Jobs,
  Metrics,
  Overview,
  read,
  Submitted,
  TaskManagers,
  Uploaded,
} from './answers.ts'
import { rootCause, saysJobUnknown } from './failures.ts'
import { type Call, callFlink, isTooLarge, type Way } from './http.ts'
import {
  type FlinkCheckpoints,
  type FlinkExceptions,
  type FlinkJobDetail,
  type FlinkJobOverview,
  type FlinkRest,
  FlinkRestError,
  type RunJarRequest,
} from './rest.ts'
import { createSerial } from './serial.ts'

const READ_TIMEOUT_MS = 5000
const UPLOAD_TIMEOUT_MS = 120_000
/** As many as Flink remembers, unless it was told to remember more. */
const MOST_FAILURES = 16

export interface RestClientOptions extends Way {
  /** Milliseconds for a whole request that only reads or triggers; 5000 by default. */
  timeoutMs?: number
}

/**
 * What is read about one job is asked one after the other, by all clients together: a second question that comes while
 * an answer is older than `web.refresh-interval` makes Flink drop that answer, with an ERROR in its log (seen on 1.20.5).
 */
const oneByOne = createSerial()
const ABOUT_A_JOB = /^\/jobs\/[0-9a-f]{32}(?![0-9a-f])/

type Json = (path: string, call?: Partial<Call>) => Promise<unknown>

/**
 * A client of the JobManager at `endpoint` (`http://127.0.0.1:8081`, a path prefix is fine). Making one is free: it holds
 * no connection of its own, and nothing has to be closed.
 */
export function restClient(endpoint: string, options: RestClientOptions = {}): FlinkRest {
  const base = endpoint.replace(/(?<!\/)\/+$/, '')
  const timeoutMs = options.timeoutMs ?? READ_TIMEOUT_MS
  const send: Json = (path, call) => callFlink(base, path, { timeoutMs, ...call }, options)
  const json: Json = (path, call) => {
    const job = call?.method === undefined ? ABOUT_A_JOB.exec(path)?.[0] : undefined
    return job === undefined ? send(path, call) : oneByOne(base + job, () => send(path, call))
  }
  return {
    ...clusterCalls(json),
    ...jobCalls(json),
    ...jarCalls(json),
  }
}

function jarCalls(json: Json): Pick<FlinkRest, 'jars' | 'uploadJar' | 'deleteJar' | 'runJar'> {
  return {
    jars: () => listJars(json),
    uploadJar: (name, content) => uploadJar(json, name, content),
    async deleteJar(jarId) {
      await json(`/jars/${encodeURIComponent(jarId)}`, { method: 'DELETE' }).catch((error: unknown) => {
        // Another one may have deleted it in between; Flink has no one word for that.
        if (!(error instanceof FlinkRestError && error.kind === 'REFUSED')) throw error
      })
    },
    runJar: (jarId, request, signal) => runJar(json, jarId, request, signal),
  }
}

async function listJars(json: Json): Promise<{ id: string; name: string }[]> {
  const { files } = read(Jars, await json('/jars'), 'GET /jars')
  return files.map(({ id, name }) => ({ id, name }))
}

function clusterCalls(json: Json): Pick<FlinkRest, 'overview' | 'javaVersion' | 'taskManagers' | 'jobs'> {
  return {
    async overview() {
      const body = read(Overview, await json('/overview'), 'GET /overview')
      return {
        flinkVersion: body['flink-version'],
        taskManagers: body.taskmanagers,
        slotsTotal: body['slots-total'],
        slotsAvailable: body['slots-available'],
      }
    },
    async javaVersion() {
      // Nothing else depends on it: whoever does not tell it is as good a JobManager.
      const body = await json('/jobmanager/environment').catch((error: unknown) => {
        if (error instanceof FlinkRestError && error.kind === 'REFUSED') return {}
        throw error
      })
      return javaVersionIn(read(Environment, body, 'GET /jobmanager/environment').jvm?.version ?? '')
    },
    async taskManagers() {
      const body = read(TaskManagers, await json('/taskmanagers'), 'GET /taskmanagers')
      return body.taskmanagers.map(({ id, slotsNumber, freeSlots }) => ({ id, slots: slotsNumber, freeSlots }))
    },
    async jobs() {
      const body = read(Jobs, await json('/jobs/overview'), 'GET /jobs/overview')
      return body.jobs.map(overviewOf)
    },
  }
}

function jobCalls(
  json: Json,
): Pick<FlinkRest, 'hasJob' | 'job' | 'exceptions' | 'restarts' | 'checkpoints' | 'cancel'> {
  return {
    async hasJob(id) {
      const { jobs } = read(JobIds, await json('/jobs'), 'GET /jobs')
      return jobs.some((job) => job.id === id)
    },
    async job(id) {
      const body = await json(`/jobs/${id}`).catch((error: unknown) => {
        if (saysJobUnknown(error)) return undefined
        throw error
      })
      return body === undefined ? undefined : jobDetail(body)
    },
    exceptions: (id) => exceptions(json, id),
    async restarts(id) {
      const metrics = read(Metrics, await json(`/jobs/${id}/metrics?get=numRestarts`), 'GET /jobs/ID/metrics')
      const value = Number(metrics.find((metric) => metric.id === 'numRestarts')?.value)
      return Number.isInteger(value) && value >= 0 ? value : undefined
    },
    async checkpoints(id) {
      const body = await json(`/jobs/${id}/checkpoints`).catch((error: unknown) => {
        if (says(error, 'Checkpointing has not been enabled')) return undefined
        throw error
      })
      return body === undefined ? { completed: 0, failed: 0 } : checkpointsOf(body)
    },
    async cancel(id) {
      await json(`/jobs/${id}?mode=cancel`, { method: 'PATCH' }).catch((error: unknown) => {
        // 409: it has ended already.
        if (
          saysJobUnknown(error) ||
          (error instanceof FlinkRestError && error.kind === 'REFUSED' && error.status === 409)
        )
          return
        throw error
      })
    },
  }
}

/** Java 8 calls itself 1.8, and its VM 25. */
function javaVersionIn(jvm: string): string | undefined {
  const [, release, vm] = / - ([\d.]+)\/(\d[\d.]*)(?![\d.])[^/]*$/.exec(jvm) ?? []
  return release?.startsWith('1.') ? release.slice(2) : vm
}

const says = (error: unknown, words: string): boolean =>
  error instanceof FlinkRestError && error.errors.some((text) => text.includes(words))

/** A duration ends when Flink answers, or with the job. */
function overviewOf({
  jid,
  name,
  state,
  tasks,
  'start-time': startedAt,
  'last-modification': changedAt,
  duration,
}: Static<typeof Jobs>['jobs'][number]): FlinkJobOverview {
  const known = { id: jid, name, state, tasks }
  if (startedAt === undefined || startedAt === null || changedAt === undefined || changedAt === null) return known
  if (duration === undefined || duration === null) return { ...known, startedAt, changedAt }
  return { ...known, startedAt, changedAt, unchangedMs: Math.max(0, startedAt + duration - changedAt) }
}

function jobDetail(answer: unknown): FlinkJobDetail {
  const body = read(Job, answer, 'GET /jobs/ID')
  const jobType = body['job-type'] ?? body.plan?.type
  const { RUNNING: running, RESTARTING: restarting } = body.timestamps ?? {}
  return {
    id: body.jid,
    name: body.name,
    state: body.state,
    ...(jobType ? { jobType } : {}),
    startedAt: body['start-time'],
    ...(body['end-time'] < 0 ? {} : { endedAt: body['end-time'] }),
    ...(running ? { runningAt: running } : {}),
    ...(restarting ? { restartingAt: restarting } : {}),
    vertices: body.vertices.map(({ id, name, parallelism, status, slotSharingGroupId, tasks }) => ({
      id,
      name,
      parallelism,
      status,
      tasks,
      ...(slotSharingGroupId ? { slotSharingGroup: slotSharingGroupId } : {}),
    })),
  }
}

/** Messages are as large as their authors like: where all failures are more than can be read, the latest must do. */
async function exceptions(json: Json, id: string): Promise<FlinkExceptions> {
  const ask = (most: number) => json(`/jobs/${id}/exceptions?maxExceptions=${most}`)
  const answer = await ask(MOST_FAILURES)
    .catch((error: unknown) => (isTooLarge(error) ? ask(1) : Promise.reject(error)))
    .catch((error: unknown) => (isTooLarge(error) ? {} : Promise.reject(error)))
  const body = read(Exceptions, answer, 'GET /jobs/ID/exceptions')
  const history = (body.exceptionHistory?.entries ?? []).map(({ timestamp, stacktrace, taskName, taskManagerId }) => ({
    at: timestamp,
    stack: stacktrace,
    ...(taskName ? { task: taskName } : {}),
    ...(taskManagerId ? { taskManager: taskManagerId } : {}),
  }))
  const [newest] = history
  const rootStack = body['root-exception']
  const root = rootStack ? { at: body.timestamp ?? newest?.at ?? 0, stack: rootStack } : newest
  return { history, ...(root && { root: { at: root.at, stack: root.stack } }) }
}

function checkpointsOf(answer: unknown): FlinkCheckpoints {
  const { counts, latest } = read(Checkpoints, answer, 'GET /jobs/ID/checkpoints')
  const last = latest?.completed
  const { failure_timestamp: at, failure_message: message } = latest?.failed ?? {}
  const both = {
    completed: counts.completed,
    failed: counts.failed,
    ...(typeof at === 'number' && message && { latestFailed: { at, message: rootCause(message) } }),
  }
  if (!last) return both
  // Checkpoints in the JobManager's memory have `<checkpoint-not-externally-addressable>` there.
  const location = last.external_path?.startsWith('<') ? undefined : last.external_path
  return {
    ...both,
    latest: {
      id: last.id,
      completedAt: last.latest_ack_timestamp,
      ...(location ? { location } : {}),
      ...(last.state_size === undefined || last.state_size === null ? {} : { sizeBytes: last.state_size }),
    },
  }
}

async function uploadJar(json: Json, name: string, content: Uint8Array | { path: string }): Promise<string> {
  const there = (await listJars(json)).find((file) => file.name === name)
  if (there) return there.id
  const blob =
    content instanceof Uint8Array ? new Blob([content as Uint8Array<ArrayBuffer>]) : await openAsBlob(content.path)
  const form = new FormData()
  form.append('jarfile', blob, name)
  // On a connection of its own: a kept-alive one that Flink is just closing would break a large upload halfway.
  const body = await json('/jars/upload', { method: 'POST', form, timeoutMs: UPLOAD_TIMEOUT_MS, fresh: true })
  const { filename } = read(Uploaded, body, 'POST /jars/upload')
  return filename.split('/').at(-1) as string
}

async function runJar(
  json: Json,
  jarId: string,
  request: RunJarRequest,
  signal: AbortSignal,
): Promise<{ jobId: string }> {
  const body = {
    ...(request.entryClass === undefined ? {} : { entryClass: request.entryClass }),
    programArgsList: request.args,
    jobId: request.jobId,
    flinkConfiguration: request.flinkConfiguration,
    ...(request.savepointPath === undefined ? {} : await restore(json, request, request.savepointPath)),
  }
  const answer = await json(`/jars/${encodeURIComponent(jarId)}/run`, {
    method: 'POST',
    json: body,
    timeoutMs: undefined,
    signal,
  })
  return { jobId: read(Submitted, answer, 'POST /jars/ID/run').jobid }
}

/** What is restored from stays ours: Flink neither owns nor deletes it. 1.x and 2.x have different words for that. */
async function restore(json: Json, request: RunJarRequest, savepointPath: string): Promise<Record<string, unknown>> {
  const version = read(Overview, await json('/overview'), 'GET /overview')['flink-version']
  return {
    savepointPath,
    allowNonRestoredState: request.allowNonRestoredState ?? false,
    [version.startsWith('1.') ? 'restoreMode' : 'claimMode']: 'NO_CLAIM',
  }
}
