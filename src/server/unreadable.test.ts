/** The whole server on the fake runtime, and a row of its store that somebody's disk has damaged. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test, vi } from 'vitest'
import { JOB_BODY, SESSION_BODY } from '../../tests/support/api.ts'
import { readConfig } from './config.ts'
import { serve } from './serve.ts'

async function started() {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-unreadable-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const flags = { 'data-dir': dataDir, listen: '127.0.0.1:0', runtime: 'fake', 'log-level': 'silent' }
  const server = await serve(readConfig(flags, {}), {})
  onTestFinished(() => server.close({ stopClusters: false }))
  const authorization = `Bearer ${readFileSync(server.keyFile, 'utf8').trim()}`
  const call = async (method: string, path: string, body?: object) => {
    const sent = body && { body: JSON.stringify(body), headers: { authorization, 'content-type': 'application/json' } }
    const answer = await fetch(server.url + path, { method, headers: { authorization }, ...sent })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.startsWith('application/json')
    return { status: answer.status, body: isJson ? JSON.parse(text) : text }
  }
  const { items } = (await call('GET', '/api/org/v1/workspaces')).body
  const base = `/api/flink/v1/workspaces/${items[0].id}/sessions`
  const made = async (name: string): Promise<string> => (await call('POST', base, { ...SESSION_BODY, name })).body.id
  const stateOf = async (path: string): Promise<string> => (await call('GET', path)).body.state
  const damage = (id: string): void => {
    const database = new Database(join(dataDir, 'weir.db'))
    database.prepare("update resources set spec = '{' where id = ?").run(id)
    database.close()
  }
  return { call, base, made, stateOf, damage }
}

const WAIT = { timeout: 20_000, interval: 50 }

test('a damaged session is told in its list and by its ID, all else goes on, and force removes it', async () => {
  const { call, base, made, stateOf, damage } = await started()
  const [bad, good] = [await made('bad'), await made('good')]
  await vi.waitFor(async () => expect(await stateOf(`${base}/${bad}`)).toBe('RUNNING'), WAIT)
  damage(bad)

  const list = (await call('GET', base)).body
  expect(list.items).toMatchObject([{ id: good }])
  expect(list.unreadable).toEqual([{ id: bad, name: 'bad', message: expect.stringContaining(`the session ${bad}`) }])
  const answer = await call('GET', `${base}/${bad}`)
  expect([answer.status, answer.body.code]).toEqual([500, 'RECORD_UNREADABLE'])
  expect(answer.body.message).toContain(bad)
  expect((await call('PATCH', `${base}/${bad}`, { name: 'new' })).body.code).toBe('RECORD_UNREADABLE')
  expect((await call('POST', `${base}/${bad}/jobs`, JOB_BODY)).body.code).toBe('RECORD_UNREADABLE')
  expect((await call('GET', '/metrics')).body).toMatch(/^weir_store_unreadable_records 1$/m)
  await vi.waitFor(async () => expect(await stateOf(`${base}/${good}`)).toBe('RUNNING'), WAIT)

  expect((await call('DELETE', `${base}/${bad}`)).body.code).toBe('RECORD_UNREADABLE')
  expect((await call('DELETE', `${base}/${bad}?force=true`)).status).toBe(204)
  await vi.waitFor(async () => expect((await call('GET', `${base}/${bad}`)).status).toBe(404), WAIT)
  expect(await call('GET', base)).toMatchObject({ body: { items: [{ id: good }] } })
  expect((await call('GET', '/metrics')).body).toMatch(/^weir_store_unreadable_records 0$/m)
})

test('a damaged job goes by force, and leaves its session as it was', async () => {
  const { call, base, made, stateOf, damage } = await started()
  const session = `${base}/${await made('holder')}`
  const { id } = (
    await call('POST', `${session}/jobs`, { ...JOB_BODY, job: { args: [], entryClass: 'com.example.Pretended' } })
  ).body
  await vi.waitFor(async () => expect(await stateOf(`${session}/jobs/${id}`)).toBe('RUNNING'), WAIT)
  damage(id)
  expect((await call('GET', `${session}/jobs`)).body).toMatchObject({ items: [], unreadable: [{ id }] })
  expect((await call('DELETE', session)).body).toMatchObject({
    code: 'SESSION_HAS_JOBS',
    message: expect.stringContaining(id),
  })
  expect((await call('DELETE', `${session}/jobs/${id}?force=true`)).status).toBe(204)
  await vi.waitFor(async () => expect((await call('GET', `${session}/jobs/${id}`)).status).toBe(404), WAIT)
  expect(await stateOf(session)).toBe('RUNNING')
})

test('nobody learns of a damaged record where it is not', async () => {
  const { call, base, made, damage } = await started()
  const [bad, good] = [await made('bad'), await made('good')]
  damage(bad)
  expect((await call('GET', `${base}/${good}/jobs/${bad}`)).status).toBe(404)
  const other = (await call('POST', '/api/org/v1/workspaces', { name: 'other' })).body.id
  expect((await call('GET', `/api/flink/v1/workspaces/${other}/sessions/${bad}`)).status).toBe(404)
})
