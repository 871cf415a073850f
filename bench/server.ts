/** What Weir itself costs: how fast the server is ready and the command answers, and how much memory the server takes. */
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { startServer, WEIR } from './weir.ts'

const run = promisify(execFile)
/** Until start-up work has gone by. */
const REST_MS = 5000

export interface ServerCost {
  readySeconds: number[]
  /** Resident, some seconds after the start, with an empty store. */
  restMegabytes: number[]
  versionSeconds: number[]
}

export async function measureServer(work: string, rounds: number): Promise<ServerCost> {
  const cost: ServerCost = { readySeconds: [], restMegabytes: [], versionSeconds: [] }
  for (let round = 0; round < rounds; round++) {
    const dataDir = join(work, `idle-${round}`)
    await mkdir(dataDir, { mode: 0o700 })
    const server = await startServer(dataDir, work)
    cost.readySeconds.push(server.readySeconds)
    await sleep(REST_MS)
    cost.restMegabytes.push(await residentMegabytes(server.pid))
    await server.stop()
    const started = performance.now()
    await run(process.execPath, [WEIR, '--version'])
    cost.versionSeconds.push((performance.now() - started) / 1000)
  }
  return cost
}

export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}
