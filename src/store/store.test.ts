import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteFile from 'better-sqlite3'
import { Migrator } from 'kysely/migration'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWriter } from '../../tests/support/store-writer.ts'
import { openDataFolder } from './folder.ts'
import { createSession, made, testClock, WORKSPACE, workspaceRows } from './guarantees/test-store.ts'
import { lockDataFolder } from './lock.ts'
import { initial } from './migrations/0001-initial.ts'
import { openStore, storeOn } from './open.ts'
import { secretsIn } from './secrets.ts'
import { openSqlite } from './sqlite.ts'
import { storeGuarantees } from './suite.ts'

storeGuarantees({
  name: 'SQLite',
  create: async () => undefined,
  startWriter,
  run: async (dataDir, _database, statement) => {
    const file = new SqliteFile(join(dataDir, 'weir.db'))
    try {
      file.exec(statement)
    } finally {
      file.close()
    }
  },
  backend: async (dataDir) => openSqlite(join(dataDir, 'weir.db')),
  rows: async (dataDir, _database, query) => {
    const file = new SqliteFile(join(dataDir, 'weir.db'), { readonly: true })
    try {
      return file.prepare(query).all() as Record<string, unknown>[]
    } finally {
      file.close()
    }
  },
})

describe('the embedded store', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'weir-sqlite-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('a full disk is said to be full, loses nothing, and can be read', async () => {
    const backend = openSqlite(join(folder, 'weir.db'))
    const store = await storeOn(backend, {
      clock: testClock(),
      folder: openDataFolder(folder),
      secrets: secretsIn(join(folder, 'secrets.key')),
    })
    backend.file.exec(workspaceRows([WORKSPACE]))
    await made(createSession(store, 'a'))
    const pages = backend.file.pragma('page_count', { simple: true })
    backend.file.pragma(`max_page_count = ${pages}`)
    const filled = await fill(() => createSession(store, `b${Math.random()}`, { labels: { big: 'x'.repeat(5000) } }))
    expect(filled).toMatchObject({ code: 'DISK_FULL' })
    expect(String(filled)).toContain(`The disk of ${folder}`)
    const there = await store.resources.all('session')
    expect(there[0]?.name).toBe('a')
    expect(await store.problem()).toBeUndefined()
    backend.file.pragma('max_page_count = 100000')
    await made(createSession(store, 'room again'))
    expect(await store.resources.all('session')).toHaveLength(there.length + 1)
    await store.close()
  })

  test('every commit is on the disk before it is acknowledged, also after a write that need not be', async () => {
    const backend = openSqlite(join(folder, 'weir.db'))
    const synchronous = () => backend.file.pragma('synchronous', { simple: true })
    const [off, normal, full] = [0, 1, 2]
    expect([off, synchronous(), backend.file.pragma('journal_mode', { simple: true })]).toEqual([off, full, 'wal'])
    await backend.relaxed(async () => expect(synchronous()).toBe(normal))
    await expect(
      backend.relaxed(async () => {
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(synchronous()).toBe(full)
    await backend.close()
  })

  test('what the first schema kept is there under the present one', async () => {
    const backend = openSqlite(join(folder, 'weir.db'))
    const first = { '0001_initial': initial('sqlite') }
    await new Migrator({ db: backend.kysely, provider: { getMigrations: async () => first } }).migrateToLatest()
    backend.file.exec(workspaceRows([WORKSPACE]))
    await backend.close()
    const store = await openStore({ dataDir: folder, clock: testClock() })
    expect(await store.workspaces.all()).toMatchObject([{ id: WORKSPACE, revision: 1, status: { conditions: [] } }])
    await made(createSession(store, 'a'))
    await store.close()
  })

  test('what is no database is named', async () => {
    writeFileSync(join(folder, 'weir.db'), 'not a database at all, but long enough to be read as one'.repeat(100))
    await expect(openStore({ dataDir: folder, clock: testClock() })).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining(join(folder, 'weir.db')),
    })
    lockDataFolder(folder)()
  })

  test('a folder of other things is not closed to others, but spoken of', async () => {
    const shared = join(folder, 'shared')
    mkdirSync(join(shared, 'things'), { recursive: true, mode: 0o755 })
    const warnings: string[] = []
    const store = await openStore({
      dataDir: shared,
      clock: testClock(),
      log: { warn: (message) => warnings.push(message) },
    })
    await store.close()
    expect(statSync(shared).mode & 0o777).toBe(0o755)
    expect(warnings).toEqual([expect.stringContaining(`${shared} holds other files`)])
    const empty = join(folder, 'empty')
    mkdirSync(empty, { mode: 0o755 })
    await (await openStore({ dataDir: empty, clock: testClock() })).close()
    expect(statSync(empty).mode & 0o777).toBe(0o700)
  })
})

/** Writes until it fails; answers the failure. */
async function fill(write: () => Promise<unknown>): Promise<unknown> {
  try {
    for (;;) await write()
  } catch (error) {
    return error
  }
}
