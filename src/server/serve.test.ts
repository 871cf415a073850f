/** The whole server in this process, on the fake runtime: what it promises to whoever starts and watches it. */

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from './config.ts'
import { type RunningServer, serve } from './serve.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-serve-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(dataDir: string, listen = '127.0.0.1:0'): Promise<RunningServer> {
  const server = await serve(
    readConfig({ 'data-dir': dataDir, listen, runtime: 'fake', 'log-level': 'silent' }, {}),
    {},
  )
  onTestFinished(() => server.close({ stopClusters: false }))
  return server
}

const keyOf = (server: RunningServer): string => readFileSync(server.keyFile, 'utf8').split('\n')[0] ?? ''

test('health and readiness answer without a key, metrics only with one', async () => {
  const server = await start(newFolder())
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect((await fetch(`${server.url}/metrics`)).status).toBe(401)
  const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${keyOf(server)}` } })
  expect(metrics.status).toBe(200)
  expect(await metrics.text()).toMatch(/^weir_reconcile_cycles [^]*^weir_file_cache_misses 0$/m)
})

test('the ready file says where, who and with which key, and only its owner can read key and file', async () => {
  const dataDir = newFolder()
  const server = await start(dataDir)
  const readyFile = join(dataDir, 'server.json')
  expect(JSON.parse(readFileSync(readyFile, 'utf8'))).toEqual({
    url: server.url,
    pid: process.pid,
    keyFile: join(dataDir, 'admin.key'),
  })
  expect(statSync(readyFile).mode & 0o077).toBe(0)
  expect(statSync(server.keyFile).mode & 0o077).toBe(0)
})

test('a second server on the same data folder is refused by a message that names the folder', async () => {
  const dataDir = newFolder()
  await start(dataDir)
  await expect(
    serve(readConfig({ 'data-dir': dataDir, listen: '127.0.0.1:0', runtime: 'fake', 'log-level': 'silent' }, {}), {}),
  ).rejects.toThrow(dataDir)
})

test('a start that fails because its port is taken leaves the data folder free for the next one', async () => {
  const first = await start(newFolder())
  const dataDir = newFolder()
  const { port } = new URL(first.url)
  await expect(start(dataDir, `127.0.0.1:${port}`)).rejects.toThrow('EADDRINUSE')
  const second = await start(dataDir)
  expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
})

test('a stopped server takes its ready file away, and its key stays good for the next one', async () => {
  const dataDir = newFolder()
  const first = await start(dataDir)
  const key = keyOf(first)
  await first.close({ stopClusters: false })
  expect(existsSync(join(dataDir, 'server.json'))).toBe(false)
  const second = await start(dataDir)
  const me = await fetch(`${second.url}/api/org/v1/me`, { headers: { authorization: `Bearer ${key}` } })
  expect(me.status).toBe(200)
})

/** The status of an answer to a request for that path, sent to that host. */
const statusFor = (server: RunningServer, path: string, host: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(server.url + path, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
    sent.once('error', reject).end()
  })

test('names that the server was not started with are refused, but probes may use any', async () => {
  const folder = newFolder()
  const flags = { 'data-dir': folder, listen: 'localhost:0', runtime: 'fake', 'log-level': 'silent' }
  const server = await serve(readConfig({ ...flags, 'allowed-host': ['weir.example'] }, {}), {})
  onTestFinished(() => server.close({ stopClusters: false }))
  const port = new URL(server.url).port
  expect(await statusFor(server, '/docs/', `evil.example:${port}`)).toBe(421)
  expect(await statusFor(server, '/metrics', 'evil.example')).toBe(421)
  for (const host of ['weir.example', `localhost:${port}`, '10.0.0.7:8080'])
    expect(await statusFor(server, '/api', host)).toBe(200)
  for (const path of ['/healthz', '/readyz']) expect(await statusFor(server, path, 'evil.example')).toBe(200)
})
