/** Weir's way: a server of its own for the run, spoken to through its API and nothing else. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'

import { argumentsOf, cpuSeconds, type Started, until, untilAllRunning } from './flink.ts'
import type { Setting } from './setting.ts'

/** As `npm run weir` runs it, without npm. */
export const SOURCES = resolve(import.meta.dirname, '../src/cli/main.ts')
/** As the published package runs it. */
export const BUILD = resolve(import.meta.dirname, '../dist/cli/main.js')

export interface WeirServer {
  pid: number
  dataDir: string
  url: string
  key: string
  /** Seconds from the spawn to an answer of /readyz. */
  readySeconds: number
  api(method: string, path: string, body?: unknown): Promise<unknown>
  /** Uploads a jar to the first workspace. */
  upload(name: string, file: Readable): Promise<void>
  /** What /metrics says. */
  metrics(): Promise<string>
  stop(): Promise<void>
}

export async function startServer(
  dataDir: string,
  fileRoot: string,
  { program = SOURCES, flags = [] }: { program?: string; flags?: readonly string[] } = {},
): Promise<WeirServer> {
  const readyFile = join(dataDir, 'ready.json')
  const log = await open(`${dataDir}.log`, 'a')
  const started = performance.now()
  const args = [
    'serve',
    '--listen',
    '127.0.0.1:0',
    '--data-dir',
    dataDir,
    '--ready-file',
    readyFile,
    '--file-root',
    fileRoot,
    ...flags,
  ]
  const server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', log.fd, log.fd] })
  await log.close()
  const { url, keyFile } = await until('the server is ready', async () => {
    if (server.exitCode !== null) throw new Error(`weir serve ended with code ${server.exitCode}: see ${dataDir}.log`)
    const text = await readFile(readyFile, 'utf8').catch(() => undefined)
    return text !== undefined && (JSON.parse(text) as { url: string; keyFile: string })
  })
  await until('/readyz', async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok)
  const readySeconds = (performance.now() - started) / 1000
  const key = (await readFile(keyFile, 'utf8')).split('\n')[0] as string
  const api: WeirServer['api'] = (method, path, body) => call(`${url}${path}`, method, key, body)
  return {
    pid: server.pid as number,
    dataDir,
    url,
    key,
    readySeconds,
    api,
    upload: async (name, file) => {
      const { items } = (await api('GET', '/api/org/v1/workspaces')) as { items: { id: string }[] }
      const target = `${url}/api/flink/v1/workspaces/${items[0]?.id}/artifacts?name=${name}`
      const response = await fetch(target, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/java-archive' },
        body: Readable.toWeb(file) as ReadableStream,
        duplex: 'half',
      } as RequestInit)
      if (!response.ok) throw new Error(`POST ${target}: ${response.status} ${await response.text()}`)
    },
    metrics: async () => (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })).text(),
    stop: () => stopServer(server),
  }
}

async function call(url: string, method: string, key: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok)
    throw Object.assign(new Error(`${method} ${url}: ${response.status} ${text}`), { status: response.status })
  return text === '' ? undefined : JSON.parse(text)
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
}

export interface WeirSession extends Started {
  /** `/api/flink/v1/workspaces/W/sessions/S` */
  path: string
  jobPath: string
  /** The launch folder: conf, lib/extra. */
  folder: string
  /** Seconds until the API said that the job is RUNNING. */
  apiSeconds: number
}

