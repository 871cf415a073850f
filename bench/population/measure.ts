/** The measurements of one tree, in their order. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Changes, measureChanges } from './changes.ts'
import type { FsyncCounter } from './fsyncs.ts'
import { type ComingUp, comeUp, type Population } from './people.ts'
import type { Delays } from './probe.ts'
import { atRate, type Latency, type RequestCosts, requestCosts } from './requests.ts'
import { difference, type Subject, startSubject, type Usage } from './subject.ts'
import type { Tree } from './trees.ts'

export interface Rest {
  seconds: number
  spent: Usage
  megabytes: number
  delays: Delays
}

export interface Restart {
  readySeconds: number
  readyCpuMs: number
  /** Until each resource had been looked at. */
  observedSeconds: number
  observedCpuMs: number
  delays: Delays
}

export interface InOne {
  jobs: number
  /** Of one job, from create to RUNNING. */
  cpuMs: number
  cycles: number
}

export interface Figures {
  tree: string
  sessions: number
  jobs: number
  database: string
  /** ISO 8601. */
  at: string
  up: ComingUp
  rest: Rest
  requests?: { large: RequestCosts; small: RequestCosts }
  rates?: { describe: Latency; list: Latency }
  changes?: Changes
  start?: Restart
  inOne?: InOne[]
}

export interface Plan {
  sessions: number
  jobs: number
  callers: number
  restSeconds: number
  parts: ReadonlySet<string>
  /** The address of an empty PostgreSQL database; absent: SQLite. */
  newDatabase: (() => Promise<string>) | undefined
  /** Flink is asked over HTTP; only trees that can be told so. */
  http: boolean
  database: string
  flinkConfiguration: Record<string, string>
  counter: FsyncCounter | undefined
  work: string
  say(text: string): void
  /** Called as figures come, so that a long run which ends early was not for nothing. */
  keep(figures: Figures): Promise<void>
}

const SETTLE_MS = 10_000
const DELAYS_MS = 10_000
const RATE_SECONDS = 10

export async function measureTree(tree: Tree, plan: Plan): Promise<Figures> {
  const say = (text: string) => plan.say(`${tree.name}: ${text}`)
  const dataDir = join(plan.work, `${tree.name.replaceAll(' ', '-')}-large`)
  const { counter, http } = plan
  const options = { tree, dataDir, counter, http, database: await plan.newDatabase?.() }
  let subject = await startSubject(options)
  try {
    const { population, figures: up } = await comeUp(subject, plan, say)
    say(`${up.resources} resources run; at rest for ${plan.restSeconds} s ...`)
    const rest = await measureRest(subject, plan.restSeconds)
    const figures: Figures = { ...headOf(tree, plan), up, rest }
    await plan.keep(figures)
    const restCpu = rest.spent.cpuMs / rest.seconds
    if (plan.parts.has('requests')) {
      say('requests ...')
      figures.requests = { large: await requestCosts(subject, population, restCpu), small: await small(tree, plan) }
      await plan.keep(figures)
      figures.rates = await measureRates(subject, population)
      await plan.keep(figures)
    }
    if (plan.parts.has('changes')) {
      say('100 changes a second ...')
      figures.changes = await measureChanges(subject, population, 100)
      await plan.keep(figures)
    }
    if (plan.parts.has('start')) {
      say('a new start ...')
      await subject.stop()
      subject = await startSubject({ ...options, delays: true })
      figures.start = await measureStart(subject, population)
      await plan.keep(figures)
    }
    await subject.stop()
    if (plan.parts.has('in-one')) figures.inOne = [await inOne(tree, plan, 20), await inOne(tree, plan, 60)]
    return figures
  } finally {
    await subject.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const headOf = (tree: Tree, { sessions, jobs, database }: Plan) => ({
  ...{ tree: tree.name, sessions, jobs, database },
  at: new Date().toISOString(),
})

async function measureRest(subject: Subject, seconds: number): Promise<Rest> {
  await sleep(SETTLE_MS)
  const before = await subject.usage()
  await sleep(seconds * 1000)
  const spent = difference(before, await subject.usage())
  const endDelays = await subject.delays()
  await sleep(DELAYS_MS)
  return { seconds: spent.at / 1000, spent, megabytes: await subject.megabytes(), delays: await endDelays() }
}

/** The same requests where there are 100 sessions and nothing else. */
async function small(tree: Tree, plan: Plan): Promise<RequestCosts> {
  const { result } = await beside(tree, plan, { sessions: 100, jobs: 0 }, async (subject, population) => {
    await sleep(2_000)
    const [at, cpu] = [performance.now(), await subject.cpuMs()]
    await sleep(5_000)
    const restCpu = (((await subject.cpuMs()) - cpu) / (performance.now() - at)) * 1000
    return requestCosts(subject, population, restCpu)
  })
  return result
}

async function inOne(tree: Tree, plan: Plan, jobs: number): Promise<InOne> {
  plan.say(`${tree.name}: ${jobs} jobs in one session ...`)
  const { up } = await beside(tree, plan, { sessions: 1, jobs }, async () => {})
  return { jobs, cpuMs: up.upToRunning.cpuMs / jobs, cycles: up.upToRunning.cycles / jobs }
}

/** Work at a server of its own with a population of its own. */
async function beside<T>(
  tree: Tree,
  plan: Plan,
  size: { sessions: number; jobs: number },
  work: (subject: Subject, population: Population) => Promise<T>,
): Promise<{ result: T; up: ComingUp }> {
  const dataDir = join(plan.work, `${tree.name.replaceAll(' ', '-')}-${size.sessions}-${size.jobs}`)
  const { counter, http } = plan
  const subject = await startSubject({ tree, dataDir, counter, http, database: await plan.newDatabase?.() })
  try {
    const { population, figures: up } = await comeUp(subject, { ...plan, ...size }, () => {})
    return { result: await work(subject, population), up }
  } finally {
    await subject.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measureRates(subject: Subject, { sessions, jobs }: Population): Promise<NonNullable<Figures['rates']>> {
  const all = [...sessions, ...jobs]
  return {
    describe: await atRate(subject, (n) => all[(n * 7919) % all.length] as string, 500, RATE_SECONDS),
    list: await atRate(subject, () => `${subject.base}/sessions?limit=100`, 50, RATE_SECONDS),
  }
}

const SAMPLE = 50
const ASK_EVERY_MS = 250

/** Until a hundred resources, spread over all of them, say that they were observed after the start. */
async function measureStart(subject: Subject, { sessions, jobs }: Population): Promise<Restart> {
  const startedAt = new Date(Date.now() - subject.ready.seconds * 1000).toISOString()
  const started = performance.now() - subject.ready.seconds * 1000
  const spread = (paths: readonly string[]) =>
    paths.filter((_, n) => n % Math.max(1, Math.floor(paths.length / SAMPLE)) === 0)
  for (const path of [...spread(sessions), ...spread(jobs)]) {
    while (!(await observedSince(subject, path, startedAt))) await sleep(ASK_EVERY_MS)
  }
  const observedSeconds = (performance.now() - started) / 1000
  const observedCpuMs = await subject.cpuMs()
  const endDelays = await subject.delays()
  return {
    readySeconds: subject.ready.seconds,
    readyCpuMs: subject.ready.cpuMs,
    observedSeconds,
    observedCpuMs,
    delays: await endDelays(),
  }
}

async function observedSince(subject: Subject, path: string, since: string): Promise<boolean> {
  const { status } = (await subject.ask('GET', path)).body as { status: { observedAt?: string } }
  return (status.observedAt ?? '') >= since
}
