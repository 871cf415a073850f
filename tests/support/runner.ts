/** A real Flink with the runner on its class path, and main()s called with it and without, by plain REST. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createDistributions } from '../../src/flink/distributions/distributions.ts'
import { emptyJar } from '../../src/flink/jar.ts'
import { runnerJar } from '../../src/runtimes/helper-jars.ts'
import { buildTestJobs } from '../../tools/build-example.ts'
import { type HandStartedFlink, ready, startFlink, until } from './flink.ts'

export interface Ran {
  status: number
  /** The stack trace, or nothing. */
  text: string
  /** First lines of the stack's causes, without frames. */
  causes: string[]
}

export interface Call {
  /** Of `dev.weir.jobs`; null: none is given. `Steps` if left out. */
  main?: string | null
  args?: readonly string[]
  /** Of the runner. */
  options?: readonly string[]
  jobId?: string
  savepointPath?: string
  jar?: string
}

export const newJobId = () => randomBytes(16).toString('hex')

export type RunnerFlink = Awaited<ReturnType<typeof startRunnerFlink>>

/** The test jobs are on the class path as well as in the uploaded `jobs`; `empty` holds nothing. */
export async function startRunnerFlink(version: string) {
  const folder = await mkdtemp(join(tmpdir(), 'weir-runner-'))
  const { home } = await createDistributions().install(version)
  const built = await buildTestJobs({ flinkHome: home, out: resolve(import.meta.dirname, '../../build/jobs') })
  const cluster = await startFlink({
    home,
    jars: [await runnerJar(), built.jar],
    slots: 20,
    configuration: { 'cluster.intercept-user-system-exit': 'THROW', 'parallelism.default': '1' },
  })
  const stop = async () => {
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await ready(cluster)
    const jobs = await upload(cluster, 'jobs.jar', await readFile(built.jar))
    const empty = await upload(cluster, 'empty.jar', emptyJar())
    return {
      folder,
      jobs,
      empty,
      stop,
      endpoint: cluster.endpoint,
      jar: built.jar,
      ...calls(cluster, jobs),
      ...observations(cluster),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function calls({ endpoint }: HandStartedFlink, jobs: string) {
  const post = async (jar: string, body: object, action = 'run'): Promise<Ran> => {
    const response = await fetch(`${endpoint}/jars/${jar}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { errors?: string[] }
    const text = answer.errors?.join('\n') ?? ''
    return { status: response.status, text, causes: causesOf(text) }
  }
  const named = (main: string) => `dev.weir.jobs.${main}`
  /** By Flink alone. */
  const plain = ({ main = 'Steps', args = [], jobId = newJobId(), jar = jobs, savepointPath }: Call) =>
    post(jar, { entryClass: named(main as string), programArgsList: args, jobId, savepointPath })
  const runner = (call: Call, action?: string) => {
    const { main = 'Steps', args = [], options = [], jobId = newJobId(), jar = jobs, savepointPath } = call
    const programArgsList = [...(main === null ? [] : ['--class', named(main)]), ...options, '--', ...args]
    return post(jar, { entryClass: 'dev.weir.runner.Runner', programArgsList, jobId, savepointPath }, action)
  }
  const interrupt = async (id: string) => {
    const { text } = await runner({ main: null, options: ['--interrupt', '--id', id] })
    return /dev\.weir\.runner\.Answer: (\w+)/.exec(text)?.[1]
  }
  return { plain, runner, interrupt }
}

function observations(cluster: HandStartedFlink) {
  const { endpoint } = cluster
  const job = async (id: string) =>
    (await (await fetch(`${endpoint}/jobs/${id}`)).json()) as { jid: string; name: string; state?: string }
  return {
    job,
    /** Undefined where Flink has no such job. */
    state: async (id: string) => (await job(id)).state,
    /** Names of the jobs that are not over. */
    alive: async () => {
      const all = (await (await fetch(`${endpoint}/jobs/overview`)).json()) as {
        jobs: { name: string; state: string }[]
      }
      return all.jobs.filter(({ state }) => !/^(FINISHED|FAILED|CANCELED)$/.test(state)).map(({ name }) => name)
    },
    cancel: async (id: string) => {
      await fetch(`${endpoint}/jobs/${id}`, { method: 'PATCH' })
      await until(`${id} is over`, 30_000, async () => (await job(id)).state === 'CANCELED')
    },
    upload: (name: string, bytes: Uint8Array) => upload(cluster, name, bytes),
    log: (name: 'jm.log' | 'jm.out') => readFile(join(cluster.folder, 'log', name), 'utf8'),
  }
}

async function upload(cluster: HandStartedFlink, name: string, bytes: Uint8Array): Promise<string> {
  const form = new FormData()
  form.append('jarfile', new Blob([Uint8Array.from(bytes)], { type: 'application/x-java-archive' }), name)
  const response = await fetch(`${cluster.endpoint}/jars/upload`, { method: 'POST', body: form })
  return ((await response.json()) as { filename: string }).filename.split('/').at(-1) as string
}

const causesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/^\s*(at |\.\.\. \d+ (more|common))/.test(line))
    .filter((line) => line !== '')

/** What stands behind `jobs: ` at the end of the runner's messages. */
export function jobsIn(text: string): { name: string; jobId?: string; state: string }[] {
  return JSON.parse(/; jobs: (\[.*\])$/m.exec(text)?.[1] ?? 'null') as { name: string; state: string }[]
}
