/**
 * Flink started by hand: one JobManager and its TaskManagers as plain JVMs on loopback, 1024 MB each, nothing of Weir's
 * in between. For tests of what talks to Flink, and for the bench to compare with. Whoever starts one stops it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { MODULE_OPTIONS } from '../../src/runtimes/jvm-options.ts'

export interface FlinkOptions {
  /** FLINK_HOME */
  home: string
  /** Jars at the end of the class path of every process. */
  jars?: readonly string[]
  taskManagers?: number
  /** Slots of each TaskManager (2). */
  slots?: number
  configuration?: Readonly<Record<string, string>>
  /** JVM options in front of the class path, e.g. `-XX:+UseSerialGC`. */
  jobManagerOptions?: readonly string[]
  taskManagerOptions?: readonly string[]
  java?: string
}

export interface HandStartedFlink {
  /** Base URL of the REST API, without a slash at the end. */
  endpoint: string
  /** conf, logs and Flink's temporary files; gone after `stop`. */
  folder: string
  jobManager: ChildProcess
  taskManagers: ChildProcess[]
  addTaskManager(): void
  /** Ends every process and waits for it. */
  stop(): Promise<void>
}

/** Spawns the processes and returns at once; `ready` waits for them. */
export async function startFlink(options: FlinkOptions): Promise<HandStartedFlink> {
  const folder = await mkdtemp(join(tmpdir(), 'flink-by-hand-'))
  const [restPort, rpcPort] = await freePorts(2)
  await writeConf(folder, options, { restPort: restPort as number, rpcPort: rpcPort as number })
  const classPath = await classPathOf(options)
  const taskManagers: ChildProcess[] = []
  const jvm = (name: string, args: readonly string[]) => spawnJvm(options, folder, classPath, name, args)
  const addTaskManager = () => {
    const name = `tm-${taskManagers.length + 1}`
    const main = ['org.apache.flink.runtime.taskexecutor.TaskManagerRunner', '--configDir', join(folder, 'conf')]
    const slots = ['-D', `taskmanager.numberOfTaskSlots=${options.slots ?? 2}`, '-D', `taskmanager.resource-id=${name}`]
    taskManagers.push(
      jvm(name, [...TM_MEMORY, ...(options.taskManagerOptions ?? []), '--', ...main, ...TM_SPLIT, ...slots]),
    )
  }
  const main = [
    'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
    '--configDir',
    join(folder, 'conf'),
  ]
  const jobManager = jvm('jm', [...JM_MEMORY, ...(options.jobManagerOptions ?? []), '--', ...main, ...JM_SPLIT])
  for (let i = 0; i < (options.taskManagers ?? 1); i++) addTaskManager()
  const stop = async () => {
    await Promise.all([jobManager, ...taskManagers].map(end))
    await rm(folder, { recursive: true, force: true })
  }
  return { endpoint: `http://127.0.0.1:${restPort}`, folder, jobManager, taskManagers, addTaskManager, stop }
}

/** Waits until every TaskManager has registered; a JVM that ends before that is an error with the end of its log. */
export async function ready(flink: HandStartedFlink, deadlineMs = 120_000): Promise<void> {
  await until('every TaskManager has registered', deadlineMs, async () => {
    for (const [index, jvm] of [flink.jobManager, ...flink.taskManagers].entries()) {
      if (jvm.exitCode !== null)
        throw new Error(await lastWords(flink.folder, index === 0 ? 'jm' : `tm-${index}`, jvm.exitCode))
    }
    const overview = await fetch(`${flink.endpoint}/overview`).catch(() => undefined)
    if (!overview?.ok) return false
    return ((await overview.json()) as { taskmanagers: number }).taskmanagers >= flink.taskManagers.length
  })
}

/** Asks again and again until the answer is truthy, and returns that. */
export async function until<T>(what: string, deadlineMs: number, ask: () => Promise<T>, everyMs = 25): Promise<T> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await sleep(everyMs)
  }
}

export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))))
  return ports
}

/** The version in the name of the distribution's own jar. */
export async function versionOf(home: string): Promise<string> {
  const dist = (await readdir(join(home, 'lib'))).find((name) => name.startsWith('flink-dist'))
  return /([0-9]+\.[0-9]+\.[0-9]+)\.jar$/.exec(dist ?? '')?.[1] ?? 'unknown'
}

const JM_MEMORY = ['-Xmx469762048', '-Xms469762048', '-XX:MaxMetaspaceSize=268435456']
const TM_MEMORY = [
  '-Xmx161061270',
  '-Xms161061270',
  '-XX:MaxDirectMemorySize=201326592',
  '-XX:MaxMetaspaceSize=268435456',
]

