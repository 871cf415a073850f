import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ensureKeyFiles, KeyFileUnusable } from './key-files.ts'
import { hashKey, newKey } from './keys.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-keys-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** As much of a store as keys need, that can fail on its way. */
function newStore(failAt = Infinity) {
  const known = new Map<string, string>()
  const revoked = new Set<string>()
  let calls = 0
  const step = () => {
    if (++calls === failAt) throw new Error('the server was killed')
  }
  return {
    known,
    revoked,
    accounts: {
      bootstrap: async () => {
        step()
        return { admin: { id: 'ADMIN' } }
      },
      ensureKey: async ({ hash, owner }: { hash: string; owner: { kind: string; id?: string } }) => {
        step()
        known.set(hash, owner.id ?? owner.kind)
        return !revoked.has(hash)
      },
    },
  }
}

const mode = (file: string) => statSync(file).mode & 0o777

test('a first start makes both keys, each in a file of its owner; the store knows only their hashes', async () => {
  const [dataDir, store] = [join(newFolder(), 'data'), newStore()]
  const { adminKeyFile, rootKeyFile, warnings } = await ensureKeyFiles({ dataDir, store })
  const [admin, root] = [adminKeyFile, rootKeyFile].map((file) => readFileSync(file, 'utf8')) as [string, string]
  expect(admin).toMatch(/^weir_[0-9A-Za-z]{40}\n$/)
  expect(admin).not.toBe(root)
  expect([mode(adminKeyFile), mode(rootKeyFile), mode(dataDir)]).toEqual([0o600, 0o600, 0o700])
  expect([...store.known]).toEqual([
    [hashKey(admin.trim()), 'ADMIN'],
    [hashKey(root.trim()), 'root'],
  ])
  expect(warnings).toEqual([])
})

test('a later start keeps the keys, also with a store that has forgotten them', async () => {
  const dataDir = newFolder()
  const first = newStore()
  await ensureKeyFiles({ dataDir, store: first })
  const second = newStore()
  await ensureKeyFiles({ dataDir, store: second })
  expect([...second.known]).toEqual([...first.known])
  expect(readdirSync(dataDir).sort()).toEqual(['admin.key', 'root.key'])
})

test('a key that was revoked gets a successor in its file, and does not come back', async () => {
  const [dataDir, store] = [newFolder(), newStore()]
  const { adminKeyFile, rootKeyFile } = await ensureKeyFiles({ dataDir, store })
  const [revoked, kept] = [adminKeyFile, rootKeyFile].map((file) => readFileSync(file, 'utf8').trim()) as [
    string,
    string,
  ]
  store.revoked.add(hashKey(revoked))
  const { warnings } = await ensureKeyFiles({ dataDir, store })
  expect(warnings).toEqual([expect.stringContaining(`the key of ${adminKeyFile} was revoked`)])
  const successor = readFileSync(adminKeyFile, 'utf8').trim()
  expect(successor).not.toBe(revoked)
  expect(store.known.get(hashKey(successor))).toBe('ADMIN')
  expect(readFileSync(rootKeyFile, 'utf8').trim()).toBe(kept)
  expect(mode(adminKeyFile)).toBe(0o600)
})

test('killed at any step, the next start ends with keys that the store knows', async () => {
  for (const failAt of [1, 2, 3]) {
    const dataDir = newFolder()
    await expect(ensureKeyFiles({ dataDir, store: newStore(failAt) })).rejects.toThrow('killed')
    writeFileSync(join(dataDir, 'admin.key.new'), 'half a k') // as a crash while writing leaves it
    const store = newStore()
    const { adminKeyFile, rootKeyFile } = await ensureKeyFiles({ dataDir, store })
    for (const file of [adminKeyFile, rootKeyFile])
      expect(store.known.has(hashKey(readFileSync(file, 'utf8').trim()))).toBe(true)
    await ensureKeyFiles({ dataDir, store })
    expect(store.known.size).toBe(2)
  }
})

describe('a key file', () => {
  test('that others can read is made private again, and the operator is told', async () => {
    const [dataDir, store] = [newFolder(), newStore()]
    const { adminKeyFile } = await ensureKeyFiles({ dataDir, store })
    chmodSync(adminKeyFile, 0o644)
    const { warnings } = await ensureKeyFiles({ dataDir, store })
    expect(mode(adminKeyFile)).toBe(0o600)
    expect(warnings).toEqual([expect.stringContaining(adminKeyFile)])
  })

  test.each([
    ['empty', ''],
    ['of another program', '-----BEGIN PRIVATE KEY-----\n'],
  ])('that is %s is never overwritten', async (_what, content) => {
    const dataDir = newFolder()
    const file = join(dataDir, 'admin.key')
    writeFileSync(file, content, { mode: 0o600 })
    await expect(ensureKeyFiles({ dataDir, store: newStore() })).rejects.toThrow(KeyFileUnusable)
    expect(readFileSync(file, 'utf8')).toBe(content)
  })

  test('that is a link is not followed', async () => {
    const dataDir = newFolder()
    const { adminKeyFile } = await ensureKeyFiles({ dataDir, store: newStore() })
    renameSync(adminKeyFile, `${adminKeyFile}.real`)
    symlinkSync(`${adminKeyFile}.real`, adminKeyFile)
    await expect(ensureKeyFiles({ dataDir, store: newStore() })).rejects.toThrow('not a plain file')
  })

  test('may hold a note below the key', async () => {
    const [dataDir, store, key] = [newFolder(), newStore(), newKey()]
    writeFileSync(join(dataDir, 'admin.key'), `${key}\nkeep this safe\n`, { mode: 0o600 })
    await ensureKeyFiles({ dataDir, store })
    expect(store.known.get(hashKey(key))).toBe('ADMIN')
  })
})
