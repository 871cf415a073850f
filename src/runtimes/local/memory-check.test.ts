import { expect, test } from 'vitest'
import type { ProcessRecord } from '../../domain/process.ts'
import { createMemoryCheck } from './memory-check.ts'

const GIB = 2 ** 30

const jvm = (uuid: string, pid: number): ProcessRecord => ({
  uuid,
  pid,
  resource: 'S',
  generation: 1,
  role: 'taskmanager',
  ordinal: 1,
  state: 'RUNNING',
  stopRequested: false,
  memoryBytes: 2 * GIB,
  createdAt: '2026-01-01T00:00:00.000Z',
})

/** A machine with 8 GiB available, that counts how often it is asked. */
function machine() {
  const at = { now: 0, reads: 0, available: 8 * GIB, resident: GIB }
  const check = createMemoryCheck(
    { now: () => at.now },
    {
      machine: () => {
        at.reads += 1
        return { totalBytes: 16 * GIB, availableBytes: at.available }
      },
      resident: () => {
        at.reads += 1
        return at.resident
      },
    },
  )
  return { at, check }
}

test('however many cycles ask, the kernel is asked for memory once in three seconds', () => {
  const { at, check } = machine()
  for (; at.now < 9_000; at.now += 80) {
    expect(check.totalBytes()).toBe(16 * GIB)
    expect(check.howManyFit(9, 2 * GIB, [jvm('a', 1)])).toMatchObject({ fit: 3 })
  }
  // The whole of the machine, and what is free with one process: three readings of each.
  expect(at.reads).toBe(3 + 3 * 2)
})

test('what a new JVM may grow into counts as taken at once', () => {
  const { check } = machine()
  expect(check.howManyFit(9, 2 * GIB, [])).toMatchObject({ fit: 4 })
  expect(check.howManyFit(9, 2 * GIB, [jvm('a', 1)])).toMatchObject({
    fit: 3,
    shortage: expect.stringContaining('6 more TaskManager(s)'),
  })
  expect(() => check.require(8 * GIB, [jvm('a', 1)])).toThrow(/needs 8 GiB, 7 GiB are free/)
})

test('a reading is consistent in itself: what a JVM has taken since is not counted as free', () => {
  const { at, check } = machine()
  const live = [jvm('a', 1)]
  expect(check.howManyFit(9, GIB, live)).toMatchObject({ fit: 7 })
  at.resident = 2 * GIB
  at.available = 7 * GIB
  at.now = 2_900
  expect(check.howManyFit(9, GIB, live)).toMatchObject({ fit: 7 })
  at.now = 3_000
  expect(check.howManyFit(9, GIB, live)).toMatchObject({ fit: 7 })
})
