/** How long a bounded job takes, by Flink's own clock, in clusters that differ only in the options of their JVMs. */
import { type Change, defaultJvm, onlyC1, type Recording, replay, submit } from './by-hand.ts'
import { cpuSeconds, until } from './flink.ts'
import type { Setting } from './setting.ts'

/** The job in a TaskManager that has just started, and once more in the same one. */
export interface Throughput {
  cold: JobCost
  warm: JobCost
}

export interface JobCost {
  /** From the job's RUNNING to its FINISHED. */
  seconds: number[]
  /**
   * CPU seconds of both processes from the submission to the end: steadier than time where others use the machine too.
   */
  cpu: number[]
}

export const VARIANTS: Record<string, Change | undefined> = {
  Weir: undefined,
  'JVM defaults': defaultJvm,
  'C1 only': onlyC1,
}

export async function measureThroughput(
  recording: Recording,
  setting: Setting,
  rounds: number,
  records: number,
): Promise<Record<string, Throughput>> {
  const none = (): JobCost => ({ seconds: [], cpu: [] })
  const measured = Object.fromEntries(
    Object.keys(VARIANTS).map((name): [string, Throughput] => [name, { cold: none(), warm: none() }]),
  )
  for (let round = 0; round < rounds; round++) {
    for (const [name, change] of Object.entries(VARIANTS)) {
      const cluster = await replay(recording, setting, change)
      try {
        for (const kind of ['cold', 'warm'] as const) {
          const before = cpuSeconds(cluster.pids)
          measured[name]?.[kind].seconds.push(await secondsOfJob(cluster.endpoint, setting, records))
          measured[name]?.[kind].cpu.push(cpuSeconds(cluster.pids) - before)
        }
      } finally {
        await cluster.stop()
      }
    }
  }
  return measured
}

async function secondsOfJob(endpoint: string, setting: Setting, records: number): Promise<number> {
  const args = [
    '--rate',
    '0',
    '--records',
    String(records),
    '--keys',
    '100',
    '--print-every',
    '0',
    '--parallelism',
    String(setting.slots),
  ]
  const id = await submit(endpoint, setting.entryClass, args)
  return until('the bounded job has finished', async () => {
    const job = (await (await fetch(`${endpoint}/jobs/${id}`)).json()) as {
      state: string
      timestamps: Record<string, number>
    }
    if (job.state === 'FAILED') throw new Error(`the bounded job failed: see ${endpoint}/jobs/${id}/exceptions`)
    return (
      job.state === 'FINISHED' &&
      ((job.timestamps['FINISHED'] as number) - (job.timestamps['RUNNING'] as number)) / 1000
    )
  })
}
