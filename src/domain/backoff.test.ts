import fc from 'fast-check'
import { expect, test } from 'vitest'
import { growingDelay } from './backoff.ts'

test('a delay never shrinks with one more failure, and never exceeds its bound', () => {
  fc.assert(
    fc.property(
      fc.nat(5_000),
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 1, max: 1e6 }),
      (failures, base, max) => {
        const delay = growingDelay(failures, base, max)
        expect(delay).toBeGreaterThanOrEqual(0)
        expect(delay).toBeLessThanOrEqual(max)
        expect(growingDelay(failures + 1, base, max)).toBeGreaterThanOrEqual(delay)
      },
    ),
  )
})

test('the first failure costs nothing, the next ones double', () => {
  expect([0, 1, 2, 3, 4, 5, 100].map((failures) => growingDelay(failures, 1_000, 6_000))).toEqual([
    0, 0, 1_000, 2_000, 4_000, 6_000, 6_000,
  ])
})
