/** 100 changes a second at a population: what they cost, and how soon after a create its cluster is started. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Population, sessionBody } from './people.ts'
import type { Delays } from './probe.ts'
import { percentiles } from './requests.ts'
import type { Subject } from './subject.ts'

export interface Changes {
  perSecond: number
  /** Per cent of a core while they go on, rest included. */
  cpuPercent: number
  /** Milliseconds. */
  rename: { p50: number; p99: number }
  /** Milliseconds from the answer to a create until its cluster was being started. */
  action: { p50: number; p99: number }
  delays: Delays
}

const SAMPLES = 15
const SAMPLE_EVERY_MS = 1_000

export async function measureChanges(subject: Subject, population: Population, perSecond: number): Promise<Changes> {
  const paths = [...population.sessions, ...population.jobs]
  const latencies: number[] = []
  let ended = false
  const endDelays = await subject.delays()
  const [at, cpu] = [performance.now(), await subject.cpuMs()]
  const renames = (async () => {
    const started = performance.now()
    const open: Promise<void>[] = []
    for (let n = 0; !ended; n += 1) {
      const due = started + (n * 1000) / perSecond
      const early = due - performance.now()
      if (early > 1) await sleep(early)
      const path = paths[(n * 7919) % paths.length] as string
      open.push(
        subject.ask('PATCH', path, { name: `renamed ${n}` }).then(({ status, body }) => {
          if (status !== 200) throw new Error(`PATCH ${path}: ${status} ${JSON.stringify(body)}`)
          latencies.push(performance.now() - due)
        }),
      )
    }
    await Promise.all(open)
  })()
  const actions = await sampleActions(subject)
  ended = true
  const seconds = (performance.now() - at) / 1000
  const cpuPercent = ((await subject.cpuMs()) - cpu) / seconds / 10
  await renames
  const delays = await endDelays()
  return { perSecond, cpuPercent, rename: percentiles(latencies), action: percentiles(actions), delays }
}

/** The fake writes a cluster down when it is launched. */
async function sampleActions(subject: Subject): Promise<number[]> {
  const made: string[] = []
  const actions: number[] = []
  for (let n = 0; n < SAMPLES; n += 1) {
    const { body } = await subject.ask('POST', `${subject.base}/sessions`, {
      ...sessionBody(n, { jobs: 0 }),
      name: `sample ${n}`,
    })
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
