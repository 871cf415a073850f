/**
 * The API on a real store in a folder of its own, with a clock that the test owns. Every answer is held against the
 * contract.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { ApiOptions } from '../../src/api/app.ts'
import { buildApi } from '../../src/api/app.ts'
import type { ApiPorts, ProcessLog } from '../../src/api/ports.ts'
import { createUploads } from '../../src/artifacts/uploads.ts'
import { ensureKeyFiles } from '../../src/auth/key-files.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'

/** In memory where there is such a target: nothing here is about surviving a crash. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const bodyFile = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, 'bodies', name), 'utf8'))

/** Requests as clients of the service that the contract comes from send them. */
export const SESSION_BODY: { name: string; [field: string]: unknown } = bodyFile('session.json')
export const JOB_BODY: { name: string; job: object; [field: string]: unknown } = bodyFile('session-job.json')

/** A Kubernetes cluster that is never looked for. */
export const CLUSTER_BODY = {
  name: 'prod',
  kubeClusterConfig: {
    cluster: { server: 'https://kube.example:6443' },
    auth: { bearerToken: { token: 'kube-secret-0123456789' } },
  },
}

export interface Call {
  body?: unknown
  /** Sent as it is, instead of `body`. */
  raw?: string | Buffer
  headers?: Record<string, string | undefined>
  /** `null`: none at all. */
  key?: string | null
}

/** Answers are looked into freely: that they have the contract's shape has been checked by then. */
export interface Answer {
  status: number
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any
  headers: Record<string, string | undefined>
}

export interface TestApi {
  app: FastifyInstance
  store: Store
  /** ID of the workspace `default`. */
  ws: string
  /** `/api/flink/v1/workspaces/ID` */
  base: string
  adminKey: string
  rootKey: string
  dataDir: string
  logs: ProcessLog[]
  call(method: string, path: string, call?: Call): Promise<Answer>
  /** Creates one and answers its path. */
  session(change?: object): Promise<string>
  job(session: string, change?: object): Promise<string>
  cluster(change?: object): Promise<string>
  /** On this machine, unless told otherwise. */
  workspace(change?: object): Promise<string>
  /** Moves the clock on. */
  pass(ms: number): void
}

interface StartOptions extends ApiOptions {
  maxUploadBytes?: number
  /** Puts something between the API and its store. */
  store?: (real: Store) => Store
  room?: ApiPorts['room']
}

/** One for each test that calls it; it ends with the test. */
export async function startApi(options: StartOptions = {}): Promise<TestApi> {
  const { api, stop } = await start(options)
  onTestFinished(stop)
  return api
}

/** One for all tests of a file that leave nothing behind which another would trip over. */
export function sharedApi(options: StartOptions = {}): () => TestApi {
  let started: Awaited<ReturnType<typeof start>> | undefined
  beforeAll(async () => {
    started = await start(options)
  })
  afterAll(() => started?.stop())
  return () => started!.api
}

async function start(options: StartOptions): Promise<{ api: TestApi; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(FOLDER, 'weir-api-'))
  let now = Date.parse('2025-01-31T12:00:00.000Z')
  const clock = { now: () => now, after: () => () => {} }
  const real = await openStore({ dataDir, clock })
  const keys = await ensureKeyFiles({ dataDir, store: real })
  const [adminKey, rootKey] = [keys.adminKeyFile, keys.rootKeyFile].map((file) =>
    readFileSync(file, 'utf8').trim(),
  ) as [string, string]
  const store = options.store?.(real) ?? real
  const logs: ProcessLog[] = []
  const uploads = await createUploads({
    folder: join(dataDir, 'artifacts'),
    maxBytes: options.maxUploadBytes ?? 1_000_000,
    clock,
    isUsed: store.artifacts.holds,
  })
  const ports: ApiPorts = {
    uploads,
    store,
    clock,
    ...(options.room && { room: options.room }),
    version: '0.0.0',
    staleAfterMs: 30_000,
    logs: { read: async (_resource, { tail }) => logs.map((log) => ({ ...log, lines: log.lines.slice(-tail) })) },
    keysRevoked: async () => void (await ensureKeyFiles({ dataDir, store: real })),
    runtimes: async () => [
      {
        id: 'FLINK_1_17',
        flinkVersion: '1.17.1',
        installed: { s3Plugin: '1.17.1' },
        java: { supported: [11], experimental: [], used: { version: '17.0.15' }, note: 'not officially' },
      },
      { id: 'FLINK_2_3', flinkVersion: '2.3.0', java: { supported: [17, 11], experimental: [21] } },
    ],
  }
  const app = buildApi(ports, options)
  const breaches = holdAgainstContract(app)
  const stop = async () => {
    await app.close()
    await real.close()
    rmSync(dataDir, { recursive: true })
  }
  const ws = (await real.workspaces.list({ limit: 1 })).items[0]?.id ?? ''
  const base = `/api/flink/v1/workspaces/${ws}`
  const call = caller(app, adminKey, breaches)
  const create = async (path: string, body: object) => {
    const { status, headers, body: answer } = await call('POST', path, { body })
    if (status !== 201 || headers.location === undefined)
      throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`)
    return headers.location
  }
  const api: TestApi = {
    app,
    store,
    ws,
    base,
    adminKey,
    rootKey,
    dataDir,
    logs,
    call,
    session: (change) => create(`${base}/sessions`, { ...SESSION_BODY, ...change }),
    job: (session, change) => create(`${session}/jobs`, { ...JOB_BODY, ...change }),
    cluster: (change) => create('/api/org/v1/clusters', { ...CLUSTER_BODY, ...change }),
    workspace: (change = {}) => create('/api/org/v1/workspaces', { name: 'target', ...change }),
    pass: (ms) => {
      now += ms
    },
  }
  return { api, stop }
}

function caller(app: FastifyInstance, adminKey: string, breaches: string[]): TestApi['call'] {
  return async (method, path, { body, raw, headers, key = adminKey } = {}) => {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await app.inject({
      method: method as 'GET',
      url: path,
      headers: withoutMissing({
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      }),
      ...(payload !== undefined && { payload }),
    })
    if (breaches.length > 0) throw new Error(breaches.join('\n'))
    return {
      status: answer.statusCode,
      body: answer.payload === '' ? undefined : JSON.parse(answer.payload),
      headers: answer.headers as Record<string, string | undefined>,
    }
  }
}

const withoutMissing = (headers: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined))

/** What answers had that the contract does not tell; a test that sees one fails. */
function holdAgainstContract(app: FastifyInstance): string[] {
  const breaches: string[] = []
  app.addHook('preSerialization', async (request, reply, payload) => {
    const { response } = (request.routeOptions.schema ?? {}) as {
      response?: Record<string, { $ref?: string; type?: string }>
    }
    if (!response) return payload
    const what = `${request.method} ${request.routeOptions.url} answers ${reply.statusCode}`
    const declared = response[String(reply.statusCode)]
    if (payload === null && declared?.type === 'null') return payload
    if (!declared?.$ref) {
      breaches.push(`${what}, which the contract does not tell`)
      return payload
    }
    const check = request.compileValidationSchema({ $ref: declared.$ref })
    if (!check(payload)) {
      const found = check.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`)
      breaches.push(`${what} in another shape: ${found?.join('; ')}`)
    }
    return payload
  })
  return breaches
}
