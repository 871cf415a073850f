import { expect, test } from 'vitest'
import { manualClock } from '../../tests/support/clock.ts'
import { type DiskCalls, LOW_BYTES, watchDisk } from './disk.ts'
import { createReadiness } from './readiness.ts'

const MIB = 2 ** 20

function watched() {
  const clock = manualClock()
  const readiness = createReadiness({ clock })
  const at = { freeBytes: 1000 * MIB, blocks: 1e6, freeFiles: 1e6, code: '', taken: 0, there: false, warnings: 0 }
  const calls: DiskCalls = {
    statfs: async () => ({ bavail: at.freeBytes, bsize: 1, blocks: at.blocks, files: 1e6, ffree: at.freeFiles }),
    writable: async () => {
      if (at.code !== '') throw Object.assign(new Error('what the disk said of /secret'), { code: at.code })
    },
    spareFile: async () => {},
  }
  const reserve = {
    there: () => at.there,
    take: async () => {
      at.taken += 1
      if (at.freeBytes < 200 * MIB) throw new Error('no room')
      at.there = true
    },
  }
  const log = { warn: () => void (at.warnings += 1) }
  const disk = watchDisk({ dataDir: '/secret', reserve, readiness, clock, log, calls })
  const condition = async () => (await readiness.read()).conditions.find(({ name }) => name === 'disk')
  return { at, clock, disk, readiness, condition }
}

test('a disk with room is ready, and room for deletions is taken once', async () => {
  const { at, clock, condition, disk } = watched()
  await clock.advance(60_000)
  expect(await condition()).toMatchObject({ ok: true })
  expect([at.taken, await disk.shortage()]).toEqual([1, undefined])
  at.there = false
  await clock.advance(5_000)
  expect(at.taken).toBe(2)
})

test('below the threshold nothing new is taken, and what is left is not taken for deletions either', async () => {
  const { at, clock, condition, disk } = watched()
  at.freeBytes = LOW_BYTES
  expect(await disk.shortage()).toBeUndefined()
  at.freeBytes = LOW_BYTES - 1
  at.there = false
  expect(await disk.shortage()).toEqual({ freeBytes: LOW_BYTES - 1, neededBytes: LOW_BYTES })
  expect(await condition()).toMatchObject({ ok: false, reason: expect.stringMatching(/less than 64 MiB left/) })
  at.freeBytes = 0
  expect(await condition()).toMatchObject({ ok: false, reason: expect.stringMatching(/is full.*deletions go on/) })
  const before = at.taken
  await clock.advance(60_000)
  expect(at.taken).toBe(before)
  at.freeBytes = 1000 * MIB
  expect([await condition(), await disk.shortage()]).toMatchObject([{ ok: true }, undefined])
})

test('a disk that can take hardly any more files is told as that', async () => {
  const { at, condition, disk } = watched()
  at.freeFiles = 3
  expect(await disk.shortage()).toMatchObject({ neededBytes: LOW_BYTES })
  expect(await condition()).toMatchObject({ reason: expect.stringMatching(/hardly any more files/) })
})

test('a file system that tells nothing of its size has room', async () => {
  const { at, condition, disk } = watched()
  Object.assign(at, { blocks: 0, freeBytes: 0 })
  expect([await disk.shortage(), await condition()]).toMatchObject([undefined, { ok: true }])
})

test.each([
  ['EROFS', /mounted read-only/],
  ['EACCES', /may not be written to/],
  ['EIO', /input\/output error/],
  ['ENOENT', /is gone/],
  ['EMFILE', /cannot be used \(EMFILE\)/],
])('%s is told in words without paths', async (code, words) => {
  const { at, condition } = watched()
  at.code = code
  const found = await condition()
  expect(found).toMatchObject({ ok: false, reason: expect.stringMatching(words) })
  expect(found?.reason).not.toContain('/secret')
})

test('room that could not be taken is warned of once, and tried again', async () => {
  const { at, clock } = watched()
  Object.assign(at, { there: false, freeBytes: 150 * MIB })
  await clock.advance(30_000)
  expect([at.taken > 4, at.warnings]).toEqual([true, 1])
})

test('a disk that is full is noticed while nobody asks', async () => {
  const { at, clock, readiness } = watched()
  await clock.advance(0)
  at.freeBytes = 0
  await clock.advance(5_000)
  const since = new Date(clock.now()).toISOString()
  await clock.advance(60_000)
  expect((await readiness.read()).conditions).toMatchObject([{ name: 'disk', ok: false, since }])
})
