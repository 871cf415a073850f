import { expect, test } from 'vitest'
import type { Io } from './io.ts'
import { age, flatten, makeOutput } from './output.ts'

function printed(tty: boolean, print: (output: ReturnType<typeof makeOutput>) => void): string {
  let text = ''
  const io = { env: { NO_COLOR: '1' }, outTty: tty, out: (more: string) => void (text += more) } as unknown as Io
  print(makeOutput(io, {}))
  return text
}

const COLUMNS = [
  { header: 'NAME', value: (row: { name: string; note?: string }) => row.name },
  { header: 'NOTE', value: (row: { name: string; note?: string }) => row.note },
]

test('a pipe gets one line a row whatever the values hold', () => {
  const rows = [{ name: 'two\nlines\tand a tab', note: 'x' }, { name: 'bare' }]
  expect(printed(false, (output) => output.table(rows, COLUMNS))).toBe('two lines and a tab\tx\nbare\t\n')
})

test('values from elsewhere cannot steer the terminal', () => {
  const rows = [{ name: '\u001b[2Jgone\u0007', note: '\u009b31mred' }]
  const text = printed(true, (output) => output.table(rows, COLUMNS))
  // eslint-disable-next-line no-control-regex
  expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  expect(text).toContain('gone')
})

test('columns align whatever script the names are in', () => {
  const text = printed(true, (output) =>
    output.table(
      [
        { name: 'größer', note: 'a' },
        { name: 'x', note: 'b' },
      ],
      COLUMNS,
    ),
  )
  expect(text).toBe('NAME    NOTE\ngrößer  a\nx       b\n')
})

test('nested values become paths; empty ones are left out, long texts counted', () => {
  expect(flatten({ a: { b: 1, none: {} }, list: ['x', 'y'], empty: [], text: 'one\ntwo\n', gone: null })).toEqual([
    ['a.b', '1'],
    ['list', 'x y'],
    ['text', '(2 lines)'],
  ])
})

test('arguments can be told apart whatever they hold', () => {
  const args = ['--text', 'two words', '', "it's", 'a\nb', '--n=1']
  expect(flatten({ args })).toEqual([['args', String.raw`--text 'two words' '' 'it'\''s' $'a\nb' --n=1`]])
})

const AGES = [
  [5, '5 s'],
  [119, '119 s'],
  [180, '3 min'],
  [7200, '2 h'],
  [86_400 * 3, '3 d'],
] as const

test.for(AGES)('%s seconds ago is %s', ([seconds, text]) => {
  const now = Date.parse('2025-01-31T12:00:00.000Z')
  expect(age(new Date(now - seconds * 1000).toISOString(), now)).toBe(text)
})
