import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { startApi } from '../../tests/support/api.ts'

afterEach(() => {
  vi.useRealTimers()
})

interface Connected {
  socket: Socket
  /** All that came back, once the connection is closed. */
  answer: Promise<string>
  /** The server has the request; it has answered. */
  arrived: Promise<unknown>
  responded: Promise<unknown>
}

/** A connection to the API that has sent `text`. */
async function connected(text: (base: string, key: string) => string): Promise<Connected> {
  const { app, base, adminKey } = await startApi()
  const responded = new Promise<void>((resolve) => {
    app.addHook('onResponse', async () => resolve())
  })
  const arrived = new Promise((resolve) => {
    app.server.once('request', resolve)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => {
    socket.destroy()
  })
  let said = ''
  socket
    .on('data', (chunk) => {
      said += String(chunk)
    })
    .on('error', () => {})
  const answer = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(said))
  })
  socket.write(text(base, adminKey))
  return { socket, answer, arrived, responded }
}

const head = (key: string, lines: string[]): string =>
  [...lines, 'host: localhost', `authorization: Bearer ${key}`, 'content-type: application/json', '', ''].join('\r\n')

test('a body that does not come within a minute is answered 408, and the connection closed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { answer, arrived } = await connected(
    (base, key) => `${head(key, [`POST ${base}/sessions HTTP/1.1`, 'content-length: 100'])}{`,
  )
  await arrived
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await answer).toMatch(/^HTTP\/1.1 408 .*REQUEST_TIMEOUT/s)
})

test('what is still sent after the answer is thrown away for a while, and then the connection is cut', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { answer, responded } = await connected(
    (base) => `${head('unknown', [`POST ${base}/sessions HTTP/1.1`, 'content-length: 100'])}{`,
  )
  await responded
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await answer).toMatch(/^HTTP\/1.1 401 /)
})

test('a caller who asks before it sends is told to go on, also with JSON', async () => {
  const { answer, socket } = await connected((base, key) =>
    head(key, [`POST ${base}/sessions HTTP/1.1`, 'content-length: 2', 'expect: 100-continue', 'connection: close']),
  )
  const first = await new Promise((resolve) => {
    socket.once('data', (chunk) => resolve(String(chunk)))
  })
  expect(first).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('{}')
  expect(await answer).toMatch(/HTTP\/1.1 400 .*INVALID_REQUEST/s)
})
