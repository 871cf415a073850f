/** A server in a process of its own that is killed in the middle of an upload and right after one: what was acknowledged is there, the rest is not. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createWeirClient } from '../api/client/client.ts'
import type { WeirClient, WeirResult } from '../api/client/client.ts'

const MAIN = join(import.meta.dirname, '../cli/main.ts')

/** Each start of a server compiles its modules; on a busy machine that takes a while. */
const LONG = { timeout: 180_000 }

interface Running {
  process: ChildProcess
  client: WeirClient
  url: string
  token: string
  ws: string
  kill(): Promise<void>
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-killed-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(dataDir: string): Promise<Running> {
  const server = spawn(process.execPath, [MAIN, 'serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '--runtime', 'fake', '--log-level', 'silent'], {
    stdio: 'ignore',
  })
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  const { url, keyFile } = await until(() => {
    const ready = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as { url: string; keyFile: string; pid: number }
    return ready.pid === server.pid ? ready : undefined
  })
  const token = readFileSync(keyFile, 'utf8').trim()
  const client = createWeirClient({ url, token })
  return { process: server, client, url, token, ws: data(await client.listWorkspaces({ query: {} })).items[0]?.id ?? '', kill }
}

/** Asks again and again, also when asking fails; vitest's own limit ends a wait in vain. */
async function until<T>(ask: () => T | undefined): Promise<T> {
  for (;;) {
    try {
      const answer = ask()
      if (answer !== undefined) return answer
    } catch { /* not yet */ }
    await delay(20)
  }
}

function data<T>(result: WeirResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.data
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const names = (dataDir: string): string[] => readdirSync(join(dataDir, 'artifacts')).sort()

test('an upload that is under way when the server is killed leaves nothing after the next start, and goes well when it is sent again', LONG, async () => {
  const dataDir = newFolder()
  const first = await start(dataDir)
  const sent = request(`${first.url}/api/flink/v1/workspaces/${first.ws}/artifacts?name=half.jar`, {
    method: 'POST', headers: { authorization: `Bearer ${first.token}`, 'content-type': 'application/zip', 'content-length': 1_000_000 },
  })
  const broken = once(sent, 'error')
  sent.write(Buffer.alloc(500_000))
  await until(() => names(dataDir).length > 0 || undefined)
  await first.kill()
  await broken
  expect(names(dataDir)).toHaveLength(1)
  const second = await start(dataDir)
  expect(names(dataDir)).toEqual([])
  expect(data(await second.client.listArtifacts({ path: { ws: second.ws }, query: {} })).items).toEqual([])
  const again = await second.client.uploadArtifact({ path: { ws: second.ws }, query: { name: 'half.jar' }, body: new Blob([Buffer.alloc(1_000_000)]) })
  expect(data(again).version).toBe(1)
})

test('whatever was acknowledged when the server is killed is there, byte for byte, and nothing that is listed lacks its content', LONG, async () => {
  const dataDir = newFolder()
  const server = await start(dataDir)
  const acknowledged = new Map<string, string>()
  // Four at a time, each a content of its own, until the server is gone.
  const senders = Array.from({ length: 4 }, async (_, sender) => {
    for (let i = 0; ; i++) {
      const body = Buffer.from(`${sender} ${i} `.repeat(10_000))
      const answer = await server.client.uploadArtifact({ path: { ws: server.ws }, query: { name: `sender-${sender}.jar` }, body: new Blob([body]) })
      if (!answer.ok) return
      acknowledged.set(answer.data.id, sha256Of(body))
    }
  })
  await until(() => acknowledged.size >= 20 || undefined)
  await server.kill()
  await Promise.all(senders)
  const next = await start(dataDir)
  for (const [artifact, sha256] of acknowledged) {
    const content = data(await next.client.downloadArtifact({ path: { ws: next.ws, artifact } })) as Blob
    expect(sha256Of(Buffer.from(await content.arrayBuffer()))).toBe(sha256)
  }
  const listed = new Set<string>()
  for (let marker: string | undefined, last = false; !last; last = marker === undefined) {
    const page = data(await next.client.listArtifacts({ path: { ws: next.ws }, query: { limit: 100, ...(marker && { marker }) } }))
    for (const { sha256 } of page.items) listed.add(sha256)
    marker = page.marker
  }
  expect(names(dataDir)).toEqual([...listed].sort())
})

test('an upload of 300 MB passes through a server that holds a few chunks of it', LONG, async () => {
  const dataDir = newFolder()
  const server = await start(dataDir)
  const residentMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]) / 1024
  const before = residentMiB()
  let most = before
  const pieces = Readable.from(function* () {
    for (let i = 0; i < 300; i++) {
      most = Math.max(most, residentMiB())
      yield Buffer.alloc(1_000_000, i)
    }
  }())
  const sent = request(`${server.url}/api/flink/v1/workspaces/${server.ws}/artifacts?name=large.jar`, {
    method: 'POST', headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/zip' },
  })
  const answered = once(sent, 'response')
  pieces.pipe(sent)
  const [answer] = await answered as [IncomingMessage]
  expect(answer.statusCode).toBe(201)
  expect(Math.max(most, residentMiB()) - before).toBeLessThan(100)
})
