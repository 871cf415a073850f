/** Sessions one after the other at a server that keeps a pair of JVMs waiting, with all that the waiting costs. */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { argumentsOf, cpuSeconds, until } from './flink.ts'
import type { Setting } from './setting.ts'
import { isSpare, startByWeir, startServer } from './weir.ts'

export interface PoolFigures {
  /** From the request to every subtask RUNNING, of each session. */
  seconds: number[]
  apiSeconds: number[]
  /** Of each session's JVMs from their spawn on, whether they waited or not. */
  cpu: number[]
  /** JVMs that had waited, of all that the sessions had. */
  taken: number
  /** Of the JVMs that wait for nobody at the end. */
  leftCpu: number
}

/** The first session comes before: the pool begins with it, and it is not counted. */
export async function measurePool(
  setting: Setting,
  sessions: number,
  say: (text: string) => void,
): Promise<PoolFigures> {
  const dataDir = join(setting.work, 'pool')
  const server = await startServer(dataDir, setting.work, { flags: ['--warm-pool', '1'] })
  const figures: PoolFigures = { seconds: [], apiSeconds: [], cpu: [], taken: 0, leftCpu: 0 }
  try {
    for (let round = 0; round <= sessions; round++) {
      const session = await startByWeir(server, setting)
      if (round > 0) {
        figures.seconds.push(session.seconds)
        figures.apiSeconds.push(session.apiSeconds)
        figures.cpu.push(session.cpuSeconds)
        figures.taken += session.pids.filter(isSpare).length
        say(`session ${round} of ${sessions}: ${session.seconds.toFixed(2)} s, ${session.cpuSeconds.toFixed(2)} CPU s`)
      }
      await session.stop()
      // As if the next came some seconds later.
      await until('a pair of JVMs waits', async () => (await ready(dataDir)).length === 2)
    }
    figures.leftCpu = cpuSeconds(await waitingPids(dataDir))
    return figures
  } finally {
    await server.stop()
  }
}

/** The folders of JVMs that have nothing more to do before they are told what they are. */
async function ready(dataDir: string): Promise<string[]> {
  const folders: string[] = []
  for (const uuid of await readdir(join(dataDir, 'spares')).catch(() => [])) {
    const folder = join(dataDir, 'spares', uuid)
    const there = await lstat(join(folder, 'ready')).catch(() => undefined)
    const conf = await lstat(join(folder, 'conf')).catch(() => undefined)
    if (there && conf && !conf.isSymbolicLink()) folders.push(uuid)
  }
  return folders
}

async function waitingPids(dataDir: string): Promise<number[]> {
  const uuids = await ready(dataDir)
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  return pids.filter((pid) => argumentsOf(pid).some((arg) => uuids.some((uuid) => arg === `-Dweir.process=${uuid}`)))
}
