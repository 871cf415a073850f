/** The server on SQLite while another process has its database locked. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import SqliteFile from 'better-sqlite3'
import { expect, onTestFinished, test, vi } from 'vitest'
import { SESSION_BODY } from '../../tests/support/api.ts'
import { readConfig } from './config.ts'
import { serve } from './serve.ts'

async function started() {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-locked-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const flags = { 'data-dir': dataDir, listen: '127.0.0.1:0', runtime: 'fake', 'log-level': 'silent' }
  const server = await serve(readConfig(flags, {}), {})
  onTestFinished(() => server.close({ stopClusters: false }))
  const headers = {
    authorization: `Bearer ${readFileSync(server.keyFile, 'utf8').trim()}`,
    'content-type': 'application/json',
  }
  const get = (path: string) => fetch(`${server.url}${path}`, { headers })
  const { items } = (await (await get('/api/org/v1/workspaces')).json()) as { items: { id: string }[] }
  const sessions = `/api/flink/v1/workspaces/${items[0]?.id}/sessions`
  const create = (name: string) =>
    fetch(`${server.url}${sessions}`, { method: 'POST', headers, body: JSON.stringify({ ...SESSION_BODY, name }) })
  return { dataDir, get, sessions, create }
}

function lock(dataDir: string): () => void {
  const other = new SqliteFile(join(dataDir, 'weir.db'), { timeout: 1000 })
  other.exec('begin exclusive')
  return () => {
    other.exec('rollback')
    other.close()
  }
}

test('a database that another process has locked holds up writing only, and not the event loop', async () => {
  const { dataDir, get, sessions, create } = await started()
  expect((await create('before')).status).toBe(201)
  const unlock = lock(dataDir)
  const before = performance.eventLoopUtilization()
  const refused = await Promise.all([create('a'), create('b'), create('c')])
  const { utilization } = performance.eventLoopUtilization(before)
  expect(utilization).toBeLessThan(0.7)
  for (const answer of refused) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await answer.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' })
  }
  expect((await get('/healthz')).status).toBe(200)
  expect(await (await get(sessions)).json()).toMatchObject({ items: [{ name: 'before' }] })
  const ready = await get('/readyz')
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('another process has locked')])
  unlock()
  await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200), { timeout: 20_000, interval: 50 })
  expect((await create('a')).status).toBe(201)
  const metrics = await (await get('/metrics')).text()
  expect(metrics).toMatch(/^weir_reconcile_paused 0$/m)
})

test('a lock that lasts a moment costs that moment only', async () => {
  const { dataDir, get, create } = await started()
  const unlock = lock(dataDir)
  const created = create('a')
  await vi.waitFor(async () => expect(await (await get('/readyz')).text()).toContain('locked'), { timeout: 10_000 })
  unlock()
  expect((await created).status).toBe(201)
})
