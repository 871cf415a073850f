/** The server against callers on real connections who send more than they fetch, or nothing at all. */
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { startApi, type TestApi } from '../../tests/support/api.ts'
import type { ConnectionLimits } from './connections.ts'

interface Listening extends TestApi {
  port: number
  /** How many requests came through to the API. */
  asked: () => number
  /** The server's ends of connections. */
  ends: Socket[]
}

async function listening(connections: Partial<ConnectionLimits> = {}, log?: string[]): Promise<Listening> {
  const api = await startApi({
    connections,
    ...(log && { logger: pino({ level: 'info' }, { write: (line: string) => void log.push(line) }) }),
  })
  let count = 0
  const ends: Socket[] = []
  api.app.addHook('onRequest', async () => {
    count += 1
  })
  api.app.server.on('connection', (socket) => ends.push(socket))
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  return { ...api, port: (api.app.server.address() as AddressInfo).port, asked: () => count, ends }
}

interface Caller {
  socket: Socket
  /** All that came, when the connection is over. */
  said: Promise<string>
}

function caller(port: number): Caller {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  const said = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
  })
  return { socket, said }
}

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n')

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate()
}

const SCRIPT = '/docs/js/scalar.js'
const MEGABYTE = 1024 ** 2

test('a caller who asks for the documentation a thousand times and fetches nothing costs a few buffers, not a gigabyte', async () => {
  const { app, port, asked } = await listening()
  const { rawPayload } = await app.inject(SCRIPT)
  expect(rawPayload.length).toBeGreaterThan(4 * MEGABYTE)
  const [before, asks] = [process.memoryUsage().arrayBuffers, asked()]
  const { socket } = caller(port)
  socket.pause().write(get(SCRIPT).repeat(1_000))
  await until(() => asked() - asks >= 10)
  await app.inject('/api')
  // The eleventh is refused; nothing behind it comes through, whatever else was sent.
  expect(asked() - asks).toBe(10 + 1)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * MEGABYTE)
})

test('requests that are sent ahead are answered in their order up to the limit, and the next one learns of it', async () => {
  const log: string[] = []
  const { port } = await listening({ unanswered: 3 }, log)
  const { socket, said } = caller(port)
  socket.write(get('/healthy') + get('/api') + get('/healthy') + get('/api') + get('/api'))
  const statuses = [...(await said).matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status)
  expect(statuses).toEqual(['404', '200', '404', '429'])
  expect(await said).toContain('"code":"TOO_MANY_UNANSWERED"')
  const [, requestId] = /TOO_MANY_UNANSWERED.*"requestId":"([^"]+)"/.exec(await said) ?? []
  expect(log.filter((line) => line.includes(requestId ?? 'none'))).toEqual([expect.stringContaining('"status":429')])
})

test('a connection is good for any number of requests whose answers are fetched', async () => {
  const { port, asked } = await listening({ unanswered: 2 })
  const { socket } = caller(port)
  for (let number = 0; number < 20; number++) {
    const answered = new Promise((resolve) => {
      socket.once('data', resolve)
    })
    socket.write(get('/api'))
    await answered
  }
  expect(asked()).toBe(20)
})

test('who does not fetch what was asked for is cut off; who fetches it gets all of it', async () => {
  const { app, port, ends } = await listening({ stretchMs: 200, leastBytes: 30_000 })
  const size = (await app.inject(SCRIPT)).rawPayload.length
  const idle = caller(port)
  idle.socket.pause().write(get(SCRIPT).repeat(5))
  await until(() => ends.length === 1)
  await new Promise((resolve) => {
    ends[0]?.once('close', resolve)
  })
  const honest = caller(port)
  honest.socket.write(get(SCRIPT, 'Connection: close'))
  expect((await honest.said).length).toBeGreaterThan(size)
})

test('where more waits than the server is ready to keep, those are cut off who let most wait', async () => {
  const { app, port, ends } = await listening({ unreadBytes: 25 * MEGABYTE, stretchMs: 1_000_000 })
  await app.inject(SCRIPT)
  for (const count of [1, 9]) caller(port).socket.pause().write(get(SCRIPT).repeat(count))
  await until(() => ends.some(({ destroyed }) => destroyed))
  expect(ends.map(({ destroyed }) => destroyed)).toEqual([false, true])
})

test('a connection on which nothing is sent, or a header a minute, is closed', async () => {
  const { port } = await listening({ headersMs: 200 })
  const [silent, slow] = [caller(port), caller(port)]
  slow.socket.write('GET /api HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  expect(await slow.said).toMatch(/^HTTP\/1\.1 408 /)
  await silent.said
})

test('connections beyond the limit make those close on which nothing is asked', async () => {
  const { port, ends } = await listening({ connections: 2 })
  const first = caller(port)
  first.socket.write(get('/api'))
  await new Promise((resolve) => {
    first.socket.once('data', resolve)
  })
  const second = caller(port)
  second.socket.write(get('/api'))
  await new Promise((resolve) => {
    second.socket.once('data', resolve)
  })
  const third = caller(port)
  await third.said
  await first.said
  await second.said
  expect(ends).toHaveLength(2)
  const fourth = caller(port)
  fourth.socket.write(get('/api', 'Connection: close'))
  expect(await fourth.said).toMatch(/^HTTP\/1\.1 200 /)
})
