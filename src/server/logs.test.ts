import { expect, test } from 'vitest'
import { lastOf } from './logs.ts'

test('of a log that is longer than its share of an answer the newest lines are told, and how many are not', () => {
  const lines = Array.from({ length: 1_000 }, (_, n) => `line ${String(n).padStart(3, '0')}`)
  expect(lastOf(lines, 9_000)).toEqual(lines)
  const [first, ...rest] = lastOf(lines, 90)
  expect(rest).toEqual(lines.slice(-10))
  expect(first).toMatch(/^\.\.\. 990 earlier lines left out: /)
  expect(lastOf(['ä'.repeat(100)], 150)).toEqual([expect.stringContaining('1 earlier lines')])
})
