/** Opening and closing: locks, schemas, copies of the data folder, `kill -9`. */
import { cpSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { clusterSpec, processRecord } from './clusters.ts'
import type { DatabaseUnderTest } from './test-store.ts'
import { createSession, freshStore, made } from './test-store.ts'

export const opening = (under: DatabaseUnderTest) =>
  describe('opening', () => {
    const testStore = freshStore(under)

    test('the data folder and its files are for their owner only', () => {
      expect(statSync(testStore.dataDir).mode & 0o777).toBe(0o700)
      for (const file of ['weir.db', 'weir.db-wal', 'weir.lock', 'weir.pid', 'installation']) {
        const path = join(testStore.dataDir, file)
        if (testStore.database !== undefined && file.startsWith('weir.db')) expect(existsSync(path)).toBe(false)
        else expect(statSync(path).mode & 0o777).toBe(0o600)
      }
    })

    test('a second server on the folder is refused, until the first has gone', async () => {
      const error = await testStore.open().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'IN_USE' })
      expect(String(error)).toContain(`${testStore.dataDir} is in use by another Weir server (process ${process.pid})`)
      await made(createSession(testStore.store, 'the first goes on'))
      await testStore.reopen()
    })

    test("what was acknowledged survives kill -9, and so does nobody's lock", async () => {
      await testStore.store.close()
      const writer = under.startWriter(testStore.dataDir, testStore.database)
      try {
        await writer.acknowledged(15)
        const refused = await testStore.open().catch((reason: unknown) => reason)
        expect(String(refused)).toContain(`(process ${writer.pid})`)
      } finally {
        await writer.kill()
      }
      const store = await testStore.open()
      const names = (await store.resources.all('session')).map(({ name }) => name)
      expect(writer.names().length).toBeGreaterThanOrEqual(15)
      expect(new Set(writer.names().map((name) => name.split(' of ')[1])).size).toBeGreaterThan(1)
      expect(writer.names().filter((name) => !names.includes(name))).toEqual([])
    })

    test('a store that a newer program wrote is left alone', async () => {
      await testStore.store.close()
      await under.run(
        testStore.dataDir,
        testStore.database,
        `insert into kysely_migration (name, timestamp) values ('9999_future', 'now')`,
      )
      const error = await testStore.open().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'SCHEMA_NEWER' })
      expect(String(error)).toMatch(/newer Weir \(schema 9999_future; this one knows up to 0\d+/)
      await under.run(testStore.dataDir, testStore.database, `delete from kysely_migration where name = '9999_future'`)
      await testStore.open()
    })

    test('a reopened or moved folder is the same installation', async () => {
      const { installation } = testStore.store
      expect((await testStore.reopen()).installation).toBe(installation)
      await testStore.store.close()
      const moved = `${testStore.dataDir}-moved`
      renameSync(testStore.dataDir, moved)
      expect((await testStore.open({ dataDir: moved })).installation).toBe(installation)
    })

    test("a copied folder is another installation, which leaves the original's processes alone", async () => {
      const { installation } = testStore.store
      const { id } = await made(createSession(testStore.store, 's'))
      await testStore.store.generations.begin(id, clusterSpec)
      await testStore.store.generations.end(
        { resource: id, generation: 1 },
        { kind: 'DELETED', code: 'X', message: 'x', retryable: false },
      )
      const live = await testStore.store.generations.begin(id, clusterSpec)
      await testStore.store.processes.intend(processRecord(id, { generation: 2 }))
      await testStore.store.close()
      const copy = `${testStore.dataDir}-copy`
      cpSync(testStore.dataDir, copy, { recursive: true, preserveTimestamps: true })
      const restored = await testStore.open({ dataDir: copy })
      expect(restored.installation).not.toBe(installation)
      expect(await restored.processes.list()).toEqual([])
      const ends = (await restored.generations.list(id)).map(({ end }) => end)
      expect(ends).toMatchObject([
        { kind: 'DELETED' },
        { kind: 'LOST', message: 'the data folder was copied or restored', retryable: true },
      ])
      expect((await restored.generations.begin(id, clusterSpec)).generation).toBe(live.generation + 1)
      expect((await restored.events.list(id, { limit: 10 })).items.at(-1)).toMatchObject({ reason: 'DataFolderCopied' })
      await restored.close()
      expect((await testStore.open({ dataDir: copy })).installation).toBe(restored.installation)
      if (testStore.database === undefined) expect((await testStore.open()).installation).toBe(installation)
    })

    test('a folder restored in its old place is another installation', async () => {
      const { installation } = testStore.store
      await testStore.store.close()
      const backup = `${testStore.dataDir}-backup`
      cpSync(testStore.dataDir, backup, { recursive: true, preserveTimestamps: true })
      rmSync(testStore.dataDir, { recursive: true })
      cpSync(backup, testStore.dataDir, { recursive: true, preserveTimestamps: true })
      expect((await testStore.open()).installation).not.toBe(installation)
    })

    describe('a folder that was used with a store', () => {
      /** Another database, or the folder's own after it was deleted. */
      const emptied = async (): Promise<{ database?: string }> => {
        await testStore.store.close()
        const database = await under.create()
        if (database !== undefined) return { database }
        for (const file of ['weir.db', 'weir.db-wal', 'weir.db-shm'])
          rmSync(join(testStore.dataDir, file), { force: true })
        return {}
      }

      test('is not begun anew on an empty one', async () => {
        await testStore.store.accounts.bootstrap()
        const empty = await emptied()
        for (let tries = 0; tries < 2; tries += 1) {
          const error = await testStore.open(empty).catch((reason: unknown) => reason)
          expect(error).toMatchObject({ code: 'OTHER_STORE' })
          expect(String(error)).toMatch(/has keys and clusters of a store, but .* is empty: .*--database.*--data-dir/)
        }
      })

      test('nor where an older Weir has left no word of it, but keys', async () => {
        writeFileSync(join(testStore.dataDir, 'admin.key'), 'a key')
        await expect(testStore.open(await emptied())).rejects.toMatchObject({ code: 'OTHER_STORE' })
      })

      test('nor on the store of another folder', async () => {
        await testStore.store.accounts.bootstrap()
        await testStore.store.close()
        writeFileSync(join(testStore.dataDir, 'store.id'), 'ANOTHER\n')
        const copy = `${testStore.dataDir}-copy`
        cpSync(testStore.dataDir, copy, { recursive: true })
        await expect(testStore.open({ dataDir: copy })).rejects.toMatchObject({ code: 'OTHER_STORE' })
      })

      test('goes on with its own, and so does a folder that another Weir has used before', async () => {
        await testStore.store.accounts.bootstrap()
        writeFileSync(join(testStore.dataDir, 'admin.key'), 'a key')
        rmSync(join(testStore.dataDir, 'store.id'))
        const { installation } = await testStore.reopen()
        expect(existsSync(join(testStore.dataDir, 'store.id'))).toBe(true)
        expect((await testStore.reopen()).installation).toBe(installation)
      })

      test('may be new where a first start got no further than the folder', async () => {
        const empty = await emptied()
        await (await testStore.open(empty)).accounts.bootstrap()
      })
    })

    test('of a long feed the newest hundred thousand entries are kept', async () => {
      await testStore.store.close()
      await under.run(
        testStore.dataDir,
        testStore.database,
        `insert into changes (kind, id, workspace, parent, what)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 100007) select 'session', 'S', 'W', ` +
          `'', 'UPDATED' from n`,
      )
      const store = await testStore.open()
      expect(await store.changes.since(0, 1)).toMatchObject([{ sequence: 8 }])
      expect(await store.changes.head()).toBe(100_007)
    })

    test('the store says whether its database answers', async () => {
      expect(await testStore.store.problem()).toBeUndefined()
      await testStore.store.close()
      expect(await testStore.store.problem()).toBe('the database does not answer')
    })
  })
