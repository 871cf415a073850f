import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { JOB_BODY, SESSION_BODY, startApi } from '../../../tests/support/api.ts'
import { createWeirClient } from './client.ts'
import type { FlinkSessionSpec } from './generated/types.gen.ts'

const sessionBody = SESSION_BODY as unknown as FlinkSessionSpec

async function startClient() {
  const { app, ws, adminKey } = await startApi()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { weir: createWeirClient({ url: `${url}/`, token: adminKey }), ws, url }
}

test('a session and a job are created, listed, described, renamed and deleted', async () => {
  const { weir, ws } = await startClient()
  const created = await weir.createFlinkSession({
    path: { ws },
    body: sessionBody,
    headers: { 'idempotency-key': 'k' },
  })
  if (!created.ok) throw new Error(created.error.message)
  expect([created.status, created.headers.get('etag')]).toEqual([201, '"1"'])
  const path = { ws, session: created.data.id }
  const job = await weir.createFlinkSessionJob({ path, body: JOB_BODY as never })
  if (!job.ok) throw new Error(job.error.message)
  const jobs = await weir.listFlinkSessionJobs({ path, query: { limit: 1 } })
  expect(jobs.ok && jobs.data.items.map(({ name }) => name)).toEqual([JOB_BODY.name])
  const renamed = await weir.updateFlinkSession({ path, body: { name: 'new' }, headers: { 'if-match': '"1"' } })
  expect(renamed.ok && renamed.data.revision).toBe(2)
  const deleted = await weir.deleteFlinkSession({ path, query: { cascade: true, force: true } })
  expect(deleted).toMatchObject({ ok: true, status: 204, data: undefined })
})

test('what the server refuses is an answer, not an exception', async () => {
  const { weir, ws, url } = await startClient()
  const refused = await weir.createFlinkSession({ path: { ws }, body: { ...sessionBody, runtime: 'FLINK_0' as never } })
  expect(refused).toEqual({
    ok: false,
    error: {
      status: 400,
      code: 'INVALID_REQUEST',
      message: expect.any(String),
      requestId: expect.any(String),
      details: [expect.objectContaining({ path: '/runtime' })],
    },
  })
  const stranger = createWeirClient({ url, token: 'nobody' })
  expect(await stranger.getCurrentIdentity({})).toMatchObject({
    ok: false,
    error: { status: 401, code: 'UNAUTHENTICATED' },
  })
})

test('a server that is not there, or is no Weir, is an answer, too', async () => {
  const other = createServer((_request, response) =>
    response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
  )
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void other.close())
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  const ask = (address: string) => createWeirClient({ url: address, token: 'x' }).getCurrentIdentity({})
  expect(await ask(url)).toMatchObject({ ok: false, error: { status: 502, code: 'UNREADABLE' } })
  other.closeAllConnections()
  await new Promise((closed) => other.close(closed))
  expect(await ask(url)).toMatchObject({
    ok: false,
    error: { status: 0, code: 'UNREACHABLE', message: expect.stringContaining(url) },
  })
  expect(await ask('no address')).toMatchObject({ ok: false, error: { status: 0 } })
})

test('a program that makes no call loads nothing but this one module', () => {
  const program = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context) } })
    const { createWeirClient } = await import(${JSON.stringify(new URL('./client.ts', import.meta.url).href)})
    createWeirClient({ url: 'http://127.0.0.1:1', token: 'x' })
    console.log(JSON.stringify(loaded.map((url) => url.split('/').at(-1))))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(JSON.parse(output)).toEqual(['client.ts'])
})
