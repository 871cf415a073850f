/**
 * Proxies for tests, of HTTP (CONNECT) and of SOCKS 5, which lead where the test says instead of where they are asked
 * to.
 */

import { createServer as createHttp } from 'node:http'
import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from 'node:net'
import { defined } from '../../../domain/defined.ts'

export interface TestProxy extends AsyncDisposable {
  port: number
  /** What clients asked for. */
  received: { target: string; authorization?: string }[]
}

/** Target -> local port; others are refused with 403. */
export async function testProxy(targets: Record<string, number>): Promise<TestProxy> {
  const received: TestProxy['received'] = []
  const server = createHttp()
  server.on('connect', (request, socket: Socket) => {
    const target = request.url ?? ''
    const authorization = request.headers['proxy-authorization']
    received.push({ target, ...defined({ authorization }) })
    const port = targets[target]
    if (port === undefined) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    else joined(socket, port, 'HTTP/1.1 200 OK\r\n\r\n')
  })
  return listening(server, received)
}

export async function testSocks(port: number): Promise<TestProxy> {
  const received: TestProxy['received'] = []
  const server = createTcp((socket) => {
    // Version 5, no authentication; then the wish: a name's length, the name, a port.
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]))
      socket.once('data', (wish) => {
        const end = 5 + (wish[4] ?? 0)
        received.push({ target: `${wish.subarray(5, end)}:${wish.readUInt16BE(end)}` })
        joined(socket, port, Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]))
      })
    })
  })
  return listening(server, received)
}

function joined(socket: Socket, port: number, greeting: string | Buffer): void {
  const upstream = connect(port, '127.0.0.1', () => {
    socket.write(greeting)
    socket.pipe(upstream).pipe(socket)
  })
  for (const [one, other] of [
    [socket, upstream],
    [upstream, socket],
  ] as const)
    one.on('error', () => {}).on('close', () => other.destroy())
}

async function listening(server: Server, received: TestProxy['received']): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
