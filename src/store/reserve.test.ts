import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSession, made, testClock, WORKSPACE, workspaceRows } from './guarantees/test-store.ts'
import { storeOn } from './open.ts'
import { secretsIn } from './secrets.ts'
import { openSqlite } from './sqlite.ts'

async function open() {
  const folder = mkdtempSync(join(tmpdir(), 'weir-reserve-'))
  const backend = openSqlite(join(folder, 'weir.db'))
  const store = await storeOn(backend, {
    clock: testClock(),
    folder: { anchor: 'a', belongsTo: { read: () => undefined, write: () => {}, dataDir: folder } },
    secrets: secretsIn(join(folder, 'secrets.key')),
  })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  backend.file.exec(workspaceRows([WORKSPACE]))
  const sizes = () => ({
    database: statSync(backend.file.name).size,
    log: statSync(`${backend.file.name}-wal`).size,
  })
  const isFull = (full: boolean) => {
    const pages = backend.file.pragma('page_count', { simple: true })
    backend.file.pragma(`max_page_count = ${full ? pages : 1_000_000}`)
  }
  return { file: backend.file, store, sizes, isFull }
}

test('in the room that is kept, hundreds of deletions are recorded without either file growing', async () => {
  const { store, sizes, isFull } = await open()
  const sessions = []
  for (let n = 0; n < 300; n += 1) sessions.push(await made(createSession(store, `s${n}`)))
  await store.reserve?.take()
  expect(store.reserve?.there()).toBe(true)
  const before = sizes()
  isFull(true)
  for (const { id } of sessions) {
    const how = { cascade: false, force: false }
    expect(await store.resources.requestDeletion('session', id, how, 'caller')).toMatchObject({ outcome: 'CHANGED' })
    await store.resources.remove(id)
  }
  expect(await store.resources.all('session')).toEqual([])
  expect(sizes()).toEqual(before)
})

test('room that is there is not taken again, and what was used of it is', async () => {
  const { file, store, isFull } = await open()
  await store.reserve?.take()
  const changes = () => file.prepare('select total_changes() as n').pluck().get()
  const before = changes()
  await store.reserve?.take()
  expect(changes()).toBe(before)
  isFull(true)
  for (let n = 0; store.reserve?.there(); n += 1)
    await made(createSession(store, `s${n}`, { labels: { big: 'x'.repeat(50_000) } }))
  isFull(false)
  await store.reserve?.take()
  expect(store.reserve?.there()).toBe(true)
})

test('a disk that becomes full meanwhile is told, and nothing is left of what was taken', async () => {
  const { file, store, isFull } = await open()
  isFull(true)
  await expect(store.reserve?.take()).rejects.toMatchObject({ code: 'DISK_FULL' })
  expect(file.prepare("select count(*) from sqlite_master where name = 'reserve'").pluck().get()).toBe(0)
  isFull(false)
  await made(createSession(store, 'goes on'))
})
