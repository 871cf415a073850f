/**
 * What `npm run bench:memory` runs: how many idle sessions of default sizes this machine takes, with all that running
 * processes may grow into kept free and with the default share of it, and what their processes hold. Real Flink; takes
 * minutes, and nearly all of the memory. `--limit N` ends it earlier.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { machineMemory, residentBytes } from '../src/runtimes/local/proc.ts'
import { until } from './flink.ts'
import { jvmsOf, startServer, type WeirServer } from './weir.ts'

const REPORT = resolve(import.meta.dirname, 'RESULTS-MEMORY.md')
const SPEC = {
  runtime: 'FLINK_2_3',
  flinkConfiguration: {},
  logConfiguration: {},
  jars: [],
  plugins: [],
  jobManagerResource: {},
  taskManagerResource: {},
}
const GB = 1e9

interface Measured {
  reserve: number
  sessions: number
  heldBytes: number
  availableBefore: number
  availableAfter: number
  refusal: string
}

interface Session {
  state: string
  status: { error?: { code: string; message: string } }
}

async function measure(work: string, reserve: number, limit: number): Promise<Measured> {
  const availableBefore = machineMemory().availableBytes
  const dataDir = join(work, `reserve-${reserve}`)
  const server = await startServer(dataDir, work, { flags: ['--memory-reserve', String(reserve)] })
  const { items } = (await server.api('GET', '/api/org/v1/workspaces')) as { items: { id: string }[] }
  const path = `/api/flink/v1/workspaces/${items[0]?.id}/sessions`
  const made: string[] = []
  let refusal = ''
  try {
    while (refusal === '' && made.length < limit) {
      const { id } = (await server.api('POST', path, { ...SPEC, name: `idle-${made.length + 1}` })) as { id: string }
      made.push(id)
      refusal = await outcome(server, `${path}/${id}`)
      process.stderr.write(`reserve ${reserve}: ${refusal === '' ? `${made.length} sessions run` : refusal}\n`)
    }
    const pids = (await Promise.all(made.map((id) => jvmsOf(join(dataDir, 'clusters', id, '1'))))).flat()
    const heldBytes = pids.reduce((sum, pid) => sum + residentBytes(pid), 0)
    const sessions = made.length - (refusal === '' ? 0 : 1)
    return { reserve, sessions, heldBytes, availableBefore, availableAfter: machineMemory().availableBytes, refusal }
  } finally {
    for (const id of made) await server.api('DELETE', `${path}/${id}?force=true`)
    await until('all sessions are gone', async () => {
      const { items: left } = (await server.api('GET', path)) as { items: unknown[] }
      return left.length === 0
    })
    await server.stop()
  }
}

/** Why it is not started; empty once it runs. */
const outcome = (server: WeirServer, path: string): Promise<string> =>
  until('the session runs or waits', async () => {
    const { state, status } = (await server.api('GET', path)) as Session
    if (state === 'RUNNING') return { refusal: '' }
    return status.error?.code === 'MEMORY_SHORT' && { refusal: status.error.message }
  }).then(({ refusal }) => refusal)

function report(results: readonly Measured[]): string {
  const rows = results.map(
    ({ reserve, sessions, heldBytes, availableBefore, availableAfter }) =>
      `| ${reserve} | ${sessions} | ${(heldBytes / GB).toFixed(1)} | ${(heldBytes / GB / sessions).toFixed(2)} | ` +
      `${(availableBefore / GB).toFixed(1)} | ${(availableAfter / GB).toFixed(1)} |`,
  )
  const last = results.at(-1)
  const day = new Date().toISOString().slice(0, 10)
  return `# Idle sessions in memory

\`npm run bench:memory\` on ${day}, a machine with ${(totalmem() / 2 ** 30).toFixed(1)} GiB. Sessions of default sizes
(1600m and 1728m) on Flink 2.3.0 are made one after the other until one is refused; each is RUNNING before the next.
A reserve of 1 is how it was before: all that was given counted as taken.

| \`--memory-reserve\` | sessions | they hold, GB | each | available before, GB | after |
|---|---|---|---|---|---|
${rows.join('\n')}

The one after the last: ${last?.refusal || 'was not asked for'}
`
}

const { values } = parseArgs({ options: { limit: { type: 'string', default: '1000' } } })
const work = await mkdtemp(join(tmpdir(), 'weir-bench-memory-'))
try {
  const results = []
  for (const reserve of [1, 0.05]) results.push(await measure(work, reserve, Number(values.limit)))
  await writeFile(REPORT, report(results))
  process.stdout.write(await readFile(REPORT, 'utf8'))
} finally {
  await rm(work, { recursive: true, force: true })
}
