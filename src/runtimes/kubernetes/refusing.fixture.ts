/**
 * A proxy before a real API server that answers one request in its place, or loses its answer: what webhooks, fair
 * queueing, other writers and networks do to whoever speaks to it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request as send } from 'undici'

import { connect, type KubeConnection } from './client/connection.ts'

export interface Refusal {
  /** Of HTTP; undefined: the connection breaks. */
  status?: number
  reason?: string
  message: string
  retryAfter?: number
  /** Only what writes can meet it. */
  writes?: boolean
  /** The request is carried out all the same. */
  late?: boolean
}

export interface RefusingProxy extends AsyncDisposable {
  connection: KubeConnection
  /** Requests so far that could have been refused so. */
  count(): number
  /** The one that was: `PATCH /apis/...`. */
  refused(): string | undefined
}

/** The request number `at` is refused; 0: none is. */
export async function refusingProxy(to: KubeConnection, refusal: Refusal, at: number): Promise<RefusingProxy> {
  let count = 0
  let refused: string | undefined
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request
    if (!refusal.writes || method !== 'GET') count += 1
    const isIt = count === at && refused === undefined
    if (isIt) refused = `${method} ${url}`
    void (isIt ? refuse(to, refusal, request, response) : pass(to, request, response)).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  // What comes through here gets the real credentials on the way on.
  const connection = connect({ cluster: { server: address }, auth: { bearerToken: { token: 'of-the-proxy' } } })
  return {
    connection,
    count: () => count,
    refused: () => refused,
    async [Symbol.asyncDispose]() {
      await connection.close()
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

async function refuse(
  to: KubeConnection,
  { status, reason, message, retryAfter, late }: Refusal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A watch has no end that could be waited for.
  if (late && !/[?&]watch=true/.test(request.url ?? '')) await (await onward(to, request)).body.dump()
  if (status === undefined) {
    response.destroy()
    return
  }
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  })
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message }))
}

async function pass(to: KubeConnection, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { statusCode, headers, body } = await onward(to, request)
  response.writeHead(statusCode, headers)
  response.flushHeaders()
  response.on('close', () => body.destroy())
  body.on('error', () => response.destroy())
  body.pipe(response)
}

async function onward(to: KubeConnection, request: IncomingMessage) {
  const { host: _, authorization: __, connection: ___, ...headers } = request.headers
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return send(`${to.server}${request.url ?? '/'}`, {
    method: (request.method ?? 'GET') as 'GET',
    dispatcher: to.dispatcher,
    headers: headers as Record<string, string>,
    ...(parts.length > 0 && { body: Buffer.concat(parts) }),
  })
}
