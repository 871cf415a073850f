/** The official binary release, checked against the SHA-512 that is published beside it. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { extract } from 'tar'
import type { Dispatcher } from 'undici'
import { EnvHttpProxyAgent, interceptors, request } from 'undici'
import type { InstallTask, Source } from './source.ts'
import { downloadReporter, megabytes, SourceRefused } from './source.ts'

/** The first has current releases only, the second all of them. */
export const OFFICIAL_BASES = ['https://dlcdn.apache.org/flink', 'https://archive.apache.org/dist/flink'] as const

export interface TarballTimeouts {
  connectMs: number
  /** How long a server may send nothing. */
  stallMs: number
}

const TIMEOUTS: TarballTimeouts = { connectMs: 3_000, stallMs: 30_000 }

/** `base` + `/flink-V/flink-V-bin-scala_2.12.tgz`; proxies are taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY. */
export function tarballSource(base: string, timeouts: TarballTimeouts = TIMEOUTS): Source {
  const host = new URL(base).host
  return {
    name: `the official release at ${host}`,
    kind: 'TARBALL',
    fill: async (task) => {
      const agent = new EnvHttpProxyAgent({
        connect: { timeout: timeouts.connectMs },
        headersTimeout: timeouts.stallMs,
        bodyTimeout: timeouts.stallMs,
      })
      try {
        await fill(task, base, host, agent.compose(interceptors.redirect({ maxRedirections: 5 })))
        return { absent: [] }
      } finally {
        await agent.destroy()
      }
    },
  }
}

async function fill(task: InstallTask, base: string, host: string, dispatcher: Dispatcher): Promise<void> {
  const url = `${base.replace(/(?<!\/)\/+$/, '')}/flink-${task.version}/flink-${task.version}-bin-scala_2.12.tgz`
  const published = await (await get(`${url}.sha512`, task, dispatcher)).body.text().catch(refuse(task, host))
  const [expected] = /\b[0-9a-f]{128}\b/i.exec(published) ?? []
  if (!expected) throw new SourceRefused(`${host} gave no SHA-512 for Flink ${task.version}`)

  const answer = await get(url, task, dispatcher)
  const total = Number(answer.headers['content-length']) || undefined
  const shown = downloadReporter(`downloading Flink ${task.version} from ${host}`, task.report)
  shown(0, total)
  const received = await unpackWhileHashing(answer.body, task.home, (bytes) => shown(bytes, total)).catch(
    (error: unknown) => {
      task.signal.throwIfAborted()
      throw error
    },
  )
  if (received.sha512 !== expected.toLowerCase()) {
    throw new SourceRefused(`what ${host} sent is not what its SHA-512 says: it is broken or was tampered with`)
  }
  // The checksum is right, so that a complaint of the unpacking is the archive's own or the disk's.
  if (received.unpackError) throw received.unpackError
}

/** Writes what arrives straight into the folder: whoever called throws the folder away when the checksum is wrong. */
async function unpackWhileHashing(body: Readable, folder: string, onBytes: (bytes: number) => void) {
  const hash = createHash('sha512')
  const unpack = extract({ cwd: folder, strip: 1, preserveOwner: false, strict: true })
  let unpackError: Error | undefined
  const closed = new Promise<void>((resolve) => {
    unpack.on('close', () => resolve())
    unpack.on('error', (error: Error) => {
      unpackError ??= error
      resolve()
    })
  })
  let bytes = 0
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      hash.update(chunk)
      onBytes((bytes += chunk.length))
      if (isDiskFull(unpackError)) throw unpackError
      if (!unpackError && !unpack.write(chunk)) await Promise.race([once(unpack, 'drain'), closed])
    }
  } catch (error) {
    if (isDiskFull(error)) throw error
    throw new SourceRefused(`the connection broke after ${megabytes(bytes)} (${words(error)})`)
  }
  if (!unpackError) unpack.end()
  await closed
  if (isDiskFull(unpackError)) throw unpackError
  return { sha512: hash.digest('hex'), unpackError }
}

async function get(url: string, task: InstallTask, dispatcher: Dispatcher): Promise<Dispatcher.ResponseData> {
  const host = new URL(url).host
  const answer = await request(url, { dispatcher, signal: task.signal }).catch(refuse(task, host))
  if (answer.statusCode === 200) return answer
  await answer.body.dump().catch(() => {})
  throw new SourceRefused(
    answer.statusCode === 404
      ? `${host} has no Flink ${task.version}`
      : `${host} answered ${answer.statusCode} for ${url}`,
  )
}

const refuse =
  (task: InstallTask, host: string) =>
  (error: unknown): never => {
    task.signal.throwIfAborted()
    throw new SourceRefused(`${host} can't be reached (${words(error)})`)
  }

function words(error: unknown): string {
  const { code, errors, message } = error as { code?: string; errors?: unknown[]; message?: string }
  const meaning: Record<string, string> = {
    ENOTFOUND: 'its name is unknown here',
    EAI_AGAIN: 'its name could not be looked up',
    ECONNREFUSED: 'connection refused',
    UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
    UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
    UND_ERR_BODY_TIMEOUT: 'nothing more came',
    ECONNRESET: 'connection reset',
    UND_ERR_SOCKET: 'the other side hung up',
  }
  const inner = errors?.[0]
  if (!code && inner) return words(inner)
  return (code && meaning[code]) || message || code || String(error)
}

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '')
