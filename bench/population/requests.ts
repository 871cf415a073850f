/** What requests cost at a population, and how long they wait when many come at a fixed rate. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Population } from './people.ts'
import type { Subject } from './subject.ts'

export const REQUESTS = [
  'describe a session',
  'list 100 sessions',
  'list 100 from a deep marker',
  'label, 25 of many',
  'label, one match',
  'state=RUNNING, 100',
  'state=FAILED, none',
  'name, one match',
  'q, 25 of many',
] as const
export type RequestName = (typeof REQUESTS)[number]

/** Milliseconds of the server's CPU by request; undefined where the tree has no such query. */
export type RequestCosts = Partial<Record<RequestName, number>>

/** Milliseconds. */
export interface Latency {
  p50: number
  p99: number
  /** Answers within the time; fewer than asked for where the server can't keep up. */
  answered: number
}

const DESCRIBES = 200
const LISTS = 40

/** `restCpu`: milliseconds of CPU per second that the server takes anyway. */
export async function requestCosts(subject: Subject, { sessions }: Population, restCpu: number): Promise<RequestCosts> {
  const list = `${subject.base}/sessions`
  const deep = await deepMarker(subject, sessions.length)
  const paths: Record<RequestName, (n: number) => string | undefined> = {
    'describe a session': (n) => sessions[(n * 37) % sessions.length],
    'list 100 sessions': () => `${list}?limit=100`,
    'list 100 from a deep marker': () => deep && `${list}?limit=100&marker=${deep}`,
    'label, 25 of many': () => `${list}?limit=25&label=tier%3Dgold`,
    'label, one match': () => `${list}?limit=25&label=only%3Done`,
    'state=RUNNING, 100': () => `${list}?limit=100&state=RUNNING`,
    'state=FAILED, none': () => `${list}?limit=25&state=FAILED`,
    'name, one match': (n) =>
      `${list}?limit=25&name=${encodeURIComponent(`session ${((n * 4) % sessions.length) | 1}`)}`,
    'q, 25 of many': () => `${list}?limit=25&q=needle`,
  }
  const costs: RequestCosts = {}
  for (const name of REQUESTS) {
    const cost = await costOf(subject, paths[name], name === 'describe a session' ? DESCRIBES : LISTS, restCpu)
    if (cost !== undefined) costs[name] = cost
  }
  return costs
}

async function costOf(
  subject: Subject,
  path: (n: number) => string | undefined,
  times: number,
  restCpu: number,
): Promise<number | undefined> {
  const first = path(0)
  if (first === undefined || (await subject.ask('GET', first)).status !== 200) return undefined
  for (let n = 0; n < times / 8; n += 1) await subject.ask('GET', path(n) as string)
  const [at, cpu] = [performance.now(), await subject.cpuMs()]
  for (let n = 0; n < times; n += 1) {
    const { status } = await subject.ask('GET', path(n) as string)
    if (status !== 200) throw new Error(`GET ${path(n)}: ${status}`)
  }
  const spent = (await subject.cpuMs()) - cpu - (restCpu * (performance.now() - at)) / 1000
  return Math.max(0, spent) / times
}

/** The marker of the last whole page, or of none where there is one page. */
async function deepMarker(subject: Subject, sessions: number): Promise<string | undefined> {
  let marker: string | undefined
  for (let page = 1; (page + 1) * 100 <= sessions; page += 1) {
    const query = marker === undefined ? '' : `&marker=${marker}`
    const { body } = await subject.ask('GET', `${subject.base}/sessions?limit=100${query}`)
    marker = (body as { marker?: string }).marker ?? marker
  }
  return marker
}

/** Sends at a fixed rate, whether or not answers come; latencies count from when a request was due. */
export async function atRate(
  subject: Subject,
  path: (n: number) => string,
  perSecond: number,
  seconds: number,
): Promise<Latency> {
  const latencies: number[] = []
  const started = performance.now()
  const open: Promise<void>[] = []
  const all = perSecond * seconds
  for (let n = 0; n < all; n += 1) {
    const due = started + (n * 1000) / perSecond
    const early = due - performance.now()
    if (early > 1) await sleep(early)
    open.push(
      subject.ask('GET', path(n)).then(() => {
        latencies.push(performance.now() - due)
      }),
    )
  }
  const end = started + seconds * 1000
  await sleep(Math.max(0, end - performance.now()))
  const answered = latencies.length
  await Promise.all(open)
  return { ...percentiles(latencies), answered }
}

export function percentiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}
