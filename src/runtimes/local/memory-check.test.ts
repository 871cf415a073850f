import { expect, test } from 'vitest'
import type { ProcessRecord } from '../../domain/process.ts'
import { createMemoryCheck, MEMORY_RESERVE } from './memory-check.ts'

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
  const check = createMemoryCheck({ now: () => at.now }, 1, {
    machine: () => {
      at.reads += 1
      return { totalBytes: 16 * GIB, availableBytes: at.available }
    },
    resident: () => {
      at.reads += 1
      return at.resident
    },
  })
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

test('with a reserve of 1 all that a JVM may grow into counts as taken at once', () => {
  const { check } = machine()
  expect(check.howManyFit(9, 2 * GIB, [])).toMatchObject({ fit: 4 })
  expect(check.howManyFit(9, 2 * GIB, [jvm('a', 1)])).toMatchObject({
    fit: 3,
    shortage: expect.stringContaining('6 more TaskManager(s)'),
  })
  expect(() => check.require(8 * GIB, [jvm('a', 1)])).toThrow(
    /needs 8 GiB, 7 GiB are free on this machine, with 1 GiB kept for the growth of what runs/,
  )
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

const MIB = 2 ** 20
/** What a session has that says nothing of memory. */
const PAIR: [ProcessRecord['role'], number][] = [
  ['jobmanager', 1600 * MIB],
  ['taskmanager', 1728 * MIB],
]

/** How many sessions a machine with 24 GiB takes one after the other, whose JVMs hold `held` MiB by then. */
function admitted(reserve: number, held: Record<ProcessRecord['role'], number>): number {
  const live: ProcessRecord[] = []
  const sizes = new Map<number, number>()
  const check = createMemoryCheck({ now: () => 0 }, reserve, {
    machine: () => {
      const taken = [...sizes.values()].reduce((sum, size) => sum + size, GIB)
      return { totalBytes: 24 * GIB, availableBytes: 24 * GIB - taken }
    },
    resident: (pid) => sizes.get(pid) ?? 0,
  })
  for (let count = 0; ; count += 1) {
    try {
      check.require(
        PAIR.reduce((sum, [, bytes]) => sum + bytes, 0),
        live,
      )
    } catch {
      return count
    }
    for (const [role, memoryBytes] of PAIR) {
      const pid = sizes.size + 1
      sizes.set(pid, held[role] * MIB)
      live.push({ ...jvm(`${pid}`, pid), role, memoryBytes })
    }
  }
}

test('a machine with 24 GiB takes three times as many idle sessions as if each held all that it was given', () => {
  const strict = admitted(1, { jobmanager: 250, taskmanager: 370 })
  expect(strict).toBe(7)
  for (const held of [
    { jobmanager: 250, taskmanager: 370 },
    { jobmanager: 440, taskmanager: 380 },
  ])
    expect(admitted(MEMORY_RESERVE, held)).toBeGreaterThanOrEqual(3 * strict)
})

test('sessions that come all at once, before their JVMs hold anything, are not more', () => {
  expect(admitted(MEMORY_RESERVE, { jobmanager: 1, taskmanager: 1 })).toBeLessThanOrEqual(
    admitted(MEMORY_RESERVE, { jobmanager: 440, taskmanager: 380 }) + 1,
  )
})

test('where JVMs have grown into what they were given, no more are admitted than fit', () => {
  expect(admitted(MEMORY_RESERVE, { jobmanager: 1600, taskmanager: 1728 })).toBe(7)
})

test('any one JVM may always become what it was given', () => {
  const at = { available: 8 * GIB }
  const check = createMemoryCheck({ now: () => 0 }, 0, {
    machine: () => ({ totalBytes: 16 * GIB, availableBytes: at.available }),
    resident: () => 2 * GIB,
  })
  const big = { ...jvm('a', 1), memoryBytes: 7 * GIB }
  expect(check.howManyFit(9, GIB, [big])).toMatchObject({ fit: 3 })
  expect(check.howManyFit(9, GIB, [big, { ...big, uuid: 'b', pid: 2 }])).toMatchObject({ fit: 3 })
})
