/** Flink's own way: `bin/start-cluster.sh`, then `bin/flink run -d`, of the unchanged distribution. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { MODULE_OPTIONS } from '../src/runtimes/jvm-options.ts'
import { freePorts } from '../tests/support/flink.ts'
import { cpuSeconds, type Started, until, untilAllRunning } from './flink.ts'
import type { Setting } from './setting.ts'

const run = promisify(execFile)

/** Sizes, slots and job are the setting's; everything else is what the distribution ships. */
export async function startByScripts(setting: Setting): Promise<Started> {
  const folder = await mkdtemp(join(setting.work, 'scripts-'))
  const [restPort, rpcPort] = await freePorts(2)
  const env = await prepare(folder, setting, restPort as number, rpcPort as number)
  const bin = (name: string) => join(setting.home, 'bin', name)
  const stop = async () => {
    await run(bin('stop-cluster.sh'), { env })
    await until('the cluster has stopped', async () => (await pidsIn(folder)).length === 0)
    await rm(folder, { recursive: true, force: true })
  }
  const endpoint = `http://127.0.0.1:${restPort}`
  const started = performance.now()
  await run(bin('start-cluster.sh'), { env })
  const submitted = run(bin('flink'), ['run', '-d', '-c', setting.entryClass, setting.jar, ...setting.args], { env })
  try {
    const [, failure] = await Promise.all([
      untilAllRunning(endpoint),
      submitted.then(
        () => undefined,
        (error: Error) => error,
      ),
    ])
    const seconds = (performance.now() - started) / 1000
    if (failure) throw failure
    const pids = await pidsIn(folder)
    return { endpoint, pids, seconds, cpuSeconds: cpuSeconds(pids), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function prepare(
  folder: string,
  setting: Setting,
  restPort: number,
  rpcPort: number,
): Promise<NodeJS.ProcessEnv> {
  const conf = join(folder, 'conf')
  await cp(join(setting.home, 'conf'), conf, { recursive: true })
  await Promise.all(['log', 'pid', 'tmp'].map((name) => mkdir(join(folder, name))))
  const changes: Record<string, string> = {
    ...setting.configuration,
    'jobmanager.rpc.address': 'localhost',
    'jobmanager.rpc.port': String(rpcPort),
    'rest.address': 'localhost',
    'rest.port': String(restPort),
    'rest.bind-port': String(restPort),
    'io.tmp.dirs': join(folder, 'tmp'),
    'jobmanager.memory.process.size': setting.memory,
    'taskmanager.memory.process.size': setting.memory,
    'taskmanager.numberOfTaskSlots': String(setting.slots),
    // Without these no Flink before 1.18 starts on Java 17.
    'env.java.opts': MODULE_OPTIONS.join(' '),
    'env.java.opts.client': MODULE_OPTIONS.join(' '),
  }
  const files = await readdir(conf)
  if (files.includes('flink-conf.yaml')) {
    const shipped = await readFile(join(conf, 'flink-conf.yaml'), 'utf8')
    const kept = shipped.split('\n').filter((line) => !Object.keys(changes).some((key) => line.startsWith(`${key}:`)))
    const added = Object.entries(changes).map(([key, value]) => `${key}: ${value}`)
    await writeFile(join(conf, 'flink-conf.yaml'), [...kept, ...added, ''].join('\n'))
  } else {
    // A flat file instead of the shipped nested one: the same defaults apply, and no key can be there twice.
    const lines = Object.entries(changes).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    await writeFile(join(conf, 'config.yaml'), lines.join(''))
  }
  return {
    ...process.env,
    FLINK_CONF_DIR: conf,
    FLINK_LOG_DIR: join(folder, 'log'),
    FLINK_PID_DIR: join(folder, 'pid'),
  }
}

/** Of the processes that the scripts' pid files name, those that live. */
async function pidsIn(folder: string): Promise<number[]> {
  const files = await readdir(join(folder, 'pid'))
  const texts = await Promise.all(files.map((name) => readFile(join(folder, 'pid', name), 'utf8')))
  return texts
    .flatMap((text) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map(Number),
    )
    .filter(lives)
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
