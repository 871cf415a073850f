import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['30 s', 30_000],
  ['10 min', 600_000],
  ['1h', 3_600_000],
  [' 2 days ', 172_800_000],
  ['500', 500],
  ['0 s', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test.each(['', 'soon', '1.5 h', '-1 s', '1 s 2 ms', '5 ns', '999999999999999 d'])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})
