import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ManualClock, manualClock } from '../../tests/support/clock.ts'
import { createSession } from './guarantees/test-store.ts'
import type { FolderLost } from './open.ts'
import { openStore } from './open.ts'
import type { Store } from './store.ts'

let parent: string
let dataDir: string
let clock: ManualClock
let lost: FolderLost[]
let store: Store

beforeEach(async () => {
  parent = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'weir-hold-'))
  dataDir = join(parent, 'data')
  clock = manualClock()
  lost = []
  store = await openStore({ dataDir, clock, onFolderLost: (one) => lost.push(one) })
  onTestFinished(async () => {
    await store.close()
    rmSync(parent, { recursive: true, force: true })
  })
})

/** A few seconds later, when it has been told. */
async function observed(): Promise<FolderLost[]> {
  await clock.advance(5000)
  await vi.waitFor(() => expect(lost).not.toEqual([]), { timeout: 20_000 })
  return lost
}

/** The disk has answered by then whatever was asked before. */
async function answered(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await stat(parent)
}

describe('a data folder that is no longer the locked one is told within seconds', () => {
  test.each<[string, () => void, RegExp]>([
    ['removed', () => rmSync(dataDir, { recursive: true }), /it was removed or moved/],
    ['moved', () => renameSync(dataDir, join(parent, 'moved')), /it was removed or moved/],
    [
      'replaced by a copy of itself',
      () => {
        renameSync(dataDir, join(parent, 'moved'))
        cpSync(join(parent, 'moved'), dataDir, { recursive: true })
      },
      /another folder has taken its place/,
    ],
    [
      'emptied',
      () => {
        rmSync(dataDir, { recursive: true })
        mkdirSync(dataDir)
      },
      /another folder has taken its place|weir.lock was removed/,
    ],
    ['without its lock', () => rmSync(join(dataDir, 'weir.lock')), /its file weir.lock was removed/],
    ['without its identity', () => rmSync(join(dataDir, 'installation')), /its file installation was removed/],
    ['without its database', () => rmSync(join(dataDir, 'weir.db')), /its file weir.db was removed/],
    ["without the database's log", () => rmSync(join(dataDir, 'weir.db-wal')), /its file weir.db-wal was removed/],
    [
      'with another database',
      () => {
        cpSync(join(dataDir, 'weir.db'), join(dataDir, 'copy'))
        renameSync(join(dataDir, 'copy'), join(dataDir, 'weir.db'))
      },
      /its file weir.db was replaced by another/,
    ],
  ])('%s', async (_what, happen, words) => {
    happen()
    expect(await observed()).toEqual([{ reason: expect.stringMatching(words), installation: store.installation }])
    expect(lost[0]?.reason).toContain(dataDir)
    await clock.advance(5000)
    await answered()
    expect(lost).toHaveLength(1)
  })
})

test('a write that fails has the folder looked at, at once', async () => {
  rmSync(dataDir, { recursive: true })
  await expect(
    store.transaction(async () => {
      throw new Error('something could not be written')
    }),
  ).rejects.toThrow('could not be written')
  await vi.waitFor(() => expect(lost).not.toEqual([]), { timeout: 20_000 })
  expect(lost).toHaveLength(1)
})

test('a folder that stays is not told, whatever is written to it', async () => {
  for (const name of ['a', 'b']) await createSession(store, name)
  await clock.advance(60_000)
  await answered()
  expect(lost).toEqual([])
})

test('files that are never written again look young to a cleaner that goes by age', async () => {
  const old = new Date('2020-01-01')
  for (const name of ['weir.lock', 'installation']) utimesSync(join(dataDir, name), old, old)
  await clock.advance(3600 * 1000)
  const age = () => Math.min(...['weir.lock', 'installation'].map((name) => statSync(join(dataDir, name)).mtimeMs))
  await expect.poll(age).toBeGreaterThan(old.getTime())
})
