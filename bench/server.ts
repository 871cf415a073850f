/**
 * What Weir itself costs: how fast the server is ready and the command answers, and how much memory the server takes.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { BUILD, SOURCES, startServer } from './weir.ts'

const run = promisify(execFile)
/** Until start-up work has gone by. */
const REST_MS = 5000

export interface ServerCost {
  readySeconds: number[]
  /** Resident, some seconds after the start, with an empty store. */
  restMegabytes: number[]
  versionSeconds: number[]
}

/** From a fresh build, as the published package runs, and from the sources, which cost the compiler's memory on top. */
export async function measureServer(work: string, rounds: number): Promise<Record<'build' | 'sources', ServerCost>> {
  await run(process.execPath, [resolve(import.meta.dirname, '../tools/build.ts')])
  const none = (): ServerCost => ({ readySeconds: [], restMegabytes: [], versionSeconds: [] })
  const cost = { build: none(), sources: none() }
  for (let round = 0; round < rounds; round++) {
    await measureOnce(join(work, `build-${round}`), BUILD, cost.build)
    await measureOnce(join(work, `sources-${round}`), SOURCES, cost.sources)
  }
  return cost
}

async function measureOnce(dataDir: string, program: string, cost: ServerCost): Promise<void> {
  await mkdir(dataDir, { mode: 0o700 })
  const server = await startServer(dataDir, dataDir, { program })
  cost.readySeconds.push(server.readySeconds)
  await sleep(REST_MS)
  cost.restMegabytes.push(await residentMegabytes(server.pid))
  await server.stop()
  const started = performance.now()
  await run(process.execPath, [program, '--version'])
  cost.versionSeconds.push((performance.now() - started) / 1000)
}

export async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}
