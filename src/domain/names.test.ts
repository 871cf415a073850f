import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NAME_MAX_LENGTH, NAME_PATTERN, nameProblem, normalizeName } from './names.ts'

test('a name is trimmed, of whatever white space, and composed', () => {
  expect(normalizeName(' \u00a0\ufeffcafe\u0301\t\n')).toBe('café')
})

test.each(['a', 'Example Flink Session', '流れ', 'šťastný', 'عربى', 'a/b:c', '🚀'.repeat(63)])(
  '%s is a name',
  (name) => {
    expect(nameProblem(name)).toBeUndefined()
  },
)

test.each(['', '🚀'.repeat(64), 'a\nb', 'a\u0000', 'a\u0085b', 'a\u2028b', 'a\u202eb', '\ud800'])(
  '%j is none',
  (name) => {
    expect(nameProblem(name)).toMatch(/^a name /)
  },
)

test('normalising twice changes nothing, and the pattern is that of the rule', () => {
  const pattern = new RegExp(NAME_PATTERN, 'u')
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (raw) => {
      const name = normalizeName(raw)
      expect(normalizeName(name)).toBe(name)
      const fits = [...name].length <= NAME_MAX_LENGTH
      expect(pattern.test(raw) && raw.isWellFormed()).toBe(
        pattern.test(name) && !/[\t\n\v\f\r\u2028\u2029]/.test(raw) && raw.isWellFormed(),
      )
      expect(nameProblem(name) === undefined).toBe(fits && name.isWellFormed() && pattern.test(name))
    }),
  )
})
