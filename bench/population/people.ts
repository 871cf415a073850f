/** Makes sessions and jobs by the API, as many callers at once as are wanted, and waits until all of them run. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Delays } from './probe.ts'
import { difference, type Subject, type Usage } from './subject.ts'

export interface Wanted {
  sessions: number
  /** In each session. */
  jobs: number
  callers: number
  /** On top of what every session has. */
  flinkConfiguration?: Record<string, string>
}

export interface Population {
  /** Paths of sessions, in the order of their creation. */
  sessions: string[]
  jobs: string[]
}

export interface ComingUp {
  resources: number
  /** Milliseconds, each create's. */
  latencies: number[]
  createSeconds: number
  /** From the first create to the last RUNNING. */
  upSeconds: number
  creating: Usage
  upToRunning: Usage
  delays: Delays
}

/** Every fourth has `tier=gold` and `needle` in its name, one alone has `only=one`. */
export const sessionBody = (
  n: number,
  { jobs, flinkConfiguration }: Pick<Wanted, 'jobs' | 'flinkConfiguration'>,
  only = false,
) => ({
  name: `session ${n}${n % 4 === 0 ? ' needle' : ''}`,
  runtime: 'FLINK_1_20',
  jars: [],
  plugins: [],
  flinkConfiguration: { 'taskmanager.numberOfTaskSlots': String(Math.max(1, jobs)), ...flinkConfiguration },
  logConfiguration: {},
  labels: { tier: n % 4 === 0 ? 'gold' : 'iron', ...(only && { only: 'one' }) },
  jobManagerResource: {},
  taskManagerResource: {},
})

const jobBody = (n: number) => ({
  name: `job ${n}`,
  flinkConfiguration: {},
  labels: { tier: n % 4 === 0 ? 'gold' : 'iron' },
  job: { entryClass: 'com.example.flink.Job', args: ['--input', 'events'] },
})

export async function comeUp(
  subject: Subject,
  wanted: Wanted,
  say: (text: string) => void,
): Promise<{ population: Population; figures: ComingUp }> {
  const endDelays = await subject.delays()
  const before = await subject.usage()
  const { population, latencies } = await createAll(subject, wanted, say)
  const created = await subject.usage()
  await untilAllRun(subject, population, say)
  const running = await subject.usage()
  const figures = {
    resources: population.sessions.length + population.jobs.length,
    latencies,
    createSeconds: (created.at - before.at) / 1000,
    upSeconds: (running.at - before.at) / 1000,
    creating: difference(before, created),
    upToRunning: difference(before, running),
    delays: await endDelays(),
  }
  return { population, figures }
}

/** Each caller makes a session and, unless there is one caller for all of them, then its jobs. */
async function createAll(
  subject: Subject,
  wanted: Wanted,
  say: (text: string) => void,
): Promise<{ population: Population; latencies: number[] }> {
  const population: Population = { sessions: [], jobs: [] }
  const latencies: number[] = []
  const create = async (path: string, body: unknown): Promise<string> => {
    const answer = await subject.ask('POST', path, body)
    if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    latencies.push(answer.ms)
    const all = wanted.sessions * (1 + wanted.jobs)
    if (latencies.length % Math.ceil(all / 10) === 0) say(`created ${latencies.length} of ${all}`)
    return `${path}/${(answer.body as { id: string }).id}`
  }
  const ids = Array.from({ length: wanted.sessions }, (_, n) => n)
  const jobs: { path: string; n: number }[] = []
  const oneByOne = wanted.sessions >= wanted.callers
  await inParallel(ids, wanted.callers, async (n) => {
    const path = await create(`${subject.base}/sessions`, sessionBody(n, wanted, n === Math.floor(wanted.sessions / 2)))
    population.sessions.push(path)
    for (let job = 0; job < wanted.jobs; job += 1) {
      if (oneByOne) population.jobs.push(await create(`${path}/jobs`, jobBody(job)))
      else jobs.push({ path, n: job })
    }
  })
  await inParallel(jobs, wanted.callers, async ({ path, n }) => {
    population.jobs.push(await create(`${path}/jobs`, jobBody(n)))
  })
  return { population, latencies }
}

export async function inParallel<T>(
  items: readonly T[],
  callers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const item of waiting) await work(item)
    }),
  )
}

const ASK_EVERY_MS = 250
const COUNT_EVERY_MS = 2_000

/** The last ones are asked for cheaply; that all of them run is then counted in /metrics, which may cost more. */
async function untilAllRun(subject: Subject, population: Population, say: (text: string) => void): Promise<void> {
  const last = [...population.sessions.slice(-10), ...population.jobs.slice(-10)]
  for (const path of last) {
    while (!(await isRunning(subject, path))) await sleep(ASK_EVERY_MS)
  }
  const wanted = population.sessions.length + population.jobs.length
  for (;;) {
    const running = runningIn(await subject.metrics())
    if (running >= wanted) return
    say(`${running} of ${wanted} run`)
    await sleep(COUNT_EVERY_MS)
  }
}

async function isRunning(subject: Subject, path: string): Promise<boolean> {
  const { body } = await subject.ask('GET', path)
  const { state, status } = body as { state: string; status?: { error?: { message: string } } }
  if (state === 'FAILED') throw new Error(`${path} failed: ${status?.error?.message}`)
  return state === 'RUNNING'
}

/** Resources of all kinds that `/metrics` counts as RUNNING. */
export const runningIn = (metrics: string): number =>
  [...metrics.matchAll(/^weir_resources\{(.*)\} (\d+)$/gm)]
    .filter(([, labels]) => labels?.includes('state="RUNNING"'))
    .reduce((sum, [, , count]) => sum + Number(count), 0)
