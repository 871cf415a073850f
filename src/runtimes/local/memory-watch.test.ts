import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../domain/clock.ts'
import type { ProcessRecord } from '../../domain/process.ts'
import { createMemoryWatch } from './memory-watch.ts'

const GIB = 2 ** 30

const jvm = (resource: string, pid: number): ProcessRecord => ({
  uuid: `${pid}`,
  pid,
  resource,
  generation: 1,
  role: 'taskmanager',
  ordinal: 1,
  state: 'RUNNING',
  stopRequested: false,
  memoryBytes: 2 * GIB,
  createdAt: '2026-01-01T00:00:00.000Z',
})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A machine with 20 GiB and two sessions, of which the second holds more. */
function machine() {
  const at = { available: 10 * GIB, woken: [] as string[], logged: [] as unknown[] }
  const record = (...args: unknown[]): void => void at.logged.push(args)
  const live = [jvm('A', 1), jvm('A', 2), jvm('B', 3)]
  const watch = createMemoryWatch({
    clock: systemClock,
    ledger: { list: async () => live },
    log: { info: record, warn: record, error: record },
    onChange: ({ resource }) => at.woken.push(resource),
    reads: {
      machine: () => ({ totalBytes: 20 * GIB, availableBytes: at.available }),
      resident: (pid) => pid * GIB,
    },
  })
  return { at, watch }
}

test('memory that is nearly used up is told of every session once, and the log names the largest', async () => {
  const { at, watch } = machine()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(watch.warning()).toBeUndefined()
  at.available = 0.9 * GIB
  await vi.advanceTimersByTimeAsync(60_000)
  expect(watch.warning()).toContain('less than 1 GiB of memory left')
  expect(at.woken).toEqual(['A', 'B'])
  expect(at.logged).toHaveLength(1)
  expect(JSON.stringify(at.logged[0])).toContain(
    JSON.stringify([
      { resource: 'A', bytes: 3 * GIB },
      { resource: 'B', bytes: 3 * GIB },
    ]),
  )
  watch.close()
})

test('the warning stands until there is clearly enough again', async () => {
  const { at, watch } = machine()
  at.available = 0.9 * GIB
  await vi.advanceTimersByTimeAsync(10_000)
  at.available = 1.2 * GIB
  await vi.advanceTimersByTimeAsync(10_000)
  expect(watch.warning()).toBeDefined()
  at.available = 2 * GIB
  await vi.advanceTimersByTimeAsync(10_000)
  expect(watch.warning()).toBeUndefined()
  expect(at.woken).toEqual(['A', 'B', 'A', 'B'])
  watch.close()
})

test('after it was closed nothing is looked at any more', async () => {
  const { at, watch } = machine()
  watch.close()
  at.available = 0
  await vi.advanceTimersByTimeAsync(60_000)
  expect(at.woken).toEqual([])
})
