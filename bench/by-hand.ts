/**
 * Plain JVMs by hand: the very command lines that Weir started a session with are recorded from the running processes
 * and run again from a copy of the launch folder, both at once, without Weir. What differs in time is then Weir's own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { restClient } from '../src/flink/client.ts'
import { emptyJar } from '../src/flink/jar.ts'
import type { FlinkRest, FlinkRestError } from '../src/flink/rest.ts'
import { argumentsOf, cpuSeconds, type Started, until, untilAllRunning } from './flink.ts'
import type { Setting } from './setting.ts'
import type { WeirSession } from './weir.ts'
import { jvmsOf } from './weir.ts'

interface Member {
  role: 'jobmanager' | 'taskmanager'
  args: string[]
  env: Record<string, string>
}

export interface Recording {
  /** A copy of the launch folder. */
  copy: string
  /** The path that the recorded command lines and files name. */
  original: string
  endpoint: string
  members: Member[]
}

/** Of a session that runs; it may be removed afterwards, and has to be before its ports are used again. */
export async function record(session: WeirSession, setting: Setting): Promise<Recording> {
  const copy = await mkdtemp(join(setting.work, 'recording-'))
  for (const name of ['conf', 'lib', 'plugins'])
    await cp(join(session.folder, name), join(copy, name), { recursive: true })
  const members = await Promise.all(
    (await jvmsOf(session.folder)).map(async (pid, index): Promise<Member> => {
      const environ = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').filter((entry) => entry !== '')
      const pairs = environ.map(
        (entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const,
      )
      // Without the marks by which a server knows its own: nobody's server shall adopt what is started here.
      const args = argumentsOf(pid).filter((arg) => !arg.startsWith('-Dweir.'))
      return { role: index === 0 ? 'jobmanager' : 'taskmanager', args, env: Object.fromEntries(pairs) }
    }),
  )
  return { copy, original: session.folder, endpoint: session.endpoint, members }
}

export type Change = (role: Member['role'], args: string[]) => string[]

/** Without what Weir chooses: collector, compilers and class archive are the JVM's own again. */
export const defaultJvm: Change = (_role, args) =>
  args.filter(
    (arg) =>
      !/^-XX:(?:\+Use\w+GC|TieredStopAtLevel|CompileThresholdScaling|SharedArchiveFile|\+AutoCreateSharedArchive)|^-Xshare/.test(
        arg,
      ),
  )

export const onlyC1: Change = (role, [java, ...args]) => [
  java as string,
  ...(role === 'taskmanager' ? ['-XX:TieredStopAtLevel=1'] : []),
  ...args,
]

/** Starts the recorded processes at once and runs no job. */
export async function replay(recording: Recording, setting: Setting, change: Change = (_role, args) => args) {
  const folder = await mkdtemp(join(setting.work, 'by-hand-'))
  await cp(recording.copy, folder, { recursive: true })
  const moved = (text: string) => text.replaceAll(recording.original, folder)
  for (const name of await readdir(join(folder, 'conf'))) {
    const file = join(folder, 'conf', name)
    await writeFile(file, moved(await readFile(file, 'utf8')))
  }
  const folders = ['log', 'scratch/tmp', 'scratch/upload', 'scratch/blob', 'scratch/jars']
  await Promise.all(folders.map((name) => mkdir(join(folder, name), { recursive: true })))
  const jvms = recording.members.map(({ role, args, env }) => {
    const [java, ...rest] = change(role, args).map(moved)
    const moves = Object.entries(env).map(([key, value]) => [key, moved(value)])
    return spawn(java as string, rest, {
      cwd: folder,
      env: Object.fromEntries(moves) as NodeJS.ProcessEnv,
      stdio: 'ignore',
    })
  })
  const stop = async () => {
    await Promise.all(jvms.map(end))
    await rm(folder, { recursive: true, force: true })
  }
  return { endpoint: recording.endpoint, pids: jvms.map((jvm) => jvm.pid as number), stop }
}

export async function startByHand(recording: Recording, setting: Setting, change?: Change): Promise<Started> {
  const started = performance.now()
  const { endpoint, pids, stop } = await replay(recording, setting, change)
  try {
    await submit(endpoint, setting.entryClass, setting.args)
    await untilAllRunning(endpoint)
    return { endpoint, pids, seconds: (performance.now() - started) / 1000, cpuSeconds: cpuSeconds(pids), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** As soon as the JobManager takes it; the job waits there for the TaskManager. */
export async function submit(endpoint: string, entryClass: string, args: string[]): Promise<string> {
  const flink = restClient(endpoint)
  const jar = await until('the JobManager answers', () =>
    flink.uploadJar('weir-empty.jar', emptyJar()).catch(() => undefined),
  )
  return until('the JobManager takes the job', () => runOnce(flink, jar, entryClass, args).catch(refused))
}

/** The one request that submits a job, with a jar that is there. Resolves to the job's ID. */
export async function runOnce(flink: FlinkRest, jar: string, entryClass: string, args: string[]): Promise<string> {
  const jobId = randomBytes(16).toString('hex')
  await flink.runJar(jar, { entryClass, args, jobId, flinkConfiguration: {} }, AbortSignal.timeout(60_000))
  return jobId
}

/** Not ready yet is no failure. */
function refused(error: FlinkRestError): undefined {
  if (error.kind === 'REFUSED') throw error
  return undefined
}

async function end(jvm: ChildProcess): Promise<void> {
  if (jvm.exitCode !== null || jvm.signalCode !== null) return
  const ended = once(jvm, 'exit')
  jvm.kill('SIGTERM')
  await ended
}
