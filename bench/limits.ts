/**
 * What requests at the limits cost a server, as CPU time of its process, and how long `/healthz` waits beside them;
 * what a caller without a key can have it hold. Figures go to bench/RESULTS-LIMITS.md.
 *
 *   npm run bench:limits
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { zipOf } from '../src/artifacts/inspect/zip.fixture.ts'
import { type Asked, AT_THE_LIMITS } from '../tests/support/at-the-limits.ts'
import { cpuSeconds } from './flink.ts'
import { median, table } from './report.ts'
import { residentMegabytes } from './server.ts'
import { startServer, type WeirServer } from './weir.ts'

/** The kernel counts CPU time in hundredths of a second. */
const ROUNDS = 5

const work = await mkdtemp(join(tmpdir(), 'weir-bench-limits-'))
const server = await startServer(join(work, 'data'), work, { flags: ['--runtime', 'fake', '--log-level', 'silent'] })
try {
  const { items } = (await server.api('GET', '/api/org/v1/workspaces')) as { items: { id: string }[] }
  const base = `/api/flink/v1/workspaces/${items[0]?.id}`
  for (let round = 0; round < 20; round++) await healthMs()
  const costs = []
  for (const asked of AT_THE_LIMITS) costs.push(await measure(asked, base))
  costs.push(await measure(upload(), base))
  costs.sort((a, b) => b.cpuMs - a.cpuMs)
  const held = await heldByStranger(server)
  await writeFile(resolve(import.meta.dirname, 'RESULTS-LIMITS.md'), report(costs, held))
} finally {
  await server.stop()
  await rm(work, { recursive: true })
}

interface Cost {
  what: string
  status: number
  cpuMs: number
  waitMs: number
}

async function measure(asked: Asked, base: string): Promise<Cost> {
  const waits: number[] = []
  let status = 0
  const before = await cpuSeconds([server.pid])
  for (let round = 0; round < ROUNDS; round++) {
    const answered = send(asked, base)
    // One that comes while the other is at work.
    waits.push(await healthMs())
    status = await answered
  }
  const cpuMs = ((await cpuSeconds([server.pid])) - before) * (1_000 / ROUNDS)
  return { what: asked.what, status, cpuMs, waitMs: median(waits) }
}

function send({ method, path, headers, raw }: Asked, base: string): Promise<number> {
  const url = new URL(server.url)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path: /^\/(api|docs)/.test(path) ? path : base + path,
        headers: {
          authorization: `Bearer ${server.key}`,
          ...(raw !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(raw) }),
          ...headers,
        },
      },
      (answer) => answer.resume().once('end', () => resolve(answer.statusCode ?? 0)),
    )
    sent.once('error', reject)
    sent.end(raw)
  })
}

async function healthMs(): Promise<number> {
  const started = performance.now()
  await (await fetch(`${server.url}/healthz`)).text()
  return performance.now() - started
}

/** Names of megabytes, packed: the largest of what a small file becomes. */
function upload(): Asked {
  const name = 'x'.repeat(60_000)
  const parts = Array.from({ length: 900 }, (_, n) => ({
    name: `META-INF/maven/g/a${n}/pom.xml`,
    data: `<version>${name}</version>`,
    deflate: true,
  }))
  const raw = zipOf(parts)
  return {
    what: `a jar of ${Math.round(raw.length / 1024)} KiB with 900 poms of 60 KB`,
    method: 'POST',
    path: '/artifacts?name=poms.jar',
    headers: { 'content-type': 'application/java-archive' },
    raw,
  }
}

/** 50 connections on each of which the reference's script is asked for a thousand times, and nothing is fetched. */
async function heldByStranger({ pid, url }: WeirServer): Promise<{ megabytes: number; cpuSeconds: number }> {
  await (await fetch(`${url}/docs/js/scalar.js`)).arrayBuffer()
  await sleep(2_000)
  const [before, cpuBefore] = [await residentMegabytes(pid), await cpuSeconds([pid])]
  const asks = 'GET /docs/js/scalar.js HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000)
  const sockets = Array.from({ length: 50 }, () => connect(Number(new URL(url).port), '127.0.0.1'))
  for (const socket of sockets)
    socket
      .on('error', () => {})
      .pause()
      .write(asks)
  await sleep(5_000)
  const held = { megabytes: (await residentMegabytes(pid)) - before, cpuSeconds: (await cpuSeconds([pid])) - cpuBefore }
  for (const socket of sockets) socket.destroy()
  return held
}

function report(costs: readonly Cost[], held: { megabytes: number; cpuSeconds: number }): string {
  const rows = costs.map(({ what, status, cpuMs, waitMs }) => [
    what,
    String(status),
    cpuMs.toFixed(0),
    waitMs.toFixed(0),
  ])
  const about =
    `\`npm run bench:limits\` on ${new Date().toISOString().slice(0, 10)}: a server on the fake runtime, each ` +
    `request ${ROUNDS} times. CPU time is that of\nthe whole process (the kernel counts it in steps of 10 ms), the ` +
    'collector of garbage and helping threads included; `/healthz` was asked while the\nrequest was at work, and what it waited ' +
    'is the median, with whatever else the machine did. Jars are inspected, and the pages of `/docs` made when\nthey ' +
    'are first asked for, on threads of their own.'
  const stranger =
    '50 connections without a key, on each of which the script of `/docs` (4.9 MB) was asked for 1,000 times and ' +
    `nothing fetched: the server's\nmemory grew by ${held.megabytes.toFixed(0)} MB in 5 s, and it worked ` +
    `${held.cpuSeconds.toFixed(1)} s of CPU time.`
  const figures = table(['request', 'status', 'CPU ms', '/healthz ms'], rows)
  return `${['# Requests at the limits', about, figures, stranger].join('\n\n')}\n`
}
