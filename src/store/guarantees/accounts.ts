/** First start, and who holds which key. */
import { describe, expect, test } from 'vitest'
import { RESOURCE_ID } from '../../domain/ids.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { freshStore } from './test-store.ts'

export const accounts = (under: DatabaseUnderTest) =>
  describe('accounts', () => {
    const testStore = freshStore(under, [])

    test('the first start makes one organization, one workspace and one admin, however often it happens', async () => {
      const starts = await Promise.all(Array.from({ length: 6 }, () => testStore.store.accounts.bootstrap()))
      const [first] = starts
      expect(first).toMatchObject({
        organization: { name: 'default' },
        admin: { username: 'admin', organization: first!.organization.id },
      })
      expect(starts).toEqual(Array(6).fill(first))
      await testStore.reopen()
      expect(await testStore.store.accounts.bootstrap()).toEqual(first)
      const { items, marker } = await testStore.store.workspaces.list({ limit: 10 })
      expect(items).toMatchObject([{ name: 'default', revision: 1, createdAt: '2026-01-01T00:00:00.000Z' }])
      expect(marker).toBeUndefined()
      expect(await testStore.store.workspaces.get(items[0]!.id)).toEqual(items[0])
      expect(await testStore.store.workspaces.get('NONE')).toBeUndefined()
      for (const id of [items[0]!.id, first!.admin.id, first!.organization.id]) expect(id).toMatch(RESOURCE_ID)
    })

    test('a key is known by its hash, and a known one changes nothing', async () => {
      const { admin } = await testStore.store.accounts.bootstrap()
      const { ensureKey, principal } = testStore.store.accounts
      await ensureKey({ hash: 'aa', owner: { kind: 'service-account', id: admin.id } })
      await ensureKey({ hash: 'bb', owner: { kind: 'root' } })
      await ensureKey({ hash: 'aa', owner: { kind: 'root' } })
      expect(await principal('aa')).toEqual({ kind: 'service-account', account: admin })
      expect(await principal('bb')).toEqual({ kind: 'root' })
      expect(await principal('cc')).toBeUndefined()
    })

    test("a revoked key is nobody's, for good, and its ID finds no other", async () => {
      const { admin } = await testStore.store.accounts.bootstrap()
      const owner = { kind: 'service-account', id: admin.id } as const
      const [one, two] = ['1', '2'].map((digit) => digit.repeat(16).padEnd(64, 'f')) as [string, string]
      for (const hash of [one, two]) expect(await testStore.store.accounts.ensureKey({ hash, owner })).toBe(true)
      const { keys, revokeKey } = testStore.store.accounts
      const listed = await keys(owner)
      expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(['1'.repeat(16), '2'.repeat(16)]))
      for (const id of ['%', '1', '', 'f'.repeat(16), '1'.repeat(17), '_'.repeat(16)])
        expect(await revokeKey(owner, id)).toBe(false)
      expect(await revokeKey({ kind: 'root' }, '1'.repeat(16))).toBe(false)
      expect(await revokeKey(owner, '1'.repeat(16))).toBe(true)
      expect(await revokeKey(owner, '1'.repeat(16))).toBe(false)
      await testStore.reopen()
      const { ensureKey, principal, keys: later } = testStore.store.accounts
      expect(await ensureKey({ hash: one, owner })).toBe(false)
      expect(await principal(one)).toBeUndefined()
      expect(await principal(two)).toMatchObject({ kind: 'service-account' })
      expect(await later(owner)).toEqual(listed.filter(({ id }) => id !== '1'.repeat(16)))
    })
  })
