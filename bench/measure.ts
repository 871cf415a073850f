/** The measurements in their order. */
import { readdir } from 'node:fs/promises'

import { onlyC1, type Recording, record, startByHand } from './by-hand.ts'
import { argumentsOf, type Started, until } from './flink.ts'
import type { PoolFigures } from './pool.ts'
import { seconds } from './report.ts'
import { startByScripts } from './scripts.ts'
import type { ServerCost } from './server.ts'
import { residentMegabytes } from './server.ts'
import type { Setting } from './setting.ts'
import { measureThroughput, type Throughput } from './throughput.ts'
import { measureWarmSubmits, type WarmSubmits } from './warm.ts'
import { startByWeir, type WeirServer, type WeirSession } from './weir.ts'

export const WAYS = ['scripts', 'by hand', 'Weir', 'by hand, C1 only', 'Weir, C1 only'] as const
export type Way = (typeof WAYS)[number]

export interface Start {
  seconds: number[]
  cpu: number[]
}

export interface Figures {
  starts?: Record<Way, Start>
  /** Until Weir's own API said RUNNING. */
  apiSeconds?: number[]
  /** Whether the recorded command lines use a class archive. */
  archive: boolean
  pool?: PoolFigures
  warm?: WarmSubmits
  throughput?: Record<string, Throughput>
  server?: Record<'build' | 'sources', ServerCost>
  busyServerMegabytes?: number
}

interface Plan {
  rounds: number
  records: number
  only: ReadonlySet<string>
  say(text: string): void
}

export async function measureClusters(server: WeirServer, setting: Setting, plan: Plan): Promise<Figures> {
  plan.say('a first session, so that downloads and archives are done before anything is timed ...')
  const { recording, warm } = await firstSessions(server, setting, plan)
  const archive = recording.members.every(({ args }) => args.some((arg) => arg.startsWith('-XX:SharedArchiveFile')))
  const figures: Figures = { archive, ...(warm ? { warm } : {}) }
  if (plan.only.has('start')) Object.assign(figures, await alternate(server, setting, recording, plan))
  if (plan.only.has('throughput')) {
    plan.say('throughput ...')
    figures.throughput = await measureThroughput(recording, setting, plan.rounds, plan.records)
  }
  figures.busyServerMegabytes = await residentMegabytes(server.pid)
  return figures
}

/** Sessions until one uses class archives, which are made in the background; a few at most. The last is recorded. */
async function firstSessions(
  server: WeirServer,
  setting: Setting,
  plan: Plan,
): Promise<{ recording: Recording; warm?: WarmSubmits }> {
  for (let attempt = 1; ; attempt++) {
    const session = await startByWeir(server, setting)
    try {
      if (attempt < 4 && !(await usesArchive(session))) continue
      const recording = await record(session, setting)
      if (!plan.only.has('warm')) return { recording }
      plan.say('submissions to a warm session ...')
      return { recording, warm: await measureWarmSubmits(server, session, setting, plan.rounds) }
    } finally {
      await session.stop()
      await quiet()
    }
  }
}

const usesArchive = async ({ pids }: WeirSession): Promise<boolean> =>
  pids.every((pid) => argumentsOf(pid).some((arg) => arg.startsWith('-XX:SharedArchiveFile')))

/** Background work of the session before (an archive being made is a JVM with that option) shall not be measured. */
async function quiet(): Promise<void> {
  await until('no class archive is being made', async () => {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
    return !pids.some((pid) => argumentsOf(pid).some((arg) => arg === '-Xshare:dump'))
  })
}

async function alternate(
  server: WeirServer,
  setting: Setting,
  recording: Recording,
  plan: Plan,
): Promise<Required<Pick<Figures, 'starts' | 'apiSeconds'>>> {
  const starts = Object.fromEntries(WAYS.map((way): [Way, Start] => [way, { seconds: [], cpu: [] }])) as Record<
    Way,
    Start
  >
  const apiSeconds: number[] = []
  const c1 = { 'env.java.opts.taskmanager': '-XX:TieredStopAtLevel=1' }
  const start: Record<Way, () => Promise<Started>> = {
    scripts: () => startByScripts(setting),
    'by hand': () => startByHand(recording, setting),
    Weir: async () => {
      const session = await startByWeir(server, setting)
      apiSeconds.push(session.apiSeconds)
      return session
    },
    'by hand, C1 only': () => startByHand(recording, setting, onlyC1),
    'Weir, C1 only': () => startByWeir(server, setting, c1),
  }
  for (let round = 1; round <= plan.rounds; round++) {
    for (const way of WAYS) {
      const flink = await start[way]()
      starts[way].seconds.push(flink.seconds)
      starts[way].cpu.push(flink.cpuSeconds)
      plan.say(`round ${round}: ${way}: ${seconds(flink.seconds)} s`)
      await flink.stop()
      await quiet()
    }
  }
  return { starts, apiSeconds }
}