/** Session and job are requested one right after the other, as anybody would. */
export async function startByWeir(
  server: WeirServer,
  setting: Setting,
  configuration: Record<string, string> = {},
): Promise<WeirSession> {
  const { items } = (await server.api('GET', '/api/org/v1/workspaces')) as { items: { id: string }[] }
  const sessions = `/api/flink/v1/workspaces/${items[0]?.id}/sessions`
  const before = await launchFolders(server)
  const started = performance.now()
  const { id } = (await server.api('POST', sessions, sessionBody(setting, configuration))) as { id: string }
  const path = `${sessions}/${id}`
  const stop = () => remove(server, path, '?cascade=true')
  try {
    const job = (await server.api('POST', `${path}/jobs`, jobBody(setting, 'bench'))) as { id: string }
    const jobPath = `${path}/jobs/${job.id}`
    const [result, apiSeconds] = await Promise.all([
      untilRunning(server, before, started),
      untilState(server, jobPath, 'RUNNING').then(() => (performance.now() - started) / 1000),
    ])
    return { ...result, path, jobPath, apiSeconds, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function untilRunning(server: WeirServer, before: readonly string[], started: number) {
  const { folder, endpoint } = await until('the cluster has an endpoint', async () => {
    const folder = (await launchFolders(server)).find((each) => !before.includes(each))
    const port = folder && (await restPort(folder))
    return folder !== undefined && port !== undefined && { folder, endpoint: `http://127.0.0.1:${port}` }
  })
  await untilAllRunning(endpoint)
  const seconds = (performance.now() - started) / 1000
  const pids = await jvmsOf(folder)
  return { folder, endpoint, pids, seconds, cpuSeconds: cpuSeconds(pids) }
}

export const jobBody = (setting: Setting, name: string) => ({
  name,
  flinkConfiguration: {},
  job: { entryClass: setting.entryClass, args: setting.args },
})

function sessionBody(setting: Setting, configuration: Record<string, string>) {
  const [major, minor] = setting.flinkVersion.split('.')
  const size = { cpu: 1, memory: setting.memory }
  return {
    name: 'bench',
    runtime: `FLINK_${major}_${minor}`,
    jars: setting.jars ?? [`file://${setting.jar}`],
    plugins: setting.plugins ?? [],
    flinkConfiguration: {
      ...setting.configuration,
      'taskmanager.numberOfTaskSlots': String(setting.slots),
      ...configuration,
    },
    logConfiguration: {},
    jobManagerResource: size,
    taskManagerResource: size,
  }
}

export async function untilState(server: WeirServer, path: string, wanted: string): Promise<void> {
  await until(`${path} is ${wanted}`, async () => {
    const { state, status } = (await server.api('GET', path)) as {
      state: string
      status: { error?: { message: string } }
    }
    if (state === 'FAILED') throw new Error(`${path} failed: ${status.error?.message}`)
    return state === wanted
  })
}

/** Deletes and waits until nothing is left. */
export async function remove(server: WeirServer, path: string, query = ''): Promise<void> {
  await server.api('DELETE', `${path}${query}`)
  await until(`${path} is gone`, () =>
    server.api('GET', path).then(
      () => false,
      (error: { status?: number }) => error.status === 404,
    ),
  )
}

/** Folders that hold a `conf` with Flink's configuration, below the data folder. */
async function launchFolders(server: WeirServer): Promise<string[]> {
  const files = await readdir(join(server.dataDir, 'clusters'), { recursive: true }).catch(() => [])
  const confs = files.filter((file) => /(^|\/)conf\/(flink-conf|config)\.yaml$/.test(file))
  return confs.map((file) => dirname(dirname(join(server.dataDir, 'clusters', file))))
}

async function restPort(folder: string): Promise<string | undefined> {
  const files = ['flink-conf.yaml', 'config.yaml'].map((name) => join(folder, 'conf', name))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return /^"?rest\.port"?: "?(\d+)/m.exec(texts.join('\n'))?.[1]
}

/** JobManager first. Those that had waited for a session don't name its folder, but have its configuration in theirs. */
export async function jvmsOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const conf = join(folder, 'conf')
  const ours = await Promise.all(
    pids.map(async (pid) => {
      if (argumentsOf(pid).includes(conf)) return [pid]
      return isSpare(pid) && (await realpath(`/proc/${pid}/cwd/conf`).catch(() => '')) === conf ? [pid] : []
    }),
  )
  return ours.flat().toSorted((a, b) => Number(isJobManager(b)) - Number(isJobManager(a)))
}

export const isSpare = (pid: number): boolean => argumentsOf(pid).includes('dev.weir.warm.Spare')

const isJobManager = (pid: number): boolean =>
  argumentsOf(pid).some((arg) => arg.endsWith('ClusterEntrypoint') || arg.endsWith('.jobmanager'))