const settings = (...pairs: string[]) => pairs.flatMap((pair) => ['-D', pair])
const JM_SPLIT = settings(
  'jobmanager.memory.heap.size=469762048b',
  'jobmanager.memory.off-heap.size=134217728b',
  'jobmanager.memory.jvm-metaspace.size=268435456b',
  'jobmanager.memory.jvm-overhead.min=201326592b',
  'jobmanager.memory.jvm-overhead.max=201326592b',
)
const TM_SPLIT = settings(
  'taskmanager.memory.network.min=67108864b',
  'taskmanager.memory.network.max=67108864b',
  'taskmanager.cpu.cores=2.0',
  'taskmanager.memory.task.off-heap.size=0b',
  'taskmanager.memory.task.heap.size=26843542b',
  'taskmanager.memory.managed.size=241591914b',
  'taskmanager.memory.framework.heap.size=134217728b',
  'taskmanager.memory.framework.off-heap.size=134217728b',
  'taskmanager.memory.jvm-metaspace.size=268435456b',
  'taskmanager.memory.jvm-overhead.min=201326592b',
  'taskmanager.memory.jvm-overhead.max=201326592b',
  'external-resources=none',
)

async function writeConf(
  folder: string,
  options: FlinkOptions,
  ports: { restPort: number; rpcPort: number },
): Promise<void> {
  const conf = join(folder, 'conf')
  await Promise.all(['conf', 'log', 'tmp', 'upload'].map((name) => mkdir(join(folder, name))))
  const all: Record<string, string> = {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': String(ports.rpcPort),
    'jobmanager.bind-host': '127.0.0.1',
    'taskmanager.host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': String(ports.restPort),
    'rest.bind-port': String(ports.restPort),
    'io.tmp.dirs': join(folder, 'tmp'),
    'web.upload.dir': join(folder, 'upload'),
    'web.refresh-interval': '100',
    'cluster.registration.error-delay': '200',
    'cluster.registration.initial-timeout': '50',
    'cluster.registration.refused-registration-delay': '200',
    ...options.configuration,
  }
  const lines = Object.entries(all).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  // Versions before 1.19 read only the old file, and with its own parser, which would keep the quotes.
  const old = /^1\.1[0-8]\./.test(await versionOf(options.home))
  const text = old ? Object.entries(all).map(([key, value]) => `${key}: ${value}`) : lines
  await writeFile(join(conf, old ? 'flink-conf.yaml' : 'config.yaml'), `${text.join('\n')}\n`)
  await writeFile(
    join(conf, 'log4j-console.properties'),
    await readFile(join(options.home, 'conf/log4j-console.properties')),
  )
}

async function classPathOf(options: FlinkOptions): Promise<string> {
  const lib = join(options.home, 'lib')
  const names = (await readdir(lib)).filter((name) => name.endsWith('.jar')).toSorted()
  const isDist = (name: string) => name.startsWith('flink-dist')
  const distLast = [...names.filter((name) => !isDist(name)), ...names.filter(isDist)]
  return [...distLast.map((name) => join(lib, name)), ...(options.jars ?? [])].join(':')
}

/** `args`: JVM options, then `--`, then main class and its arguments. */
function spawnJvm(
  options: FlinkOptions,
  folder: string,
  classPath: string,
  name: string,
  args: readonly string[],
): ChildProcess {
  const split = args.indexOf('--')
  const conf = join(folder, 'conf')
  const log = join(folder, 'log', `${name}.log`)
  const logging = [`-Dlog.file=${log}`, `-Dlog4j.configurationFile=file:${join(conf, 'log4j-console.properties')}`]
  const out = openSync(join(folder, 'log', `${name}.out`), 'a')
  try {
    const jvm = [...args.slice(0, split), ...MODULE_OPTIONS, ...logging, '-classpath', classPath]
    return spawn(options.java ?? 'java', [...jvm, ...args.slice(split + 1)], {
      stdio: ['ignore', out, out],
      env: {
        ...process.env,
        FLINK_CONF_DIR: conf,
        FLINK_LIB_DIR: join(options.home, 'lib'),
        FLINK_OPT_DIR: join(options.home, 'opt'),
        FLINK_PLUGINS_DIR: join(options.home, 'plugins'),
        FLINK_LOG_DIR: join(folder, 'log'),
      },
    })
  } finally {
    closeSync(out)
  }
}

async function end(jvm: ChildProcess): Promise<void> {
  if (jvm.exitCode !== null || jvm.signalCode !== null) return
  const ended = once(jvm, 'exit')
  jvm.kill('SIGTERM')
  const killLater = setTimeout(() => jvm.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(killLater)
}

async function lastWords(folder: string, name: string, code: number): Promise<string> {
  const out = await readFile(join(folder, 'log', `${name}.out`), 'utf8').catch(() => '')
  return `${name} ended with code ${code} while starting:\n${out.split('\n').slice(-20).join('\n')}`
}
