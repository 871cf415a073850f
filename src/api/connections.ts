/**
 * What one connection, and all of them together, may hold of this server, whoever is at the other end. Node reads every
 * request that a caller sends ahead, has all of them answered, and keeps what the caller does not fetch.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify'
import { newUuid } from '../domain/ids.ts'
import { ApiError, ERRORS } from './errors.ts'

export interface ConnectionLimits {
  /** At once; beyond it those make room on which nothing is asked. */
  connections: number
  /** Requests on one connection that are not answered yet, or whose answers were not fetched. */
  unanswered: number
  /** In every stretch of this length... */
  stretchMs: number
  /** ... a caller fetches so much of what waits for him, or he is taken for gone. */
  leastBytes: number
  /** Waiting to be fetched, on all connections together; beyond it those are cut that let most wait. */
  unreadBytes: number
  /** From the first byte of a request, or the connection's begin, to the end of its headers. */
  headersMs: number
  /** A connection without requests is closed after that. */
  idleMs: number
  /** All headers of a request together. */
  headerBytes: number
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  connections: 4_096,
  unanswered: 10,
  stretchMs: 30_000,
  leastBytes: 30 * 1024,
  unreadBytes: 256 * 1024 ** 2,
  headersMs: 20_000,
  idleMs: 72_000,
  headerBytes: 16 * 1024,
}

/** How often it is checked what waits to be fetched. */
const CHECK_MS = 1_000

/** For Fastify, which makes a server for each address that it listens on. */
export const boundedServers =
  (limits: ConnectionLimits, log?: Log): NonNullable<FastifyServerOptions['serverFactory']> =>
  (answer, { http }) =>
    boundedServer(answer as RequestListener, { ...limits, log }, http as ServerOptions | undefined)

type Log = Pick<FastifyBaseLogger, 'info'>
type Bounds = ConnectionLimits & { log: Log | undefined }

function boundedServer(answer: RequestListener, limits: Bounds, others: ServerOptions = {}): Server {
  const options = {
    ...others,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    keepAliveTimeout: limits.idleMs,
    // How long a body may take differs from route to route.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
  }
  const open = new Map<Socket, Connection>()
  const server = createServer(options, (request, response) => {
    if (admit(open.get(request.socket), response, limits)) answer(request, response)
  })
  server.maxConnections = limits.connections
  server.on('drop', () => server.closeIdleConnections())
  server.on('connection', (socket) => {
    open.set(socket, { socket, waiting: new Set(), isFull: false, fetched: 0, since: performance.now() })
    socket.once('close', () => open.delete(socket))
  })
  const timer = setInterval(() => cutIdlers([...open.values()], limits), Math.min(CHECK_MS, limits.stretchMs)).unref()
  server.once('close', () => clearInterval(timer))
  return server
}

interface Connection {
  socket: Socket
  waiting: Set<ServerResponse>
  /** It has been told that it asked for too much, and nothing else is answered on it. */
  isFull: boolean
  /** How much had been taken when the current stretch began. */
  fetched: number
  since: number
}

/** Whether that request is to be answered. */
function admit(connection: Connection | undefined, response: ServerResponse, { unanswered, log }: Bounds): boolean {
  if (!connection) return true
  const { waiting } = connection
  if (connection.isFull) return false
  waiting.add(response)
  response.once('close', () => waiting.delete(response))
  if (waiting.size <= unanswered) return true
  // Those before it are answered first; then the connection ends, and whatever was sent behind it with it.
  connection.isFull = true
  refuse(response, unanswered, log)
  return false
}

function refuse(response: ServerResponse<IncomingMessage>, unanswered: number, log: Log | undefined): void {
  const { code, message, details } = new ApiError(
    'TOO_MANY_UNANSWERED',
    `More than ${unanswered} requests were sent on one connection before their answers were fetched.`,
  )
  const requestId = newUuid()
  const from = response.socket?.remoteAddress
  log?.info({ reqId: requestId, status: ERRORS[code].status, code, from }, 'request that came too soon')
  response.writeHead(ERRORS[code].status, {
    'Content-Type': 'application/json; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': requestId,
    'Retry-After': '1',
    Connection: 'close',
  })
  response.end(JSON.stringify({ message, code, details, requestId }))
}

/** Ends connections whose other side does not fetch what it asked for. */
function cutIdlers(connections: readonly Connection[], { stretchMs, leastBytes, unreadBytes }: ConnectionLimits): void {
  const now = performance.now()
  for (const connection of connections) {
    const { socket, fetched, since } = connection
    const taken = fetchedBytes(socket)
    if (unread(connection) > 0 && now - since < stretchMs) continue
    if (unread(connection) > 0 && taken - fetched < leastBytes) socket.destroy()
    Object.assign(connection, { fetched: taken, since: now })
  }
  const waiting = connections.filter(({ socket }) => !socket.destroyed).map((each) => [unread(each), each] as const)
  let sum = waiting.reduce((total, [bytes]) => total + bytes, 0)
  for (const [bytes, { socket }] of waiting.sort((a, b) => b[0] - a[0])) {
    if (sum <= unreadBytes) return
    socket.destroy()
    sum -= bytes
  }
}

/** What was made for that connection and not been taken from this process. */
function unread({ socket, waiting }: Connection): number {
  const queued = [...waiting].filter((response) => response.socket === null).map((response) => response.writableLength)
  return queued.reduce((sum, bytes) => sum + bytes, inSocket(socket))
}

interface WithHandle {
  _handle?: { bytesWritten: number; writeQueueSize: number } | null
}

/**
 * Node's own timeout of sockets reads the same two figures of its handles: `writableLength` stays what it is until a
 * write is over, and an answer is one write.
 */
const handleOf = (socket: Socket) => (socket as WithHandle)._handle ?? undefined

const inSocket = (socket: Socket): number => Math.max(socket.writableLength, handleOf(socket)?.writeQueueSize ?? 0)

function fetchedBytes(socket: Socket): number {
  const handle = handleOf(socket)
  return handle ? handle.bytesWritten - handle.writeQueueSize : socket.bytesWritten
}
