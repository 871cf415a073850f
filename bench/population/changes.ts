/** 100 changes a second at a population: what they cost, and how soon after a create its cluster is started. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Population, sessionBody } from './people.ts'
import type { Delays } from './probe.ts'
import { percentiles } from './requests.ts'
import type { Subject } from './subject.ts'

export interface Changes {
  /** As many as were answered: fewer than asked for where the server can't keep up. */
  perSecond: number
  /** Per cent of a core while they go on, rest included. */
  cpuPercent: number
  /** Milliseconds. */
  rename: { p50: number; p99: number }
  /** Milliseconds from the answer to a create until its cluster was being started. */
  action: { p50: number; p99: number }
  delays: Delays
}

const SAMPLES = 12
const SAMPLE_EVERY_MS = 1_000

export async function measureChanges(subject: Subject, population: Population, perSecond: number): Promise<Changes> {
  const paths = [...population.sessions, ...population.jobs]
  let ended = false
  const endDelays = await subject.delays()
  const [at, cpu] = [performance.now(), await subject.cpuMs()]
  const renames = renameAtRate(subject, paths, perSecond, () => ended)
  const actions = await sampleActions(subject)
  ended = true
  const seconds = (performance.now() - at) / 1000
  const cpuPercent = ((await subject.cpuMs()) - cpu) / seconds / 10
  const latencies = await renames
  const delays = await endDelays()
  const rename = percentiles(latencies)
  return { perSecond: latencies.length / seconds, cpuPercent, rename, action: percentiles(actions), delays }
}

/** A server that can't keep up is not sent more than this at once: what it manages is the figure then. */
const MOST_OPEN = 32

/** Milliseconds that each took. */
async function renameAtRate(
  subject: Subject,
  paths: readonly string[],
  perSecond: number,
  ended: () => boolean,
): Promise<number[]> {
  const latencies: number[] = []
  const open = new Set<Promise<void>>()
  const started = performance.now()
  const rename = async (n: number): Promise<void> => {
    const path = paths[(n * 7919) % paths.length] as string
    const { status, body, ms } = await subject.ask('PATCH', path, { name: `renamed ${n}` })
    if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${JSON.stringify(body)}`)
    latencies.push(ms)
  }
  for (let n = 0; !ended(); n += 1) {
    const early = started + (n * 1000) / perSecond - performance.now()
    if (early > 1) await sleep(early)
    while (open.size >= MOST_OPEN) await Promise.race(open)
    const sent = rename(n).finally(() => open.delete(sent))
    open.add(sent)
  }
  await Promise.all(open)
  return latencies
}

/** The fake writes a cluster down when it is launched. */
async function sampleActions(subject: Subject): Promise<number[]> {
  const made: string[] = []
  const actions: number[] = []
  for (let n = 0; n < SAMPLES; n += 1) {
    const wanted = { ...sessionBody(n, { jobs: 0 }), name: `sample ${n}` }
    const { status, body } = await subject.ask('POST', `${subject.base}/sessions`, wanted)
    if (status !== 201) throw new Error(`the ${n}th sample: ${status} ${JSON.stringify(body)}`)
    const { id } = body as { id: string }
    const answered = performance.now()
    const file = join(subject.dataDir, 'fake', `${id}.json`)
    while (!existsSync(file)) await sleep(2)
    actions.push(performance.now() - answered)
    made.push(`${subject.base}/sessions/${id}`)
    await sleep(Math.max(0, SAMPLE_EVERY_MS - (performance.now() - answered)))
  }
  for (const path of made) await subject.ask('DELETE', path)
  for (const path of made) while ((await subject.ask('GET', path)).status !== 404) await sleep(100)
  return actions
}
