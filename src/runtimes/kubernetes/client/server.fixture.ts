/** A small HTTP(S) server in the place of an API server, for what can only be seen on a wire. */
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttps, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface Received {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
  /** Common name of the client's certificate. */
  client: string | undefined
}

export interface TestServer extends AsyncDisposable {
  url: string
  port: number
  received: Received[]
  /** Connections made so far. */
  connections(): number
  /** Breaks all connections that are open. */
  cut(): void
}

export type Handler = (request: Received, response: ServerResponse) => void

export async function testServer(handler: Handler, tls?: ServerOptions): Promise<TestServer> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      const client = tls ? (request.socket as TLSSocket).getPeerCertificate().subject?.CN : undefined
      const { method = '', url = '', headers } = request
      const one = { method, url, headers, body, client: client === undefined ? undefined : String(client) }
      received.push(one)
      handler(one, response)
    })
  }
  const server = tls ? createHttps(tls, listener) : createHttp(listener)
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    received,
    connections: () => connections,
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

export const refuse = (
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  headers?: Record<string, string>,
): void => {
  answer(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message }, headers)
}
