/**
 * Flink's REST API as it is read over HTTP, for measurements: a process of its own answers for the clusters of a world's
 * folder (`answerOverHttp`), and the runtime asks it as it would ask JobManagers (`readOverHttp`). Each cluster has an
 * address of its own on this machine's loopback, and so connections of its own. What changes a cluster is not asked
 * over HTTP.
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { type Clock, systemClock } from '../../domain/clock.ts'
import type { ClusterRef } from '../../domain/cluster.ts'
import { restClient } from '../../flink/client.ts'
import { type FlinkJobOverview, type FlinkRest, FlinkRestError } from '../../flink/rest.ts'
import { fakeFlink } from './flink.ts'
import { DEFAULT_PACE } from './pace.ts'
import { createFakeWorld, type FakeResource, findCluster } from './world.ts'

/** One of 16 million addresses; Linux answers at all of 127.0.0.0/8. */
function addressOf(resource: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(resource).digest()
  return `127.${a}.${b}.${(c % 254) + 1}`
}

/** What only reads goes over HTTP, the rest as before. */
export function readOverHttp(port: number, { resource, generation }: ClusterRef, flink: FlinkRest): FlinkRest {
  const client = restClient(`http://${addressOf(resource)}:${port}/${resource}/${generation}`)
  const { uploadJar, deleteJar, runJar, cancel, jars } = flink
  return { ...client, uploadJar, deleteJar, runJar, cancel, jars }
}

/** Answers by the files of the world in `folder`, which another process keeps. Resolves to the port. */
export async function answerOverHttp(
  folder: string,
  clock: Clock = systemClock,
): Promise<{ server: Server; port: number }> {
  const clusters = createReader(folder, clock)
  const server = createServer(async (request, reply) => {
    const { status, body } = await answer(clusters, request.url ?? '')
    const text = JSON.stringify(body)
    reply.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
  })
  // All of 127.0.0.0/8 is had by listening everywhere.
  server.on('connection', (socket) => {
    if (!socket.localAddress?.startsWith('127.')) socket.destroy()
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' && address ? address.port : 0 }
}

type Clusters = (ref: ClusterRef) => FlinkRest

/** Reads a file again when it has changed. */
function createReader(folder: string, clock: Clock): Clusters {
  const world = createFakeWorld()
  const read = new Map<string, number>()
  const context = { world, clock, pace: DEFAULT_PACE, silent: new Set<string>(), touched: () => {} }
  return (ref) => {
    const file = join(folder, `${ref.resource}.json`)
    const at = statSync(file, { throwIfNoEntry: false })?.mtimeMs
    if (at === undefined) throw new FlinkRestError('UNREACHABLE', 'no such cluster')
    if (read.get(ref.resource) !== at) {
      world.resources.set(ref.resource, JSON.parse(readFileSync(file, 'utf8')) as FakeResource)
      read.set(ref.resource, at)
    }
    return fakeFlink(context, ref, findCluster(world, ref)?.incarnation)
  }
}

async function answer(clusters: Clusters, url: string): Promise<{ status: number; body: unknown }> {
  const [, resource = '', generation = '', path = ''] = /^\/([A-Z0-9]+)\/(\d+)\/(.*)$/.exec(url) ?? []
  try {
    const body = await read(clusters({ resource, generation: Number(generation) }), path)
    if (body !== undefined) return { status: 200, body }
    return { status: 404, body: { errors: [`org.apache.flink.runtime.messages.FlinkJobNotFoundException: ${path}`] } }
  } catch (error) {
    if (!(error instanceof FlinkRestError)) throw error
    return { status: error.status ?? 503, body: { errors: [...error.errors, error.message] } }
  }
}

/** In Flink's own words (`flink/answers.ts`); undefined where there is no such thing. */
async function read(flink: FlinkRest, path: string): Promise<unknown> {
  if (path === 'overview') return overview(flink)
  if (path === 'jobmanager/environment') return { jvm: { version: 'fake - fake - 17/17.0.0+1' } }
  if (path === 'taskmanagers') {
    const all = await flink.taskManagers()
    return { taskmanagers: all.map(({ id, slots, freeSlots }) => ({ id, slotsNumber: slots, freeSlots })) }
  }
  if (path === 'jobs/overview') return jobs(flink)
  if (path === 'jobs') return { jobs: (await flink.jobs()).map(({ id, state }) => ({ id, status: state })) }
  const [, id = '', what = ''] = /^jobs\/([0-9a-f]{32})(?:\/(\w+))?/.exec(path) ?? []
  if (what === '') return job(flink, id)
  if (what === 'checkpoints') return checkpoints(flink, id)
  if (what === 'metrics') return [{ id: 'numRestarts', value: String((await flink.restarts(id)) ?? 0) }]
  return what === 'exceptions' ? exceptions(flink, id) : undefined
}

async function overview(flink: FlinkRest): Promise<unknown> {
  const { flinkVersion, taskManagers, slotsTotal, slotsAvailable } = await flink.overview()
  return {
    'flink-version': flinkVersion,
    taskmanagers: taskManagers,
    'slots-total': slotsTotal,
    'slots-available': slotsAvailable,
  }
}

/** As far as the runtime tells them. */
interface Times {
  startedAt?: number
  changedAt?: number
  unchangedMs?: number
}

async function jobs(flink: FlinkRest): Promise<unknown> {
  const all: (FlinkJobOverview & Times)[] = await flink.jobs()
  return {
    jobs: all.map(({ id, name, state, tasks, startedAt = 0, changedAt = 0, unchangedMs = 0 }) => ({
      jid: id,
      name,
      state,
      tasks,
      'start-time': startedAt,
      'last-modification': changedAt,
      duration: changedAt + unchangedMs - startedAt,
    })),
  }
}

async function job(flink: FlinkRest, id: string): Promise<unknown> {
  const detail = await flink.job(id)
  if (!detail) return undefined
  const { name, state, jobType, startedAt, endedAt = -1, runningAt = 0, restartingAt = 0, vertices } = detail
  return {
    jid: id,
    name,
    state,
    'job-type': jobType ?? null,
    'start-time': startedAt,
    'end-time': endedAt,
    timestamps: { RUNNING: runningAt, RESTARTING: restartingAt },
    vertices,
  }
}

async function checkpoints(flink: FlinkRest, id: string): Promise<unknown> {
  const { completed, failed, latest } = await flink.checkpoints(id)
  const last = latest && {
    id: latest.id,
    latest_ack_timestamp: latest.completedAt,
    state_size: latest.sizeBytes ?? null,
    external_path: latest.location ?? null,
  }
  return { counts: { completed, failed }, latest: { completed: last ?? null, failed: null } }
}

async function exceptions(flink: FlinkRest, id: string): Promise<unknown> {
  const { history } = await flink.exceptions(id)
  const entries = history.map(({ at, stack, task, taskManager }) => ({
    timestamp: at,
    stacktrace: stack,
    taskName: task ?? null,
    taskManagerId: taskManager ?? null,
  }))
  return { exceptionHistory: { entries } }
}
