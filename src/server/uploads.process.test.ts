/**
 * A server in a process of its own that is killed in the middle of an upload and right after one: what was acknowledged
 * is there, the rest is not.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { buildJar } from '../../tools/java.ts'
import type { WeirClient, WeirResult } from '../api/client/client.ts'
import { createWeirClient } from '../api/client/client.ts'
import { zipOf } from '../artifacts/inspect/zip.fixture.ts'

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
  const server = spawn(
    process.execPath,
    [MAIN, 'serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '--runtime', 'fake', '--log-level', 'silent'],
    {
      stdio: 'ignore',
    },
  )
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  const { url, keyFile } = await until(() => {
    const ready = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')) as {
      url: string
      keyFile: string
      pid: number
    }
    return ready.pid === server.pid ? ready : undefined
  })
  const token = readFileSync(keyFile, 'utf8').trim()
  const client = createWeirClient({ url, token })
  return {
    process: server,
    client,
    url,
    token,
    ws: data(await client.listWorkspaces({ query: {} })).items[0]?.id ?? '',
    kill,
  }
}

/** Asks again and again, also when asking fails; vitest's own limit ends a wait in vain. */
async function until<T>(ask: () => T | undefined): Promise<T> {
  for (;;) {
    try {
      const answer = ask()
      if (answer !== undefined) return answer
    } catch {
      /* not yet */
    }
    await delay(20)
  }
}

function data<T>(result: WeirResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.data
}

/** A sound jar that differs by what is in it. */
const jar = (content: Buffer | string): Buffer => zipOf([{ name: 'content', data: content }])
const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const names = (dataDir: string): string[] => readdirSync(join(dataDir, 'artifacts')).sort()

