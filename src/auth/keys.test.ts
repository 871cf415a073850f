import { expect, test } from 'vitest'
import type { Identity } from './identity.ts'
import { describeIdentity, identify } from './identity.ts'
import { hashKey, isKey, newKey } from './keys.ts'
import { authorize, PERMISSIONS } from './permissions.ts'

const account = { id: 'SA1', organization: 'ORG', username: 'admin', description: '', createdAt: '', updatedAt: '' }
const admin: Identity = { kind: 'service-account', account }

test('keys have one form, use the whole alphabet and never repeat', () => {
  const keys = Array.from({ length: 500 }, newKey)
  expect(keys.every(isKey)).toBe(true)
  expect(new Set(keys).size).toBe(500)
  expect(new Set(keys.map((key) => key.slice(5)).join('')).size).toBe(62)
})

test('a key is stored as its SHA-256', () => {
  expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('whoever holds a known key is identified, and nobody else', async () => {
  const key = newKey()
  const asked: string[] = []
  const directory = {
    principal: async (hash: string) => {
      asked.push(hash)
      return hash === hashKey(key) ? admin : undefined
    },
  }
  expect(await identify(directory, `Bearer ${key}`)).toEqual({ identity: admin })
  expect(await identify(directory, ` bearer   ${key} `)).toEqual({ identity: admin })
  for (const header of [undefined, '', '  ']) expect(await identify(directory, header)).toEqual({ reason: 'missing' })
  for (const header of [
    'Bearer',
    key,
    `Basic ${key}`,
    `Bearer ${key}x`,
    `Bearer ${key}, Bearer ${key}`,
    'Bearer x'.repeat(10_000),
  ]) {
    expect(await identify(directory, header)).toEqual({ reason: 'malformed' })
  }
  expect(await identify(directory, `Bearer ${newKey()}`)).toEqual({ reason: 'unknown' })
  // Looked up by hash only: the key itself is seen by nothing behind this point.
  expect(asked.every((hash) => /^[0-9a-f]{64}$/.test(hash))).toBe(true)
})

test('a service account may do everything in its organization, a root key only tell who it is', () => {
  for (const permission of PERMISSIONS) {
    expect(authorize(admin, permission, 'WS')).toBe('ALLOWED')
    expect(authorize({ kind: 'root' }, permission, 'WS')).toBe('FORBIDDEN')
  }
  expect(authorize({ kind: 'root' }, 'Authenticated')).toBe('ALLOWED')
  expect([authorize({ kind: 'root' }, 'Root'), authorize(admin, 'Root')]).toEqual(['ALLOWED', 'FORBIDDEN'])
})

test('identities are described as resources are', () => {
  expect([describeIdentity(admin), describeIdentity({ kind: 'root' })]).toEqual(['service-account:SA1', 'root'])
})
