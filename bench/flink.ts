/** What the bench asks of a running Flink, in the same way whoever started it. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export const JOB_NAME = 'Running counts'

interface JobRow {
  jid: string
  name: string
  state: string
  tasks: Record<string, number>
}

/** Milliseconds between two looks; what is measured is exact to about that. */
const POLL_EVERY_MS = 20
const DEADLINE_MS = 180_000

/** Asks until the answer is there; a test's or a person's patience, not a measurement, is the limit. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > deadline) throw new Error(`not within ${DEADLINE_MS / 1000} s: ${what}`)
    await sleep(POLL_EVERY_MS)
  }
}

async function jobsAt(endpoint: string): Promise<JobRow[]> {
  const response = await fetch(`${endpoint}/jobs/overview`).catch(() => undefined)
  if (!response?.ok) return []
  return ((await response.json()) as { jobs: JobRow[] }).jobs
}

/** Resolves to the ID of the example job once every subtask of it is RUNNING. `known`: jobs that were there before. */
export const untilAllRunning = (endpoint: string, known: readonly string[] = []): Promise<string> =>
  until(`every subtask at ${endpoint} runs`, async () => {
    const jobs = await jobsAt(endpoint)
    const job = jobs.find(
      ({ jid, name, tasks }) => name === JOB_NAME && !known.includes(jid) && (tasks['total'] ?? 0) > 0,
    )
    return job !== undefined && job.tasks['running'] === job.tasks['total'] && job.jid
  })

export async function cancelAndWait(endpoint: string, jobId: string): Promise<void> {
  await fetch(`${endpoint}/jobs/${jobId}?mode=cancel`, { method: 'PATCH' })
  await until(
    'the job is cancelled',
    async () => (await jobsAt(endpoint)).find(({ jid }) => jid === jobId)?.state === 'CANCELED',
  )
}

/** CPU seconds that those processes have used so far, in user and kernel mode. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  })
  return ticks.reduce((sum, each) => sum + each, 0) / 100
}

export const argumentsOf = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(0, -1)
  } catch {
    return []
  }
}

/** What a way of starting Flink gives. */
export interface Started {
  /** Of Flink's REST API. */
  endpoint: string
  /** JobManager and TaskManager. */
  pids: number[]
  /** Seconds from the start to "every subtask RUNNING". */
  seconds: number
  cpuSeconds: number
  stop(): Promise<void>
}
