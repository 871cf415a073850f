import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/cli.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

test('a key is revoked while the server runs: who has it is shut out, commands on this machine go on', async () => {
  const file = join(server.dataDir, 'admin.key')
  const leaked = readFileSync(file, 'utf8').trim()
  const [id] = (await server.weir(['key', 'list'])).out.split('\t')
  expect(await server.weir(['key', 'revoke', id ?? ''])).toMatchObject({ code: 2, out: '' })
  expect(await server.weir(['key', 'revoke', id ?? '', '--yes'], { tty: true })).toMatchObject({
    code: 0,
    out: `key ${id} is revoked\n`,
  })
  const withIt = await server.weir(['session', 'list', '--url', server.url], { env: { WEIR_TOKEN: leaked } })
  expect(withIt.code).toBe(4)
  expect(readFileSync(file, 'utf8').trim()).not.toBe(leaked)
  expect((await server.weir(['session', 'list'])).code).toBe(0)
  expect((await server.weir(['key', 'list'])).out).toMatch(/^[0-9A-F]{16}\t.*\tyours\n$/)
  expect((await server.weir(['key', 'revoke', id ?? '', '--yes'])).code).toBe(3)
})

test('root keys by the root key of the data folder', async () => {
  const [id] = (await server.weir(['key', 'list', '--root'])).out.split('\t')
  expect((await server.weir(['key', 'revoke', id ?? '', '--root', '--yes'])).code).toBe(0)
  const { out } = await server.weir(['key', 'list', '--root'])
  expect(out).toContain('yours')
  expect(out).not.toContain(id)
})
