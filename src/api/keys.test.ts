/** Keys are listed by their IDs and revoked at once; whoever may read the server's key file goes on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startApi } from '../../tests/support/api.ts'
import { hashKey } from '../auth/keys.ts'

const idOf = (key: string) => hashKey(key).slice(0, 16).toUpperCase()
const ME = '/api/org/v1/me'

test('a revoked key is refused from the next request on, and its file holds another one', async () => {
  const api = await startApi()
  const { body: me } = await api.call('GET', ME)
  const keys = `/api/org/v1/service-accounts/${me.serviceAccount.id}/keys`
  const { body } = await api.call('GET', keys)
  expect(body.items).toEqual([{ id: idOf(api.adminKey), createdAt: expect.any(String) }])
  expect((await api.call('DELETE', `${keys}/${idOf(api.adminKey)}`)).status).toBe(204)
  expect((await api.call('GET', ME)).status).toBe(401)
  const key = readFileSync(join(api.dataDir, 'admin.key'), 'utf8').trim()
  expect((await api.call('GET', ME, { key })).body).toEqual(me)
  expect((await api.call('DELETE', `${keys}/${idOf(api.adminKey)}`, { key })).status).toBe(404)
  expect((await api.call('GET', keys, { key })).body.items).toMatchObject([{ id: idOf(key) }])
})

test('root keys are for those who have one, and others for their service account', async () => {
  const { call, rootKey, adminKey } = await startApi()
  const id = (await call('GET', ME)).body.serviceAccount.id
  expect((await call('GET', '/api/admin/v1/keys')).status).toBe(403)
  expect((await call('GET', `/api/org/v1/service-accounts/${id}/keys`, { key: rootKey })).status).toBe(403)
  expect((await call('GET', '/api/org/v1/service-accounts/OTHER/keys')).status).toBe(404)
  expect((await call('GET', '/api/admin/v1/keys', { key: rootKey })).body.items).toMatchObject([{ id: idOf(rootKey) }])
  expect((await call('DELETE', `/api/admin/v1/keys/${idOf(adminKey)}`, { key: rootKey })).status).toBe(404)
  expect((await call('DELETE', `/api/admin/v1/keys/${idOf(rootKey)}`, { key: rootKey })).status).toBe(204)
  expect((await call('GET', ME, { key: rootKey })).status).toBe(401)
})