test(
  'an upload cut by a kill of the server leaves nothing after the next start, and goes well when sent again',
  LONG,
  async () => {
    const dataDir = newFolder()
    const first = await start(dataDir)
    const bytes = jar(Buffer.alloc(1_000_000))
    const sent = request(`${first.url}/api/flink/v1/workspaces/${first.ws}/artifacts?name=half.jar`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${first.token}`,
        'content-type': 'application/zip',
        'content-length': bytes.length,
      },
    })
    const broken = once(sent, 'error')
    sent.write(bytes.subarray(0, 500_000))
    await until(() => names(dataDir).length > 0 || undefined)
    await first.kill()
    await broken
    expect(names(dataDir)).toHaveLength(1)
    const second = await start(dataDir)
    expect(names(dataDir)).toEqual([])
    expect(data(await second.client.listArtifacts({ path: { ws: second.ws }, query: {} })).items).toEqual([])
    const again = await second.client.uploadArtifact({
      path: { ws: second.ws },
      query: { name: 'half.jar' },
      body: new Blob([new Uint8Array(bytes)]),
    })
    expect(data(again).version).toBe(1)
  },
)

test(
  'what was acknowledged before a kill of the server is there, byte for byte; nothing listed lacks its content',
  LONG,
  async () => {
    const dataDir = newFolder()
    const server = await start(dataDir)
    const acknowledged = new Map<string, string>()
    // Four at a time, each a content of its own, until the server is gone.
    const senders = Array.from({ length: 4 }, async (_, sender) => {
      for (let i = 0; ; i++) {
        const body = jar(`${sender} ${i} `.repeat(10_000))
        const upload = {
          path: { ws: server.ws },
          query: { name: `sender-${sender}.jar` },
          body: new Blob([new Uint8Array(body)]),
        }
        const answer = await server.client.uploadArtifact(upload)
        if (!answer.ok && answer.error.status >= 400) throw new Error(`${answer.error.code}: ${answer.error.message}`)
        if (!answer.ok) return
        acknowledged.set(answer.data.id, sha256Of(body))
      }
    })
    await Promise.race([until(() => acknowledged.size >= 20 || undefined), Promise.all(senders)])
    await server.kill()
    await Promise.all(senders)
    const next = await start(dataDir)
    for (const [artifact, sha256] of acknowledged) {
      const content = data(await next.client.downloadArtifact({ path: { ws: next.ws, artifact } })) as Blob
      expect(sha256Of(Buffer.from(await content.arrayBuffer()))).toBe(sha256)
    }
    const listed = new Set<string>()
    for (let marker: string | undefined, last = false; !last; last = marker === undefined) {
      const page = data(
        await next.client.listArtifacts({ path: { ws: next.ws }, query: { limit: 100, ...(marker && { marker }) } }),
      )
      for (const { sha256 } of page.items) listed.add(sha256)
      marker = page.marker
    }
    expect(names(dataDir)).toEqual([...listed].sort())
  },
)

test(
  'what was found in a jar is answered by upload, list and itself, also after a kill of the server',
  LONG,
  async () => {
    const [dataDir, sources] = [newFolder(), newFolder()]
    const main = 'public static void main(String[] args) { }'
    write(
      join(sources, 'dev/acme/Orders.java'),
      `package dev.acme; public class Orders { ${main} public static class Late { ${main} } class Inner { } }`,
    )
    write(join(sources, 'dev/acme/Hidden.java'), `package dev.acme; class Hidden { ${main} }`)
    const built = await buildJar(
      { folder: sources, name: 'orders', what: 'the test', release: '11' },
      { out: newFolder() },
    )
    const inspection = {
      entries: expect.any(Number),
      classes: 4,
      entryClasses: ['dev.acme.Orders', 'dev.acme.Orders$Late'],
      javaRelease: 11,
      connectors: [],
      bundlesFlink: [],
      signed: false,
      signers: [],
    }
    const server = await start(dataDir)
    const upload = {
      path: { ws: server.ws },
      query: { name: 'orders.jar' },
      body: new Blob([new Uint8Array(readFileSync(built))]),
    }
    const artifact = data(await server.client.uploadArtifact(upload))
    expect(artifact.inspection).toEqual(inspection)
    const artifactsOf = async ({ client, ws }: Running) => [
      ...data(await client.listArtifacts({ path: { ws }, query: {} })).items,
      data(await client.describeArtifact({ path: { ws, artifact: artifact.id } })),
    ]
    expect(await artifactsOf(server)).toEqual([artifact, artifact])
    await server.kill()
    expect(await artifactsOf(await start(dataDir))).toEqual([artifact, artifact])
  },
)

function write(path: string, content: Buffer | string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}

/**
 * A jar of 300 MB: of `.class` files as large as any that is read, which is more than is read of one jar, and one file
 * that is larger than those.
 */
async function largeJar(): Promise<string> {
  const [folder, out] = [newFolder(), newFolder()]
  for (let i = 0; i < 25; i++) write(join(folder, `dev/acme/C${i}.class`), randomBytes(8_000_000))
  write(join(folder, 'model.bin'), randomBytes(100_000_000))
  await promisify(execFile)('jar', ['--create', '--no-compress', '--file', join(out, 'large.jar'), '-C', folder, '.'])
  return join(out, 'large.jar')
}

test(
  'an upload of 300 MB passes through a server that holds a few chunks of it, also while it is inspected',
  LONG,
  async () => {
    const file = await largeJar()
    expect(statSync(file).size).toBeGreaterThan(300_000_000)
    const server = await start(newFolder())
    const memoryMiB = (what: 'VmRSS' | 'VmHWM'): number =>
      Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))?.[1]) /
      1024
    const before = memoryMiB('VmRSS')
    const sent = request(`${server.url}/api/flink/v1/workspaces/${server.ws}/artifacts?name=large.jar`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/zip' },
    })
    const answered = once(sent, 'response')
    createReadStream(file).pipe(sent)
    const [answer] = (await answered) as [IncomingMessage]
    expect([answer.statusCode, await json(answer)]).toEqual([
      201,
      expect.objectContaining({ inspection: expect.objectContaining({ classes: 25 }) }),
    ])
    // The most that it ever held, as the kernel counts it.
    expect(memoryMiB('VmHWM') - before).toBeLessThan(100)
  },
)
