/** Patterns of the contract mean the same to every regular expression engine that clients are written with. */
import { expect, test } from 'vitest'
import { emitDocument } from './emit.ts'

interface Found {
  pattern: string
  where: string
}

function patternsIn(node: unknown, where = ''): Found[] {
  if (typeof node !== 'object' || node === null) return []
  const { pattern } = node as { pattern?: unknown }
  const own = typeof pattern === 'string' ? [{ pattern, where }] : []
  return own.concat(Object.entries(node).flatMap(([key, inner]) => patternsIn(inner, `${where}/${key}`)))
}

const document = await emitDocument('0.0.0')
const patterns = [...new Map(patternsIn(JSON.parse(document)).map((found) => [found.pattern, found])).values()]

/**
 * What ECMAScript (with and without `u`), Python's `re`, RE2, Java and PCRE read alike: literals, `.` never,
 * `\xHH` and escaped punctuation, classes without nesting, groups that capture, greedy quantifiers. Its own words.
 */
const PORTABLE = String.raw`(?:\[\^?(?:[^\\\[\]]|\\x[0-9A-F]{2}|\\[\\\]\[.*+?^$|(){}/-])+\]|\\x[0-9A-F]{2}|\\[\\.*+?^$|(){}\[\]/]|[^\\.*+?^$|(){}\[\]]|\((?!\?)|\)|\||(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})(?![?+*{]))`
/** Anchored, but for what no text may hold anywhere. */
const isPortable = (pattern: string): boolean =>
  new RegExp(`^\\^${PORTABLE}+\\$$`, 'u').test(pattern) || pattern === '\\x00'

test.each(patterns)('$pattern', ({ pattern }) => {
  expect(isPortable(pattern)).toBe(true)
  // A range between characters beyond the first plane would need pairs.
  expect(pattern).not.toMatch(/[\ud800-\udfff]/)
  for (const flags of ['', 'u']) expect(() => new RegExp(pattern, flags)).not.toThrow()
})

test.each([
  '^(?<=a)b$',
  '^(?!a)b$',
  '^(?=a)b$',
  '^(?<name>a)$',
  '^(?:a)$',
  '^\\p{L}+$',
  '^\\u0041$',
  '^\\s*$',
  '^\\d$',
  '^[\\w]$',
  '^[a[b]]$',
  '^.$',
  '^a*?$',
  '^a++$',
  '^(a)\\1$',
  '^a{1000}$',
  'a',
])('%s is not portable', (pattern) => {
  expect(isPortable(pattern)).toBe(false)
})

test('what cannot be seen in a pattern is escaped in the document', () => {
  expect(document).toMatch(/^[\n\x20-\x7e]*$/)
  expect(document).toContain('\\u202e')
})
